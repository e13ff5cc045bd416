-- A recording also waits when its device's model is known but cannot be loaded now.
ALTER TABLE unscored DROP CONSTRAINT unscored_reason_check;
ALTER TABLE unscored ADD CONSTRAINT unscored_reason_check
    CHECK (reason IN ('no_model', 'other_extraction', 'model_unavailable', 'unscorable'));
