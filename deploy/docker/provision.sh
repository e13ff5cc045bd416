#!/bin/sh
# Run once by the postgres image when its data folder is empty, in the database that POSTGRES_DB names.
set -eu
PGOPTIONS="-c platform.password=$PLATFORM_PASSWORD" \
    psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -f /provision.sql
