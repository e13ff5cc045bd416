-- The copy of ingest's devices; a lower revision never overwrites a higher one.
CREATE TABLE device (
    device       text PRIMARY KEY,
    site         text NOT NULL,
    machine_type text NOT NULL,
    time_zone    text NOT NULL,
    feature_spec text NOT NULL,
    revision     bigint NOT NULL,
    changed_at   timestamptz NOT NULL
);

-- One alarm covers all anomalous recordings of a device from the one that opened it to the normal one that closed it.
-- Times are those of the recordings, not of scoring.
CREATE TABLE alarm (
    id                uuid PRIMARY KEY,
    device            text NOT NULL,
    model_id          text NOT NULL,
    version           integer NOT NULL,
    opened_by         uuid NOT NULL,
    opened_at         timestamptz NOT NULL,
    last_recording_id uuid NOT NULL,
    last_recorded_at  timestamptz NOT NULL,
    recordings        integer NOT NULL DEFAULT 1 CHECK (recordings > 0),
    closed_by         uuid,
    closed_at         timestamptz,
    CHECK ((closed_by IS NULL) = (closed_at IS NULL))
);
CREATE UNIQUE INDEX alarm_one_open_per_device ON alarm (device) WHERE closed_at IS NULL;
CREATE INDEX alarm_by_time ON alarm (opened_at DESC, id DESC);

-- The row that scoring locks: every change of a device's alarm and every first score of a recording happens under it.
CREATE TABLE alarm_state (
    device           text PRIMARY KEY,
    last_recorded_at timestamptz,
    alarm_id         uuid REFERENCES alarm (id)
);

-- Everything that is needed to say again what was announced, and to replay it.
CREATE TABLE score (
    recording_id       uuid NOT NULL,
    model_id           text NOT NULL,
    version            integer NOT NULL,
    deployment         bigint NOT NULL,
    device             text NOT NULL,
    spec_hash          text NOT NULL,
    feature_set_key    text NOT NULL,
    feature_set_sha256 text NOT NULL,
    extraction_hash    text NOT NULL,
    audio_sha256       text NOT NULL,
    patches            integer NOT NULL CHECK (patches > 0),
    detector           text NOT NULL,
    score              double precision NOT NULL,
    threshold          double precision NOT NULL,
    verdict            text NOT NULL CHECK (verdict IN ('normal', 'anomalous')),
    detectors          jsonb NOT NULL,
    alarm_change       text NOT NULL CHECK (alarm_change IN ('none', 'opened', 'continued', 'cleared', 'late')),
    alarm_id           uuid REFERENCES alarm (id),
    recorded_at        timestamptz NOT NULL,
    scored_at          timestamptz NOT NULL,
    PRIMARY KEY (recording_id, model_id, version),
    CHECK ((alarm_id IS NOT NULL) = (alarm_change IN ('opened', 'continued', 'cleared')))
);
CREATE INDEX score_by_device ON score (device, recorded_at DESC, recording_id DESC);

-- Feature sets of recordings that no model has scored yet. A recording may stand here under two extractions. Its rows go
-- when its first score has been announced, so they also remember to announce it.
CREATE TABLE unscored (
    recording_id       uuid NOT NULL,
    extraction_hash    text NOT NULL,
    device             text NOT NULL,
    feature_set_key    text NOT NULL,
    feature_set_sha256 text NOT NULL,
    audio_sha256       text NOT NULL,
    patch_count        integer NOT NULL,
    reason             text NOT NULL CHECK (reason IN ('no_model', 'other_extraction', 'unscorable')),
    detail             text NOT NULL,
    recorded_at        timestamptz NOT NULL,
    noted_at           timestamptz NOT NULL,
    PRIMARY KEY (recording_id, extraction_hash)
);
CREATE INDEX unscored_by_device ON unscored (device, extraction_hash, recorded_at) WHERE reason <> 'unscorable';
