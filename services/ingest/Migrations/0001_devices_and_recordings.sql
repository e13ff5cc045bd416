CREATE TABLE device (
    code         text        PRIMARY KEY CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$'),
    site         text        NOT NULL,
    machine_type text        NOT NULL,
    time_zone    text        NOT NULL,
    feature_spec text        NOT NULL,
    revision     bigint      NOT NULL CHECK (revision > 0),
    changed_at   timestamptz NOT NULL
);

CREATE TABLE recording (
    id                 uuid        PRIMARY KEY,
    sequence           bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    device             text        NOT NULL REFERENCES device (code),
    sha256             text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes         bigint      NOT NULL CHECK (size_bytes > 0),
    object_key         text        NOT NULL,
    name               text,
    recorded_at        timestamptz NOT NULL,
    day                text        NOT NULL CHECK (day ~ '^[0-9]{8}$'),
    archived_at        timestamptz NOT NULL,
    label              text        NOT NULL CHECK (label IN ('unlabelled', 'normal', 'verified_normal', 'anomalous')),
    label_revision     bigint      NOT NULL DEFAULT 0 CHECK (label_revision >= 0),
    verdict            text        NOT NULL DEFAULT 'none' CHECK (verdict IN ('none', 'normal', 'anomalous')),
    verdict_model_id   text,
    verdict_version    integer,
    verdict_deployment bigint,
    score              double precision,
    threshold          double precision,
    scored_at          timestamptz,
    state              text        NOT NULL CHECK (state IN ('archived', 'quarantined')),
    reason             text,
    detail             text,
    -- The identity of a recording: the same bytes of the same device are one recording, however often they come.
    UNIQUE (device, sha256),
    CHECK (state <> 'quarantined' OR reason IS NOT NULL),
    CHECK ((verdict = 'none') = (verdict_model_id IS NULL))
);

CREATE INDEX recording_of_device ON recording (device, sequence);

-- Who said what about a recording, and when; the last one stands in the recording too.
CREATE TABLE recording_label (
    recording_id uuid        NOT NULL REFERENCES recording (id),
    revision     bigint      NOT NULL,
    label        text        NOT NULL,
    labelled_by  text,
    note         text,
    labelled_at  timestamptz NOT NULL,
    PRIMARY KEY (recording_id, revision)
);
