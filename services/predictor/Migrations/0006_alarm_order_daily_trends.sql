-- The latest decisions of a device, which a recording that comes out of order may still change, and the state before them. Null: everything is
-- settled, and the other columns say what counts.
ALTER TABLE alarm_state ADD COLUMN unsettled jsonb;

-- withdrawn: a recording that came out of order took away what had opened it.
ALTER TABLE alarm DROP CONSTRAINT alarm_close_reason_check;
ALTER TABLE alarm ADD CHECK (close_reason IN ('quiet', 'person', 'labels', 'withdrawn'));
