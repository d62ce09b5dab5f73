-- What exists beside the log: clusters, associations, roles, ServiceAccounts and pods, one row for each
-- version of each object. Versions are kept, because the past is judged by the past's configuration.
-- Losing this table loses no event; importing the same documents again restores it.
--
-- body is the object as JSON text, without secrets; its hash makes an import of the same thing harmless.
-- Times are microseconds since the epoch, UTC.
CREATE TABLE inventory (
    kind TEXT NOT NULL,
    object_key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    body TEXT NOT NULL,
    first_observed BIGINT NOT NULL,
    last_observed BIGINT NOT NULL,
    PRIMARY KEY (kind, object_key, body_hash)
);
