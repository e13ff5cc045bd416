-- Messages that belong to a committed change and are not confirmed by the broker yet.
CREATE TABLE outbox (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id   uuid        NOT NULL,
    message_type text        NOT NULL,
    body         jsonb       NOT NULL,
    trace_parent text,
    trace_state  text,
    enqueued_at  timestamptz NOT NULL,
    not_before   timestamptz NOT NULL,
    attempts     integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- Set when the message can never be published, e.g. of a type that this build does not know; kept for people to look at.
    parked       text
);

CREATE INDEX outbox_due ON outbox (id) WHERE parked IS NULL;
