-- What a replay must fetch and compare. Rows of before have none of it: then the package is looked for where packages stand, and only its
-- own files say that it is the right one.
ALTER TABLE score
    ADD COLUMN package_prefix          text,
    ADD COLUMN package_manifest_sha256 text,
    ADD COLUMN run_id                  uuid,
    ADD COLUMN dataset_id              text,
    ADD COLUMN computed_with           text;

-- All recordings of an alarm, in their order.
CREATE INDEX score_by_alarm ON score (alarm_id, recorded_at, recording_id) WHERE alarm_id IS NOT NULL;
