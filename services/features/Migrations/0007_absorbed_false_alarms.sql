-- False alarms of which it was announced that a deployed model has learnt them. Which ones have is derived from datasets and deployments, as
-- everywhere; this is what others were told.
CREATE TABLE absorbed (
    recording_id uuid PRIMARY KEY REFERENCES recording,
    device       text NOT NULL,
    model_id     text NOT NULL,
    version      int NOT NULL
);
CREATE INDEX absorbed_by_device ON absorbed (device);

-- Of a million recordings a person has verified a few.
CREATE INDEX recording_label_verified ON recording_label (recording_id) WHERE label = 'verified_normal';
CREATE INDEX recording_verified ON recording (device) WHERE label = 'verified_normal';
