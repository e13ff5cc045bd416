CREATE TABLE dataset (
    dataset_id      text PRIMARY KEY,
    manifest_sha256 text NOT NULL,
    patches         int NOT NULL,
    created_at      timestamptz NOT NULL
);

CREATE TABLE dataset_recording (
    dataset_id   text NOT NULL REFERENCES dataset,
    recording_id uuid NOT NULL REFERENCES recording,
    PRIMARY KEY (dataset_id, recording_id)
);

-- What a run was answered with, so that the same request is answered alike although the data moved on.
CREATE TABLE run_dataset (
    run_id     uuid PRIMARY KEY,
    dataset_id text REFERENCES dataset,
    reason     text,
    available  int NOT NULL,
    created_at timestamptz NOT NULL,
    CHECK ((dataset_id IS NULL) = (reason IS NOT NULL))
);

-- The highest deployment of each model. What it was trained on follows from its dataset, so a rollback needs no bookkeeping.
CREATE TABLE deployment (
    model_id   text PRIMARY KEY,
    version    int NOT NULL,
    deployment bigint NOT NULL,
    devices    text[] NOT NULL,
    spec_hash  text NOT NULL,
    dataset_id text
);

CREATE INDEX deployment_by_device ON deployment USING gin (devices);

-- The version that drifted; once another one is deployed, the row says nothing any more.
CREATE TABLE drift (
    device      text NOT NULL,
    model_id    text NOT NULL,
    version     int NOT NULL,
    detected_at timestamptz NOT NULL,
    PRIMARY KEY (device, model_id)
);
