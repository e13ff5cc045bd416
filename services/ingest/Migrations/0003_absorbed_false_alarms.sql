-- Which deployed version has learnt a recording that a model had called anomalous and a person normal; null when none has. A lower revision
-- never overwrites a higher one.
ALTER TABLE recording
    ADD COLUMN absorbed_by       text,
    ADD COLUMN absorbed_version  integer,
    ADD COLUMN absorbed_at       timestamptz,
    ADD COLUMN absorbed_revision bigint NOT NULL DEFAULT 0;

CREATE OR REPLACE VIEW recording_shown AS
SELECT recording.id, recording.sequence, recording.device, recording.sha256, recording.size_bytes, recording.object_key, recording.format,
       recording.name, recording.recorded_at, recording.day, recording.archived_at, recording.label, recording.label_revision,
       recording.verdict, recording.verdict_model_id, recording.verdict_version, recording.verdict_deployment, recording.score,
       recording.threshold, recording.scored_at,
       CASE WHEN recording.state = 'archived' AND outcome.reason = 'too_short' THEN 'too_short' ELSE recording.state END AS state,
       coalesce(recording.reason, outcome.reason) AS reason,
       coalesce(recording.detail, outcome.detail) AS detail,
       outcome.duration_seconds, recording.absorbed_by, recording.absorbed_version, recording.absorbed_at
FROM recording
JOIN device ON device.code = recording.device
LEFT JOIN recording_outcome AS outcome ON outcome.recording_id = recording.id AND outcome.feature_spec = device.feature_spec;
