-- What a list says about champion and previous, beside the model: 100 models would otherwise be 400 looks into other tables.
ALTER TABLE model
    ADD COLUMN champion_version    int,
    ADD COLUMN champion_label      text,
    ADD COLUMN champion_deployment bigint,
    ADD COLUMN champion_at         timestamptz,
    ADD COLUMN previous_version    int,
    ADD COLUMN previous_label      text,
    ADD COLUMN previous_deployment bigint,
    ADD COLUMN previous_at         timestamptz;

-- A trigger, so that no way of moving an alias can forget it. Whoever moves one of these holds the model's row already.
CREATE FUNCTION keep_served() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.name = 'previous' AND (TG_OP = 'DELETE' OR NEW.name <> 'previous') THEN
        UPDATE model SET previous_version = NULL, previous_label = NULL, previous_deployment = NULL, previous_at = NULL WHERE model_id = OLD.model_id;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN NULL;
    ELSIF NEW.name = 'champion' THEN
        UPDATE model
        SET champion_version = v.version, champion_label = v.label, champion_deployment = d.deployment, champion_at = d.deployed_at
        FROM model_version v, deployment d
        WHERE model.model_id = NEW.model_id AND v.model_id = NEW.model_id AND v.version = NEW.version
            AND d.model_id = NEW.model_id AND d.deployment = NEW.deployment;
    ELSIF NEW.name = 'previous' THEN
        UPDATE model
        SET previous_version = v.version, previous_label = v.label, previous_deployment = d.deployment, previous_at = d.deployed_at
        FROM model_version v, deployment d
        WHERE model.model_id = NEW.model_id AND v.model_id = NEW.model_id AND v.version = NEW.version
            AND d.model_id = NEW.model_id AND d.deployment = NEW.deployment;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER alias_served AFTER INSERT OR UPDATE OR DELETE ON alias FOR EACH ROW EXECUTE FUNCTION keep_served();

-- For what was deployed before.
UPDATE alias SET version = version WHERE name IN ('champion', 'previous');
