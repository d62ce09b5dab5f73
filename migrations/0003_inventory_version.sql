-- Tells a process that keeps the inventory in its memory whether it is still the newest, without reading it: every
-- import raises the number in its own transaction, as its first statement, so that two imports at once wait for each
-- other. Losing the number loses nothing but that.
CREATE TABLE inventory_version (
    id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL
);

INSERT INTO inventory_version (id, version) VALUES (0, 0);
