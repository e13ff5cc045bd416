-- What a version is made of and what people say about it.
ALTER TABLE model_version
    -- What the run started from and was compared with; null for a first version.
    ADD COLUMN parent_version int,
    ADD COLUMN size_bytes     bigint,
    -- metadata.json of the package, to the letter.
    ADD COLUMN training       json,
    ADD COLUMN note           text,
    ADD COLUMN note_by        text,
    ADD COLUMN note_at        timestamptz,
    ADD COLUMN note_revision  bigint NOT NULL DEFAULT 0,
    -- Why a replica could not use the package of the version's last deployment. Whoever replaces such a version makes it rejected, not archived,
    -- so that nothing leads back to it by itself; deploying it again by hand is another attempt and clears this.
    ADD COLUMN refusal        text;

UPDATE model_version v
SET parent_version = coalesce(v.compared_with_version, run.champion_version)
FROM run
WHERE run.id = v.run_id;

-- From the package's manifest; stays when the package itself is deleted.
CREATE TABLE version_file (
    model_id   text NOT NULL,
    version    int NOT NULL,
    path       text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256     text NOT NULL,
    PRIMARY KEY (model_id, version, path),
    FOREIGN KEY (model_id, version) REFERENCES model_version
);

-- One function for every table that only grows; the trigger for TRUNCATE is a separate one, because the first says nothing about it.
CREATE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER version_history_cannot_be_emptied
    BEFORE TRUNCATE ON version_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite();

-- A deployment has a name of its own beside (model, number), so that people and tools can point at it. Numbers of the identity may have gaps.
ALTER TABLE deployment
    ADD COLUMN id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT deployment_id UNIQUE,
    ADD COLUMN kind       text NOT NULL DEFAULT 'deployment' CHECK (kind IN ('deployment', 'rollback', 'automatic_rollback')),
    -- The deployment of the same model that was live before this one.
    ADD COLUMN replaces   bigint,
    -- The refused deployment that this one undoes. Unique: however many replicas refuse it, however often they say so, it is undone once.
    ADD COLUMN rolls_back bigint,
    ADD CONSTRAINT deployment_rolled_back_once UNIQUE (model_id, rolls_back),
    ADD CHECK ((kind = 'automatic_rollback') = (rolls_back IS NOT NULL));

UPDATE deployment SET replaces = deployment - 1 WHERE deployment > 1;

-- True when the replica said that the package itself is at fault.
ALTER TABLE replica_deployment ADD COLUMN permanent boolean NOT NULL DEFAULT false;

-- Replicas of the predictor that gave a sign of life.
CREATE TABLE replica (
    replica    text PRIMARY KEY,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);

-- Free aliases beside champion and previous, which move with deployments and have no moves of their own.
CREATE TABLE alias_history (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_id text NOT NULL REFERENCES model,
    name     text NOT NULL,
    -- Null: it was taken away.
    version  int,
    at       timestamptz NOT NULL,
    actor    text NOT NULL,
    reason   text,
    FOREIGN KEY (model_id, version) REFERENCES model_version
);

CREATE INDEX alias_history_by_name ON alias_history (model_id, name, id);

CREATE TRIGGER alias_history_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON alias_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite();

ALTER TABLE alias
    DROP CONSTRAINT alias_name_check,
    ADD CONSTRAINT alias_name CHECK (name ~ '^[a-z][a-z0-9-]{0,31}$'),
    ALTER COLUMN deployment DROP NOT NULL,
    ADD CHECK ((deployment IS NOT NULL) = (name IN ('champion', 'previous'))),
    -- The move that made it what it is: grows over deleting and making it again, so nobody mistakes the new one for the old one.
    ADD COLUMN revision bigint REFERENCES alias_history,
    ADD CHECK ((revision IS NULL) = (name IN ('champion', 'previous')));

-- What people should know. Unique: the same thing is raised once, whichever replica sees it first.
CREATE TABLE alert (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text NOT NULL,
    subject         text NOT NULL,
    model_id        text,
    version         int,
    deployment      bigint,
    batch_id        uuid,
    message         text NOT NULL,
    raised_at       timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    CONSTRAINT alert_once UNIQUE (kind, subject)
);

CREATE INDEX run_of_batch ON run (batch_id, ended_at) WHERE batch_id IS NOT NULL;
