-- Runs that bring in a model that was trained elsewhere, beside the runs that train one.
CREATE TABLE model_import (
    run_id         uuid PRIMARY KEY REFERENCES run,
    model_id       text NOT NULL,
    -- The number that it had elsewhere and keeps; null takes the next one.
    version        int CHECK (version > 0),
    content_sha256 text NOT NULL,
    source         text NOT NULL,
    actor          text NOT NULL
);

CREATE INDEX model_import_by_content ON model_import (model_id, content_sha256);
