-- An alarm opens when m of the last n recordings are anomalous and closes after k quiet ones, by a person, or by labels. What those last
-- recordings were stands in the row that is locked, so that it survives restarts and replicas agree.
ALTER TABLE alarm_state ADD COLUMN recent jsonb NOT NULL DEFAULT '[]';

-- Where a device has other rules than the options say; null is what the options say.
CREATE TABLE alarm_rules (
    device      text PRIMARY KEY,
    open_after  integer CHECK (open_after > 0),
    of_last     integer CHECK (of_last > 0),
    clear_after integer CHECK (clear_after > 0),
    clear_below double precision CHECK (clear_below > 0 AND clear_below <= 1),
    set_by      text,
    set_at      timestamptz NOT NULL
);

-- evidence: the anomalous recordings that together opened it. recordings counts those and the anomalous ones after them; the two counts of
-- labels are about the same recordings. closed_by is a recording; times of people are theirs.
ALTER TABLE alarm DROP CONSTRAINT alarm_check;
ALTER TABLE alarm
    ADD COLUMN evidence           uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN close_reason       text CHECK (close_reason IN ('quiet', 'person', 'labels')),
    ADD COLUMN closed_by_person   text,
    ADD COLUMN close_note         text,
    ADD COLUMN labelled_normal    integer NOT NULL DEFAULT 0,
    ADD COLUMN labelled_anomalous integer NOT NULL DEFAULT 0;
UPDATE alarm SET evidence = ARRAY[opened_by], close_reason = CASE WHEN closed_at IS NOT NULL THEN 'quiet' END;
ALTER TABLE alarm ADD CHECK ((close_reason IS NULL) = (closed_at IS NULL)), ADD CHECK (closed_by IS NOT NULL OR close_reason IS DISTINCT FROM 'quiet');
CREATE INDEX alarm_of_device ON alarm (device, opened_at DESC, id DESC);

-- held: within an alarm, and not anomalous or known to be normal.
ALTER TABLE score DROP CONSTRAINT score_alarm_change_check, DROP CONSTRAINT score_check;
ALTER TABLE score
    ADD CHECK (alarm_change IN ('none', 'opened', 'continued', 'held', 'cleared', 'late')),
    ADD CHECK ((alarm_id IS NOT NULL) = (alarm_change IN ('opened', 'continued', 'held', 'cleared')));
CREATE INDEX score_of_alarm ON score (alarm_id, recorded_at) WHERE alarm_id IS NOT NULL;

-- The copy of what people say; labels come before or after the score. A lower revision never overwrites a higher one.
CREATE TABLE recording_label (
    recording_id uuid PRIMARY KEY,
    device       text NOT NULL,
    label        text NOT NULL,
    revision     bigint NOT NULL,
    labelled_by  text,
    labelled_at  timestamptz NOT NULL
);
CREATE INDEX recording_label_normal ON recording_label (device, recording_id) WHERE label IN ('normal', 'verified_normal');

-- False alarms that a deployed model has learnt; model_id is null when none does any more.
CREATE TABLE absorption (
    recording_id uuid PRIMARY KEY,
    model_id     text,
    version      integer,
    revision     bigint NOT NULL,
    changed_at   timestamptz NOT NULL
);

-- Where a deployment's scores of a device began and where they are, relative to the threshold (1 is where a verdict turns). Changed under the
-- lock of alarm_state, so recordings are never counted twice.
CREATE TABLE trend (
    device         text NOT NULL,
    model_id       text NOT NULL,
    deployment     bigint NOT NULL,
    version        integer NOT NULL,
    recordings     bigint NOT NULL,
    baseline       double precision[] NOT NULL,
    recent         double precision[] NOT NULL,
    drifting_since timestamptz,
    left_bands     text[] NOT NULL, -- measures of ChampionLeftBand that were announced
    started_at     timestamptz NOT NULL,
    PRIMARY KEY (device, model_id, deployment)
);
-- Deployments that are live already have judged recordings; their baseline begins with their next recording.
INSERT INTO trend (device, model_id, deployment, version, recordings, baseline, recent, left_bands, started_at)
SELECT device, model_id, deployment, max(version), count(*), '{}', '{}', '{}', min(scored_at) FROM score GROUP BY device, model_id, deployment;
