-- The counters are raised by the statements that use them, so numbers have no gaps and no double: a rolled-back use gives its number back.
CREATE TABLE model (
    model_id        text PRIMARY KEY,
    mode            text NOT NULL,
    scope           text NOT NULL,
    aggregation     text,
    model_type      text NOT NULL,
    last_version    int NOT NULL,
    last_deployment bigint NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL
);

CREATE TABLE model_version (
    model_id                text NOT NULL REFERENCES model,
    version                 int NOT NULL CHECK (version > 0),
    -- Unique: however often a run's completion is delivered, it is one version.
    run_id                  uuid NOT NULL CONSTRAINT model_version_run UNIQUE REFERENCES run,
    state                   text NOT NULL CHECK (state IN ('publishing', 'registered', 'deployed', 'archived', 'rejected')),
    -- What the gate said, once; the state moves on, this does not. Null while publishing.
    accepted                boolean,
    reason                  text,
    label                   text,
    devices                 text[] NOT NULL,
    dataset_id              text,
    spec_hash               text,
    -- The network's shape as config.json of the package writes it; with the spec it decides the major label.
    architecture            text,
    package_prefix          text,
    package_manifest_sha256 text,
    thresholds              jsonb NOT NULL DEFAULT '[]',
    new_error_db2           double precision,
    old_error_db2           double precision,
    compared_with_version   int,
    created_at              timestamptz NOT NULL,
    registered_at           timestamptz,
    PRIMARY KEY (model_id, version),
    CHECK (state IN ('publishing', 'rejected') OR package_manifest_sha256 IS NOT NULL)
);

CREATE UNIQUE INDEX model_version_one_deployed ON model_version (model_id) WHERE state = 'deployed';

CREATE TABLE version_history (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_id text NOT NULL,
    version  int NOT NULL,
    state    text NOT NULL,
    at       timestamptz NOT NULL,
    actor    text NOT NULL,
    reason   text NOT NULL,
    FOREIGN KEY (model_id, version) REFERENCES model_version
);

CREATE INDEX version_history_by_version ON version_history (model_id, version, id);

CREATE FUNCTION refuse_to_rewrite_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version_history is append-only';
END
$$;

CREATE TRIGGER version_history_is_append_only
    BEFORE UPDATE OR DELETE ON version_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite_history();
