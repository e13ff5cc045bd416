-- Lists are read page by page in these orders; the filters that leave few rows have an index each.
DROP INDEX run_by_age;
CREATE INDEX run_by_creation ON run (created_at, id);
CREATE INDEX run_by_name ON run (name COLLATE "C", id);
CREATE INDEX run_by_state ON run (state, created_at, id);
CREATE INDEX run_by_model ON run (model_id, created_at, id);
CREATE INDEX run_by_device ON run USING gin (devices);

-- When the model last got a version or a deployment.
ALTER TABLE model ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
UPDATE model
SET changed_at = greatest(
    created_at,
    (SELECT max(created_at) FROM model_version WHERE model_version.model_id = model.model_id),
    (SELECT max(deployed_at) FROM deployment WHERE deployment.model_id = model.model_id));

CREATE FUNCTION note_model_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at = now();
    RETURN NEW;
END
$$;

CREATE TRIGGER model_changes BEFORE UPDATE ON model FOR EACH ROW EXECUTE FUNCTION note_model_change();

CREATE INDEX model_by_id ON model (model_id COLLATE "C");
CREATE INDEX model_by_creation ON model (created_at, (model_id COLLATE "C"));
CREATE INDEX model_by_change ON model (changed_at, (model_id COLLATE "C"));
CREATE INDEX model_version_by_device ON model_version USING gin (devices);

-- Whoever follows a run is woken instead of asking again and again.
CREATE FUNCTION notify_run_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('registry_run', NEW.id::text);
    RETURN NULL;
END
$$;

CREATE TRIGGER run_changes AFTER UPDATE ON run FOR EACH ROW EXECUTE FUNCTION notify_run_change();
