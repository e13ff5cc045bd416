CREATE TABLE deployment (
    model_id    text NOT NULL,
    deployment  bigint NOT NULL CHECK (deployment > 0),
    version     int NOT NULL,
    devices     text[] NOT NULL CHECK (cardinality(devices) > 0),
    actor       text NOT NULL,
    reason      text NOT NULL,
    deployed_at timestamptz NOT NULL,
    PRIMARY KEY (model_id, deployment),
    FOREIGN KEY (model_id, version) REFERENCES model_version
);

CREATE TABLE alias (
    model_id   text NOT NULL,
    name       text NOT NULL CHECK (name IN ('champion', 'previous')),
    version    int NOT NULL,
    deployment bigint NOT NULL,
    PRIMARY KEY (model_id, name),
    FOREIGN KEY (model_id, version) REFERENCES model_version,
    FOREIGN KEY (model_id, deployment) REFERENCES deployment
);

-- What each predictor replica made of each deployment. No foreign key: a restored registry may hear of one that it no longer knows.
CREATE TABLE replica_deployment (
    model_id          text NOT NULL,
    deployment        bigint NOT NULL,
    replica           text NOT NULL,
    version           int NOT NULL,
    state             text NOT NULL CHECK (state IN ('loaded', 'rejected')),
    reason            text,
    load_milliseconds double precision,
    at                timestamptz NOT NULL,
    PRIMARY KEY (model_id, deployment, replica)
);
