-- Every edit of a policy has a number of its own, which is the policy's revision until the next one: a revision never comes back,
-- also not when a policy is deleted and made again, and a run that names one names what stood in it.
CREATE TABLE policy_history (
    revision bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    level    text NOT NULL CHECK (level IN ('device', 'machine_type', 'site', 'plant')),
    name     text NOT NULL,
    at       timestamptz NOT NULL,
    actor    text NOT NULL,
    reason   text,
    -- Null before the policy was made, and after it was deleted.
    before   jsonb,
    after    jsonb
);

CREATE INDEX policy_history_by_policy ON policy_history (level, name, revision);

CREATE TABLE policy (
    level      text NOT NULL,
    name       text NOT NULL,
    parameters jsonb NOT NULL,
    revision   bigint NOT NULL REFERENCES policy_history,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    PRIMARY KEY (level, name),
    CHECK (level IN ('device', 'machine_type', 'site', 'plant') AND (level = 'plant') = (name = ''))
);

CREATE TRIGGER policy_history_is_append_only
    BEFORE UPDATE OR DELETE ON policy_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite();

-- Where each parameter that is not the built-in one came from, and who asked for the run: request, cold_start, schedule.
ALTER TABLE run
    ADD COLUMN parameter_sources jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN origin text NOT NULL DEFAULT 'request';

CREATE INDEX run_by_batch ON run (batch_id, model_id) WHERE batch_id IS NOT NULL;

-- Few, and asked for with each device that has no model of its own.
CREATE INDEX model_of_several ON model (model_id) WHERE mode <> 'device';

-- The last automatic first training of a device and how much data it had: without this row one that is not possible would be tried for ever.
CREATE TABLE cold_start (
    device     text PRIMARY KEY,
    recordings int NOT NULL,
    run_id     uuid NOT NULL REFERENCES run,
    at         timestamptz NOT NULL
);

CREATE TABLE schedule_history (
    revision bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text NOT NULL,
    at       timestamptz NOT NULL,
    actor    text NOT NULL,
    reason   text,
    before   jsonb,
    after    jsonb
);

CREATE INDEX schedule_history_by_name ON schedule_history (name, revision);

CREATE TRIGGER schedule_history_is_append_only
    BEFORE UPDATE OR DELETE ON schedule_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite();

-- What people edit; the scheduler's own tables follow.
CREATE TABLE schedule (
    name       text PRIMARY KEY,
    definition jsonb NOT NULL,
    revision   bigint NOT NULL REFERENCES schedule_history,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL
);

-- One firing of a schedule; its id is made of schedule and time, so that whoever carries it out again finds it, and is the batch of its runs.
CREATE TABLE firing (
    batch_id     uuid PRIMARY KEY,
    schedule     text NOT NULL,
    -- As the schedule stood: a later edit does not change what is under way.
    definition   jsonb NOT NULL,
    revision     bigint NOT NULL,
    cause        text NOT NULL CHECK (cause IN ('cron', 'by_hand')),
    scheduled_at timestamptz NOT NULL,
    state        text NOT NULL CHECK (state IN ('running', 'completed', 'failed')),
    opened_at    timestamptz NOT NULL,
    attempts     int NOT NULL DEFAULT 0,
    attempted_at timestamptz,
    host         text,
    ended_at     timestamptz,
    started_runs int,
    skipped      jsonb,
    detail       text,
    CHECK ((ended_at IS NULL) = (state = 'running'))
);

CREATE INDEX firing_by_schedule ON firing (schedule, scheduled_at DESC);
CREATE INDEX firing_running ON firing (opened_at) WHERE state = 'running';

-- A fresh installation has these. The first two train the devices whose policy says autoTrain, which none does before somebody says so.
WITH made (name, definition) AS (
    VALUES ('nightly', '{"kind": "incremental", "cron": "0 30 2 * * ?", "timeZone": "UTC", "enabled": true}'::jsonb),
           ('weekly', '{"kind": "full", "cron": "0 30 4 ? * SUN", "timeZone": "UTC", "enabled": true}'::jsonb),
           ('retention', '{"kind": "retention", "cron": "0 0 6 * * ?", "timeZone": "UTC", "enabled": true}'::jsonb)
), noted AS (
    INSERT INTO schedule_history (name, at, actor, reason, after)
    SELECT name, now(), 'registry', 'comes with the installation', definition FROM made
    RETURNING name, revision, at, actor, after
)
INSERT INTO schedule (name, definition, revision, changed_at, changed_by)
SELECT name, after, revision, at, actor FROM noted;
