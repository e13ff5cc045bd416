-- Named and immutable: a row is never updated. The hashes are those of the canonical JSON.
CREATE TABLE feature_spec (
    name            text PRIMARY KEY,
    canonical       text NOT NULL,
    spec_hash       text NOT NULL,
    extraction_hash text NOT NULL,
    created_at      timestamptz NOT NULL
);

CREATE INDEX feature_spec_by_hash ON feature_spec (spec_hash);

-- The copy of what ingest announces. A lower revision never overwrites a higher one.
CREATE TABLE device (
    device       text PRIMARY KEY,
    site         text NOT NULL,
    machine_type text NOT NULL,
    -- No foreign key: a device may name a spec that nobody has created yet.
    feature_spec text NOT NULL,
    revision     bigint NOT NULL,
    -- Raised in every transaction that changes what is known of the device's data, so that none is missed by who announces it.
    changes      bigint NOT NULL DEFAULT 1,
    announced    bigint NOT NULL DEFAULT 0 CHECK (announced <= changes)
);

CREATE INDEX device_to_announce ON device (device) WHERE changes > announced;
