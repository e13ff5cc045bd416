-- Gives each service its own role and schema in the current database; run once per database as a superuser, again at will.
--
-- The passwords come from settings of the session, so that none stands here:
--   platform.password            for every role that has none of its own
--   platform.password_<service>  for one role, e.g. platform.password_ingest
-- With psql:   PGOPTIONS="-c platform.password=…" psql -v ON_ERROR_STOP=1 -f provision.sql platform
-- With Npgsql: SET platform.password = '…' before, or Options=-c platform.password=… in the connection string.
DO $provision$
DECLARE
    service  text;
    password text;
BEGIN
    FOREACH service IN ARRAY ARRAY['ingest', 'features', 'registry', 'predictor', 'recovery'] LOOP
        password := coalesce(
            nullif(current_setting('platform.password_' || service, true), ''),
            nullif(current_setting('platform.password', true), ''));
        IF password IS NULL THEN
            RAISE EXCEPTION 'no password for role %: set platform.password or platform.password_%', service, service;
        END IF;

        -- Roles belong to the whole server: another database may have been provisioned before, or is at this moment.
        BEGIN
            EXECUTE format('CREATE ROLE %I', service);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        EXECUTE format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L', service, password);

        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, service);
        EXECUTE format('ALTER ROLE %I SET search_path = %I', service, service);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), service);
    END LOOP;

    -- A predictor that hangs in the middle of a transaction holds the lock of a device, and the other replicas cannot score its recordings.
    ALTER ROLE predictor SET idle_in_transaction_session_timeout = '60s';

    -- Nothing of ours lives there, and nobody should be tempted.
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
END
$provision$;
