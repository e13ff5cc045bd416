-- What was measured on the recording as it was decoded; null for sets of before.
ALTER TABLE feature_set
    ADD COLUMN sample_rate      int,
    ADD COLUMN channels         int,
    ADD COLUMN duration_seconds double precision,
    ADD COLUMN peak             double precision,
    ADD COLUMN clipped_fraction double precision,
    ADD COLUMN silent_fraction  double precision,
    ADD COLUMN truncated        boolean NOT NULL DEFAULT false;

-- Known of recordings that are shorter than one window.
ALTER TABLE extraction_failure ADD COLUMN duration_seconds double precision;
