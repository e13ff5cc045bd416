-- The registry's own copy of what ingest and features announce about devices. A lower revision never overwrites a higher one.
CREATE TABLE device (
    device       text PRIMARY KEY,
    site         text NOT NULL,
    machine_type text NOT NULL,
    time_zone    text NOT NULL,
    feature_spec text NOT NULL,
    revision     bigint NOT NULL,
    changed_at   timestamptz NOT NULL
);

-- No foreign key to device: the two announcements come from two services in any order.
CREATE TABLE device_data (
    device         text PRIMARY KEY,
    recordings     int NOT NULL,
    extracted      int NOT NULL,
    pending        int NOT NULL,
    trained        int NOT NULL,
    failed         int NOT NULL,
    retrain_needed boolean NOT NULL,
    reason         text,
    revision       bigint NOT NULL,
    changed_at     timestamptz NOT NULL
);

CREATE TABLE alarm (
    alarm_id   uuid PRIMARY KEY,
    device     text NOT NULL,
    model_id   text NOT NULL,
    version    int NOT NULL,
    opened_at  timestamptz,
    cleared_at timestamptz
);

CREATE INDEX alarm_by_device ON alarm (device);

-- One row per anomalous recording: counting rows stays right when a message is delivered twice, adding one does not.
CREATE TABLE alarm_recording (
    alarm_id     uuid NOT NULL REFERENCES alarm,
    recording_id uuid NOT NULL,
    detected_at  timestamptz NOT NULL,
    PRIMARY KEY (alarm_id, recording_id)
);
