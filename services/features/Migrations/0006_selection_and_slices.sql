-- The plant's day decides what an incremental run takes. Devices known before this step count as UTC until they are announced again.
ALTER TABLE device ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';

-- Only such a device can have recordings to extract again, which are not looked for elsewhere. Of the devices so far nobody knows.
ALTER TABLE device ADD COLUMN spec_changed boolean NOT NULL DEFAULT true;
ALTER TABLE device ALTER COLUMN spec_changed SET DEFAULT false;

-- A dataset is planned first, written in slices, and complete when its manifest stands in the store.
ALTER TABLE dataset ALTER COLUMN manifest_sha256 DROP NOT NULL;

CREATE TABLE dataset_shard (
    dataset_id text NOT NULL REFERENCES dataset,
    shard      int NOT NULL,
    size_bytes bigint NOT NULL,
    sha256     text NOT NULL,
    PRIMARY KEY (dataset_id, shard)
);

-- What was passed over is seen as well: it makes no retraining necessary. The device is a recording's for ever; here it keeps the counts of
-- one device away from the rows of all others.
ALTER TABLE dataset_recording
    ADD COLUMN part text NOT NULL DEFAULT 'trained' CHECK (part IN ('trained', 'screened_out', 'not_drawn')),
    ADD COLUMN device text;
UPDATE dataset_recording SET device = recording.device FROM recording WHERE recording.recording_id = dataset_recording.recording_id;
ALTER TABLE dataset_recording ALTER COLUMN device SET NOT NULL;
CREATE INDEX dataset_recording_by_device ON dataset_recording (device, dataset_id) INCLUDE (recording_id, part);
DROP INDEX dataset_recording_by_recording;

-- Counting reads these few bytes instead of whole rows, which hold two numbers per mel band.
CREATE INDEX feature_set_counted ON feature_set (recording_id, extraction_hash) INCLUDE (patch_count, duration_seconds);

-- Which message may work on a run's dataset, and which datasets the model that it starts from has seen.
ALTER TABLE run_dataset
    ADD COLUMN base_datasets text[] NOT NULL DEFAULT '{}',
    ADD COLUMN slice int NOT NULL DEFAULT 0,
    ADD COLUMN claimed_by uuid,
    ADD COLUMN answered boolean NOT NULL DEFAULT true;
ALTER TABLE run_dataset ALTER COLUMN answered DROP DEFAULT;

-- Everything that the deployed version has seen: its own dataset and, when it was trained incrementally, those of the versions before it.
CREATE TABLE deployment_dataset (
    model_id   text NOT NULL REFERENCES deployment,
    dataset_id text NOT NULL,
    PRIMARY KEY (model_id, dataset_id)
);

INSERT INTO deployment_dataset (model_id, dataset_id)
SELECT model_id, dataset_id FROM deployment WHERE dataset_id IS NOT NULL;

DROP VIEW recording_state;
ALTER TABLE deployment DROP COLUMN dataset_id;

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
           CASE WHEN feature_set.recording_id IS NULL THEN extraction_failure.reason END AS failure,
           coalesce(feature_set.patch_count, 0) AS patch_count,
           feature_set.duration_seconds,
           coalesce(seen.trained, false) AS trained,
           NOT coalesce(seen.trained, true) AS passed_over
    FROM recording
    JOIN device USING (device)
    LEFT JOIN feature_spec ON feature_spec.name = device.feature_spec
    LEFT JOIN feature_set ON feature_set.recording_id = recording.recording_id
        AND feature_set.extraction_hash = feature_spec.extraction_hash
    LEFT JOIN extraction_failure ON extraction_failure.recording_id = recording.recording_id
        AND extraction_failure.feature_spec = device.feature_spec
    LEFT JOIN (
        SELECT dataset_recording.device, dataset_recording.recording_id, bool_or(dataset_recording.part = 'trained') AS trained
        FROM dataset_recording
        JOIN deployment_dataset USING (dataset_id)
        JOIN deployment ON deployment.model_id = deployment_dataset.model_id AND dataset_recording.device = ANY (deployment.devices)
        GROUP BY dataset_recording.device, dataset_recording.recording_id) AS seen
        ON seen.recording_id = recording.recording_id AND seen.device = recording.device
    LEFT JOIN recording_label ON recording_label.recording_id = recording.recording_id
    LEFT JOIN recording_verdict ON recording_verdict.recording_id = recording.recording_id) AS known;
