SELECT run, batch, committed_at, source, file, read, stored, duplicate, rejected, conflict, newest_event_time
FROM lake.ledger
