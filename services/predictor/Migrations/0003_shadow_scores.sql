-- What shadows say about recordings: beside the champion's score of the same recording, never in its place. Nothing here opens an alarm.
CREATE TABLE shadow_score (
    recording_id    uuid NOT NULL,
    model_id        text NOT NULL,
    version         integer NOT NULL,
    device          text NOT NULL,
    -- The others are recordings that the shadow could not judge; detail says why.
    outcome         text NOT NULL CHECK (outcome IN ('scored', 'other_extraction', 'unscorable')),
    detail          text,
    extraction_hash text NOT NULL,
    detector        text,
    score           double precision,
    threshold       double precision,
    verdict         text CHECK (verdict IN ('normal', 'anomalous')),
    detectors       jsonb,
    recorded_at     timestamptz NOT NULL,
    scored_at       timestamptz NOT NULL,
    PRIMARY KEY (recording_id, model_id, version),
    CHECK ((outcome = 'scored') = (detail IS NULL)),
    CHECK (num_nulls(detector, score, threshold, verdict, detectors) = CASE outcome WHEN 'scored' THEN 0 ELSE 5 END)
);

-- Comparisons are of one version over a time.
CREATE INDEX shadow_score_by_version ON shadow_score (model_id, version, recorded_at);
