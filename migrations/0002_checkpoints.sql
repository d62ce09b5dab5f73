-- How far each source has been read, so that a run need not read again what the lake holds: an optimisation only.
-- Losing these tables loses nothing; the next run reads its sources again, and the lake stores no event twice.
--
-- Ids are the first 128 bits of SHA-256 in hex, over the source, and over the object's name and version: names are as
-- long as paths may be, and PostgreSQL indexes no row above a third of a page. Times are microseconds since the
-- epoch, UTC.

-- One row for each source, named as it was given. cursor is the place where it goes on, in a form of its own; the
-- other columns tell its backlog and failures as they were noted last, and are null before the first time.
CREATE TABLE sources (
    source_id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    cursor TEXT,
    backlog_objects BIGINT,
    backlog_bytes BIGINT,
    failed BIGINT,
    problem TEXT,
    noted_at BIGINT
);

-- What was read to its end and committed to the lake. version tells one content of a name from another; read_at is
-- when it was read last, and decides when the row may be forgotten.
CREATE TABLE read_objects (
    source_id TEXT NOT NULL,
    object_id TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (source_id, object_id)
);
