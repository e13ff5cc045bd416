CREATE TABLE run (
    id                 uuid PRIMARY KEY,
    name               text NOT NULL CONSTRAINT run_name UNIQUE,
    batch_id           uuid,
    mode               text NOT NULL CHECK (mode IN ('device', 'machine_type', 'site', 'global')),
    scope              text NOT NULL,
    aggregation        text CHECK (aggregation IN ('pooled', 'balanced')),
    model_type         text NOT NULL,
    model_id           text NOT NULL,
    devices            text[] NOT NULL CHECK (cardinality(devices) > 0),
    parameters         jsonb NOT NULL,
    -- What the run was told to beat; the gate compares it with what is deployed when the run ends.
    champion_version   int,
    state              text NOT NULL CHECK (state IN ('queued', 'preparing', 'running', 'completed', 'failed', 'cancelled', 'not_possible')),
    reason             text,
    phase              text,
    sequence           bigint,
    slice              int,
    attempt            int,
    epoch              int,
    step               int,
    max_steps          int,
    training_loss      double precision,
    validation_loss    double precision,
    patches_per_second double precision,
    host               text,
    epochs             int,
    steps              int,
    patches            int,
    recordings         int,
    training_seconds   double precision,
    -- Reserved for this run while its package is copied; from then on nothing but the registration or the watchdog ends the run.
    version            int,
    created_at         timestamptz NOT NULL,
    started_at         timestamptz,
    progressed_at      timestamptz NOT NULL,
    ended_at           timestamptz,
    CHECK ((ended_at IS NULL) = (state IN ('queued', 'preparing', 'running')))
);

CREATE UNIQUE INDEX run_one_active ON run (model_id) WHERE state IN ('queued', 'preparing', 'running');
CREATE INDEX run_by_age ON run (created_at DESC, id);
CREATE INDEX run_active_by_progress ON run (progressed_at) WHERE state IN ('queued', 'preparing', 'running');

-- The last report of each epoch.
CREATE TABLE run_epoch (
    run_id             uuid NOT NULL REFERENCES run,
    epoch              int NOT NULL,
    step               int NOT NULL,
    slice              int NOT NULL,
    sequence           bigint NOT NULL,
    training_loss      double precision,
    validation_loss    double precision,
    patches_per_second double precision NOT NULL,
    at                 timestamptz NOT NULL,
    PRIMARY KEY (run_id, epoch)
);
