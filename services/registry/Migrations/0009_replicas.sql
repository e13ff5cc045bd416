-- What lost replicas said is forgotten replica by replica.
CREATE INDEX replica_deployment_by_replica ON replica_deployment (replica) WHERE state = 'loaded';
