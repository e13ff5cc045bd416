-- No foreign key to device: its announcement may come later than the recording.
CREATE TABLE recording (
    recording_id uuid PRIMARY KEY,
    device       text NOT NULL,
    object_key   text NOT NULL,
    audio_sha256 text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    day          text NOT NULL,
    label        text NOT NULL
);

CREATE INDEX recording_by_device ON recording (device, recorded_at, recording_id);

-- Labels and verdicts come through other queues than recordings, in any order, so they stand beside them.
CREATE TABLE recording_label (
    recording_id uuid PRIMARY KEY,
    label        text NOT NULL,
    revision     bigint NOT NULL
);

CREATE TABLE recording_verdict (
    recording_id uuid PRIMARY KEY,
    verdict      text NOT NULL,
    model_id     text NOT NULL,
    deployment   bigint NOT NULL,
    scored_at    timestamptz NOT NULL
);

-- One per recording and extraction; specs that differ in their view only share it.
CREATE TABLE feature_set (
    recording_id      uuid NOT NULL REFERENCES recording,
    extraction_hash   text NOT NULL,
    object_key        text NOT NULL,
    sha256            text NOT NULL,
    patch_count       int NOT NULL CHECK (patch_count > 0),
    level_min         double precision NOT NULL,
    level_max         double precision NOT NULL,
    relative_min      double precision NOT NULL,
    rms               double precision NOT NULL,
    spectral_centroid double precision NOT NULL,
    band_mean         double precision[] NOT NULL,
    band_variance     double precision[] NOT NULL,
    extracted_at      timestamptz NOT NULL,
    PRIMARY KEY (recording_id, extraction_hash)
);

-- Final for this recording under this spec, whose content never changes.
CREATE TABLE extraction_failure (
    recording_id uuid NOT NULL REFERENCES recording,
    feature_spec text NOT NULL,
    reason       text NOT NULL,
    detail       text NOT NULL,
    failed_at    timestamptz NOT NULL,
    PRIMARY KEY (recording_id, feature_spec)
);
