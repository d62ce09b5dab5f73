"""What readers that are not ours find in a lake: `count.py LAKE` prints one JSON object.

For each reader of the table `events`: rows, distinct ids, first and last time in microseconds since 1970, and rows by
day of the partition (`null` for records without a time). For every table of the lake: its rows as `deltalake` counts
them.
"""

import json
import sys
from pathlib import Path

import duckdb
import polars
from deltalake import DeltaTable, QueryBuilder


def by_deltalake(table):
    """The engine inside `deltalake`, through Delta's own table provider."""

    def ask(sql):
        answer = QueryBuilder().register("events", table).execute(sql).read_all()
        return list(zip(*(column.to_pylist() for column in answer.columns)))

    [(rows, ids, first, last)] = ask(
        "SELECT count(*), count(DISTINCT event_id), CAST(min(event_time) AS BIGINT), CAST(max(event_time) AS BIGINT) FROM events"
    )
    days = ask("SELECT CAST(event_date AS VARCHAR), count(*) FROM events GROUP BY event_date")
    return rows, ids, first, last, days


def by_duckdb(table):
    """Parquet files alone, as the log lists them; the days come from the names of the folders."""
    files = duckdb.read_parquet(table.file_uris(), hive_partitioning=True)
    [(rows, ids, first, last)] = files.aggregate(
        "count(*), count(DISTINCT event_id), epoch_us(min(event_time)), epoch_us(max(event_time))"
    ).fetchall()
    days = files.aggregate("event_date::VARCHAR, count(*)", "event_date").fetchall()
    return rows, ids, first, last, days


def by_polars(table):
    """The lazy scan of a Delta table."""
    events = polars.scan_delta(table)
    time = polars.col("event_time").dt.epoch("us")
    [(rows, ids, first, last)] = (
        events.select(polars.len(), polars.col("event_id").n_unique(), time.min().alias("first"), time.max().alias("last"))
        .collect()
        .rows()
    )
    day = polars.col("event_date").cast(polars.String)
    days = events.group_by(day).len().collect().rows()
    return rows, ids, first, last, days


def main(lake):
    events = DeltaTable(lake / "events")
    readers = {}
    for name, read in [("deltalake", by_deltalake), ("duckdb", by_duckdb), ("polars", by_polars)]:
        rows, ids, first, last, days = read(events)
        readers[name] = {
            "rows": rows,
            "ids": ids,
            "first": first,
            "last": last,
            "days": {"null" if day is None else day: count for day, count in days},
        }
    tables = {}
    for log in sorted(lake.glob("*/_delta_log")):
        table = DeltaTable(log.parent)
        answer = QueryBuilder().register("t", table).execute("SELECT count(*) FROM t").read_all()
        tables[log.parent.name] = answer.columns[0].to_pylist()[0]
    print(json.dumps({"readers": readers, "tables": tables}))


main(Path(sys.argv[1]))
