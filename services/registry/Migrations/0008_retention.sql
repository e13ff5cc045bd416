-- deleted: the package was taken away. The row stays, so that every number remains accounted for; swept_at says that its objects are gone.
ALTER TABLE model_version DROP CONSTRAINT model_version_state_check;
ALTER TABLE model_version
    ADD CONSTRAINT model_version_state_check
        CHECK (state IN ('publishing', 'registered', 'deployed', 'archived', 'rejected', 'deleted')),
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN swept_at timestamptz,
    ADD CONSTRAINT model_version_deleted CHECK ((deleted_at IS NOT NULL) = (state = 'deleted') AND (swept_at IS NULL OR state = 'deleted'));

CREATE INDEX model_version_unswept ON model_version (deleted_at) WHERE state = 'deleted' AND swept_at IS NULL;

-- For "does an active run need this version": few rows whatever the age of the database.
CREATE INDEX run_active_by_champion ON run (model_id, champion_version) WHERE state IN ('queued', 'preparing', 'running');

-- What may be marked. One text for the dry run and the mark, so that they cannot disagree.
CREATE FUNCTION retention_candidate(models text[], keep_versions int, served_since timestamptz)
RETURNS TABLE (candidate_model text, candidate_version int) LANGUAGE sql STABLE AS $$
    SELECT v.model_id, v.version
    FROM (
        SELECT model_id, version, state, row_number() OVER (PARTITION BY model_id ORDER BY version DESC) AS place
        FROM model_version
        WHERE model_id = ANY (models) AND state NOT IN ('publishing', 'deleted') AND package_manifest_sha256 IS NOT NULL
    ) v
    WHERE v.place > keep_versions
        AND v.state IN ('registered', 'archived', 'rejected')
        AND NOT EXISTS (SELECT FROM alias a WHERE a.model_id = v.model_id AND a.version = v.version)
        AND NOT EXISTS (
            SELECT FROM run r
            WHERE r.model_id = v.model_id AND r.champion_version = v.version AND r.state IN ('queued', 'preparing', 'running'))
        -- A version was served until the next deployment of its model, however long ago it was deployed itself.
        AND NOT EXISTS (
            SELECT FROM deployment d
            WHERE d.model_id = v.model_id AND d.version = v.version
                AND NOT EXISTS (
                    SELECT FROM deployment later
                    WHERE later.model_id = d.model_id AND later.deployment > d.deployment AND later.deployed_at <= served_since))
$$;

-- Objects that no row knows, counted from when they were first seen so: after a restore of the database all that was made since then is
-- unknown at once, however old its objects are.
CREATE TABLE retention_orphan (
    prefix     text PRIMARY KEY,
    first_seen timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    newest_at  timestamptz NOT NULL,
    objects    int NOT NULL,
    bytes      bigint NOT NULL
);

CREATE INDEX retention_orphan_by_age ON retention_orphan (first_seen);

CREATE TABLE retention_report (
    id         uuid PRIMARY KEY,
    state      text NOT NULL CHECK (state IN ('running', 'completed', 'failed', 'interrupted')),
    reason     text,
    actor      text NOT NULL,
    dry_run    boolean NOT NULL,
    plan       jsonb NOT NULL,
    result     jsonb,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz
);

CREATE INDEX retention_report_by_age ON retention_report (started_at DESC, id);
