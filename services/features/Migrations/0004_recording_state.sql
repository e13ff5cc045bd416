-- What each recording is for its device's current spec: the one definition that counts, re-extraction and datasets go by.
CREATE VIEW recording_state AS
SELECT known.*,
       label = 'anomalous' OR (verdict = 'anomalous' AND label <> 'verified_normal') AS excluded
FROM (
    SELECT recording.recording_id,
           recording.device,
           recording.recorded_at,
           recording.day,
           recording.audio_sha256,
           coalesce(recording_label.label, recording.label) AS label,
           coalesce(recording_verdict.verdict, 'none') AS verdict,
           device.feature_spec,
           feature_spec.extraction_hash,
           feature_set.recording_id IS NOT NULL AS extracted,
           feature_set.recording_id IS NULL AND extraction_failure.recording_id IS NOT NULL AS failed,
           coalesce(feature_set.patch_count, 0) AS patch_count,
           EXISTS (
               SELECT FROM dataset_recording
               JOIN deployment USING (dataset_id)
               WHERE dataset_recording.recording_id = recording.recording_id AND recording.device = ANY (deployment.devices)) AS trained
    FROM recording
    JOIN device USING (device)
    LEFT JOIN feature_spec ON feature_spec.name = device.feature_spec
    LEFT JOIN feature_set ON feature_set.recording_id = recording.recording_id
        AND feature_set.extraction_hash = feature_spec.extraction_hash
    LEFT JOIN extraction_failure ON extraction_failure.recording_id = recording.recording_id
        AND extraction_failure.feature_spec = device.feature_spec
    LEFT JOIN recording_label ON recording_label.recording_id = recording.recording_id
    LEFT JOIN recording_verdict ON recording_verdict.recording_id = recording.recording_id) AS known;

CREATE INDEX dataset_recording_by_recording ON dataset_recording (recording_id);
