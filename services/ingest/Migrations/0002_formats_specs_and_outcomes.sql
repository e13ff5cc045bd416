-- Any audio: what the first bytes said that it is, which is what the object's key ends with.
ALTER TABLE recording ADD COLUMN format text NOT NULL DEFAULT 'wav' CHECK (format ~ '^[a-z0-9]{1,8}$');
ALTER TABLE recording ALTER COLUMN format DROP DEFAULT;

-- A device has a spec of its own, or that of its machine type, or the default; feature_spec is which of them counts.
-- A row of a machine type without a spec says that there was one.
CREATE TABLE machine_type (
    machine_type text        PRIMARY KEY CHECK (machine_type ~ '^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$'),
    feature_spec text,
    changed_at   timestamptz NOT NULL
);

ALTER TABLE device ADD COLUMN own_spec text;
-- Until now 'default' was what a device had of which nobody said anything.
UPDATE device SET own_spec = feature_spec WHERE feature_spec <> 'default';
ALTER TABLE device ADD CHECK (own_spec IS NULL OR own_spec = feature_spec);
CREATE INDEX device_of_machine_type ON device (machine_type);

CREATE VIEW device_shown AS
SELECT device.code, device.site, device.machine_type, device.time_zone, device.own_spec, device.feature_spec,
       CASE WHEN device.own_spec IS NOT NULL THEN 'device'
            WHEN machine_type.feature_spec IS NOT NULL THEN 'machine_type'
            ELSE 'default' END AS feature_spec_from,
       device.revision, device.changed_at
FROM device LEFT JOIN machine_type ON machine_type.machine_type = device.machine_type;

-- What came of a recording under each spec. Messages about it come in any order and more than once, and specs come and go, so the state of
-- a recording is looked up under the spec that its device has now and is stored nowhere.
CREATE TABLE recording_outcome (
    recording_id     uuid        NOT NULL REFERENCES recording (id),
    feature_spec     text        NOT NULL,
    reason           text,       -- null: it has features
    detail           text,
    duration_seconds double precision,
    decided_at       timestamptz NOT NULL,
    PRIMARY KEY (recording_id, feature_spec)
);

INSERT INTO recording_outcome (recording_id, feature_spec, reason, detail, decided_at)
SELECT recording.id, device.feature_spec, recording.reason, recording.detail, recording.archived_at
FROM recording JOIN device ON device.code = recording.device
WHERE recording.state = 'archived' AND recording.reason IS NOT NULL;

UPDATE recording SET reason = NULL, detail = NULL WHERE state = 'archived';
ALTER TABLE recording ADD CHECK ((state = 'quarantined') = (reason IS NOT NULL));

CREATE VIEW recording_shown AS
SELECT recording.id, recording.sequence, recording.device, recording.sha256, recording.size_bytes, recording.object_key, recording.format,
       recording.name, recording.recorded_at, recording.day, recording.archived_at, recording.label, recording.label_revision,
       recording.verdict, recording.verdict_model_id, recording.verdict_version, recording.verdict_deployment, recording.score,
       recording.threshold, recording.scored_at,
       CASE WHEN recording.state = 'archived' AND outcome.reason = 'too_short' THEN 'too_short' ELSE recording.state END AS state,
       coalesce(recording.reason, outcome.reason) AS reason,
       coalesce(recording.detail, outcome.detail) AS detail,
       outcome.duration_seconds
FROM recording
JOIN device ON device.code = recording.device
LEFT JOIN recording_outcome AS outcome ON outcome.recording_id = recording.id AND outcome.feature_spec = device.feature_spec;
