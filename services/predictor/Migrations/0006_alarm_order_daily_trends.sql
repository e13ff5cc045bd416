-- The latest decisions of a device, which a recording that comes out of order may still change, and the state before them. Null: everything is
-- settled, and the other columns say what counts.
ALTER TABLE alarm_state ADD COLUMN unsettled jsonb;

-- withdrawn: a recording that came out of order took away what had opened it.
ALTER TABLE alarm DROP CONSTRAINT alarm_close_reason_check;
ALTER TABLE alarm ADD CHECK (close_reason IN ('quiet', 'person', 'labels', 'withdrawn'));

-- Days that are over, computed once. A day is an interval of time, so one of another time zone is another day. Scores that come into the past take
-- the day away that they belong to and count past_scores under the device's lock, so that a day which was computed meanwhile is not kept.
CREATE TABLE trend_day (
    device    text NOT NULL,
    day_start timestamptz NOT NULL,
    day_end   timestamptz NOT NULL,
    trends    jsonb NOT NULL, -- by model and deployment, in the order of their first scores
    PRIMARY KEY (device, day_start, day_end),
    CHECK (day_end > day_start)
);
ALTER TABLE alarm_state ADD COLUMN past_scores bigint NOT NULL DEFAULT 0;
