-- A version that is scored beside the champion and never alarms. What happened to it, by whom and why, stands in shadow_history.
CREATE TABLE shadow (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_id   text NOT NULL REFERENCES model,
    version    int NOT NULL,
    -- Frozen when it starts: a share that was drawn anew would mix devices that were compared with devices that were not.
    devices    text[] NOT NULL CHECK (cardinality(devices) > 0),
    share      double precision CHECK (share > 0 AND share <= 1),
    state      text NOT NULL CHECK (state IN ('live', 'promoted', 'dropped', 'superseded', 'rejected')),
    -- Of the last change. Grows with each change of the model's shadow; predictor replicas ignore what is not higher than what they know.
    revision   bigint NOT NULL CHECK (revision > 0),
    started_at timestamptz NOT NULL,
    CONSTRAINT shadow_revision UNIQUE (model_id, revision),
    FOREIGN KEY (model_id, version) REFERENCES model_version
);

CREATE UNIQUE INDEX shadow_one_live ON shadow (model_id) WHERE state = 'live';
CREATE INDEX shadow_by_version ON shadow (model_id, version);

CREATE TABLE shadow_history (
    shadow_id bigint NOT NULL REFERENCES shadow,
    revision  bigint NOT NULL,
    state     text NOT NULL CHECK (state IN ('live', 'promoted', 'dropped', 'superseded', 'rejected')),
    at        timestamptz NOT NULL,
    actor     text NOT NULL,
    reason    text NOT NULL,
    PRIMARY KEY (shadow_id, revision)
);

-- A shadow begins once and ends once.
CREATE UNIQUE INDEX shadow_begins_once ON shadow_history (shadow_id) WHERE state = 'live';
CREATE UNIQUE INDEX shadow_ends_once ON shadow_history (shadow_id) WHERE state <> 'live';

CREATE TRIGGER shadow_history_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON shadow_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite();

-- Only a live shadow can end, and what it is about never changes.
CREATE FUNCTION guard_shadow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'live' OR NEW.state = 'live' OR NEW.revision <= OLD.revision
        OR (NEW.model_id, NEW.version, NEW.devices, NEW.started_at) IS DISTINCT FROM (OLD.model_id, OLD.version, OLD.devices, OLD.started_at) THEN
        RAISE EXCEPTION 'shadow % is % and cannot become %', OLD.id, OLD.state, NEW.state;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER shadow_ends BEFORE UPDATE ON shadow FOR EACH ROW EXECUTE FUNCTION guard_shadow();

-- As before, and what is scored as a shadow stays.
CREATE OR REPLACE FUNCTION retention_candidate(models text[], keep_versions int, served_since timestamptz)
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
        AND NOT EXISTS (SELECT FROM shadow s WHERE s.model_id = v.model_id AND s.version = v.version AND s.state = 'live')
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
