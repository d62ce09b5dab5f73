"""One peer turns a folder of CloudTrail `.json.gz` files into one Parquet file: `peers.py PEER DIR OUT THREADS`.

Prints a line of JSON: rows, seconds (without loading the library) and bytes written. Both peers write the same kind of
flat table with zstd and give the nested parts as JSON text. `duckdb` keeps one row for each event id and orders by time,
which is what Podtrail does too; `clickhouse` (chdb) does neither and is the mark for raw speed.
"""

import json
import os
import sys
import time

# Output columns, each by its path in the record. A path below `userIdentity` is looked up in its JSON.
SCALARS = {
    "recipient_account_id": "recipientAccountId",
    "aws_region": "awsRegion",
    "event_source": "eventSource",
    "event_name": "eventName",
    "identity_type": "userIdentity.type",
    "principal_id": "userIdentity.principalId",
    "identity_arn": "userIdentity.arn",
    "access_key_id": "userIdentity.accessKeyId",
    "issuer_arn": "userIdentity.sessionContext.sessionIssuer.arn",
    "source_ip_address": "sourceIPAddress",
    "user_agent": "userAgent",
    "error_code": "errorCode",
}
DOCUMENTS = {
    "user_identity": "userIdentity",
    "request_parameters": "requestParameters",
    "response_elements": "responseElements",
    "resources": "resources",
}
# DuckDB, which has the slower parser and the closer task, gives these too.
DUCKDB_SCALARS = {
    "session_created": "userIdentity.sessionContext.attributes.creationDate",
    "error_message": "errorMessage",
    "event_category": "eventCategory",
    "shared_event_id": "sharedEventID",
    "request_id": "requestID",
}
DUCKDB_DOCUMENTS = {"read_only": "readOnly", "additional_event_data": "additionalEventData"}
# The fields of a record as DuckDB is told to read them: text, or JSON of any form.
TEXT_FIELDS = (
    "eventVersion eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage requestID"
    " eventID eventType recipientAccountId eventCategory sharedEventID"
).split()
JSON_FIELDS = (
    "userIdentity requestParameters responseElements readOnly resources managementEvent additionalEventData"
).split()
# DuckDB holds a file's `Records` as one object, and refuses larger ones.
LARGEST_OBJECT = 64 << 20


def duckdb_query(folder, out):
    """De-duplicated by event id, in order of event time."""

    def scalar(path):
        field, _, rest = path.partition(".")
        return f"record.{field}->>'$.{rest}'" if rest else f"record.{field}"

    columns = ["record.eventID AS event_id", "CAST(record.eventTime AS TIMESTAMP) AS event_time"]
    columns += [f"{scalar(path)} AS {name}" for name, path in {**SCALARS, **DUCKDB_SCALARS}.items()]
    columns += [f"CAST(record.{path} AS VARCHAR) AS {name}" for name, path in {**DOCUMENTS, **DUCKDB_DOCUMENTS}.items()]
    fields = ", ".join([f"{name} VARCHAR" for name in TEXT_FIELDS] + [f"{name} JSON" for name in JSON_FIELDS])
    return f"""
        COPY (
            SELECT {", ".join(columns)}
            FROM (
                SELECT unnest(Records) AS record
                FROM read_json('{folder}/**/*.json.gz', maximum_object_size = {LARGEST_OBJECT},
                               columns = {{Records: 'STRUCT({fields})[]'}})
            )
            QUALIFY row_number() OVER (PARTITION BY event_id) = 1
            ORDER BY event_time
        ) TO '{out}' (FORMAT parquet, COMPRESSION zstd)"""


def clickhouse_query(folder, out, threads):
    """Every record as it comes."""

    def extract(kind, path):
        keys = ", ".join(f"'{key}'" for key in path.split("."))
        return f"JSONExtract{kind}(record, {keys})"

    columns = [
        f"{extract('String', 'eventID')} AS event_id",
        f"parseDateTimeBestEffortOrNull({extract('String', 'eventTime')}) AS event_time",
    ]
    columns += [f"{extract('String', path)} AS {name}" for name, path in SCALARS.items()]
    columns += [f"{extract('Raw', path)} AS {name}" for name, path in DOCUMENTS.items()]
    return f"""
        SELECT {", ".join(columns)}
        FROM (
            SELECT arrayJoin(JSONExtractArrayRaw(whole, 'Records')) AS record
            FROM file('{folder}/**/*.json.gz', 'RawBLOB', 'whole String')
        )
        INTO OUTFILE '{out}' TRUNCATE FORMAT Parquet
        SETTINGS max_threads = {threads}, output_format_parquet_compression_method = 'zstd'"""


def rows_of(path):
    """The rows of a Parquet file, by its footer."""
    import duckdb

    [(rows,)] = duckdb.sql(f"SELECT sum(num_rows) FROM parquet_file_metadata('{path}')").fetchall()
    return rows


def main(peer, folder, out, threads):
    if peer == "duckdb":
        import duckdb

        connection = duckdb.connect(config={"threads": int(threads)})
        start = time.monotonic()
        connection.execute(duckdb_query(folder, out))
    else:
        import chdb

        start = time.monotonic()
        chdb.query(clickhouse_query(folder, out, threads))
    seconds = time.monotonic() - start
    print(json.dumps({"rows": int(rows_of(out)), "seconds": seconds, "bytes": os.path.getsize(out)}))


main(*sys.argv[1:])
