#!/usr/bin/env python3
"""How long the dashboard's questions, attribution by SQL and a refresh take, on two lakes of different size.

`make bench-query` builds what this needs and runs it. The lakes are of `podtrail demo`, made once and kept in the work
folder; refreshes are measured on copies. A question is asked over HTTP of a running server; its time is what a client
waits. Ratios are of one run on one machine. `BENCH='--help'` lists what can be changed.
"""

import argparse
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

# Milliseconds at the 95th percentile on the large lake; the large lake's medians over the small one's; our time over
# DuckDB's; a refresh in the large lake over the same in the small one.
OWED = {"p95, ms": 100.0, "large / small": 1.5, "podtrail / duckdb": 1.0, "refresh, large / small": 1.5}
START = 60

# Whose credentials were used, without any derived table: each call joined to the event that issued its access key.
# Both engines run the same text over the same files.
ATTRIBUTION = """
SELECT i.subject, e.event_source, e.event_name, count(*) AS calls
FROM {events} e
JOIN (SELECT split_part(split_part(response_elements, '"accessKeyId":"', 2), '"', 1) AS access_key,
             coalesce(user_name, invoked_by, issuer_arn) AS subject
      FROM {events}
      WHERE event_source = 'sts.amazonaws.com' AND event_name LIKE 'AssumeRole%' AND error_code IS NULL) i
  ON i.access_key = e.access_key_id
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""


def show(label, text):
    print(f"{label:<52} {text}", flush=True)


def judge(label, what, value):
    show(label, f"{value:8.2f}   owed <= {OWED[what]:g}: {'met' if value <= OWED[what] else 'NOT met'}")


class Server:
    """`podtrail serve` over a data folder."""

    def __init__(self, podtrail, data):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.log = tempfile.TemporaryFile()
        command = [podtrail, "--data", data, "serve", "--listen", f"127.0.0.1:{port}"]
        self.child = subprocess.Popen([str(part) for part in command], stdout=self.log, stderr=self.log)
        for _ in range(START * 10):
            try:
                self.get("/healthz")
                return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"the server did not answer within {START} seconds")

    def get(self, path):
        with urllib.request.urlopen(self.address + path) as answer:
            return answer.read()

    def stop(self):
        self.child.terminate()
        self.child.wait()


def questions(server):
    """The dashboard's questions, about the workload that calls most."""
    rows = json.loads(server.get("/api/v1/workloads?sort=-calls&limit=1"))["items"]
    if not rows:
        sys.exit("the lake has no workload: was it made by `podtrail demo`?")
    row = rows[0]
    parts = [row.get("cluster_arn") or row["cluster"], row["namespace"], row["service_account"]]
    one = "/api/v1/workloads/" + "/".join(urllib.parse.quote(part, safe="") for part in parts)
    return {
        "workloads": "/api/v1/workloads?limit=500",
        "one workload": one,
        "its usage": one + "/usage?limit=100",
        "its permissions": one + "/permissions",
        "its sessions": one + "/sessions?limit=50",
        "sessions": "/api/v1/sessions?limit=50",
        "graph": "/api/v1/graph",
        "coverage": "/api/v1/coverage",
        "findings": "/api/v1/findings?limit=50",
    }


def ask(server, asked, times):
    """Milliseconds of each question, in turn with all others."""
    took = {name: [] for name in asked}
    for path in asked.values():
        server.get(path)
    for _ in range(times):
        for name, path in asked.items():
            start = time.perf_counter()
            server.get(path)
            took[name].append((time.perf_counter() - start) * 1000)
    return took


def p95(values):
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def seconds(command, **more):
    start = time.monotonic()
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    if done.returncode != 0:
        sys.exit(f"`{' '.join(map(str, command))}` failed: {done.stderr.decode()}")
    return time.monotonic() - start, done.stdout.decode()


class Bench:
    def __init__(self, options):
        self.options = options
        options.work.mkdir(parents=True, exist_ok=True)
        self.scratch = Path(tempfile.mkdtemp(prefix="query-", dir=options.work))

    def lake(self, events):
        """A demo lake, made if it is not there."""
        data = self.options.work / f"demo-{events}"
        if not (data / "made").exists():
            shutil.rmtree(data, ignore_errors=True)
            show(f"making a lake of {events:,} events", "...")
            took, _ = seconds(
                [self.options.podtrail, "--data", data, "demo", "--no-serve", "--events", events]
                + (["--workloads", self.options.workloads] if self.options.workloads else [])
            )
            show("made, ingested and derived in", f"{took:.0f} s")
            # The files that were ingested take more room than the lake.
            shutil.rmtree(data / "demo", ignore_errors=True)
            (data / "made").touch()
        return data

    def dashboard(self, small, large):
        took = {}
        for name, data in [("small", small), ("large", large)]:
            server = Server(self.options.podtrail, data)
            try:
                took[name] = ask(server, questions(server), self.options.times)
            finally:
                server.stop()
        for question, values in took["large"].items():
            few = statistics.median(took["small"][question])
            many = statistics.median(values)
            show(question, f"median {few:7.1f} ms small, {many:7.1f} ms large   p95 {p95(values):7.1f} ms large")
            judge(f"{question}: p95 on the large lake", "p95, ms", p95(values))
            judge(f"{question}: large / small", "large / small", many / few)

    def attribution(self, data):
        """The same SQL over the same files, in turn, as whole processes that start and end."""
        files = f"read_parquet('{data}/lake/events/event_date=*/*.parquet')"
        script = self.scratch / "peer.py"
        script.write_text(
            "import sys, duckdb\n"
            f"duckdb.sql('SET threads = {self.options.threads}')\n"
            "rows = duckdb.sql(sys.stdin.read()).fetchall()\n"
            "print(sum(row[3] for row in rows), len(rows))\n"
        )
        ours, theirs = [], []
        for _ in range(self.options.runs):
            text = ATTRIBUTION.format(events="events")
            took, out = seconds([self.options.podtrail, "--data", data, "sql", text, "--format", "jsonl"])
            rows = [json.loads(line) for line in out.splitlines()]
            ours.append(took)
            took, out = seconds([self.options.peers_python, script], input=ATTRIBUTION.format(events=files).encode())
            theirs.append(took)
            if out.split() != [str(sum(row["calls"] for row in rows)), str(len(rows))]:
                sys.exit(f"DuckDB answers otherwise: {out!r}, we {len(rows)} rows")
        show("attribution by SQL", f"podtrail {statistics.median(ours):.2f} s, duckdb {statistics.median(theirs):.2f} s")
        judge("attribution by SQL: podtrail / duckdb", "podtrail / duckdb", statistics.median(ours) / statistics.median(theirs))

    def batch(self, data, size, number):
        """New events like those of the lake: some of its records with new ids, all of the last full day."""
        sql = (
            "SELECT event_source, event_name, aws_region, recipient_account_id, identity_type, principal_id, identity_arn, "
            "identity_account_id, access_key_id, issuer_arn, issuer_id, session_created, request_parameters, event_time "
            "FROM events WHERE identity_type = 'AssumedRole' AND event_time >= TIMESTAMP '2026-10-30T00:00:00Z' "
            f"AND event_time < TIMESTAMP '2026-10-31T00:00:00Z' ORDER BY event_id LIMIT {size}"
        )
        _, out = seconds([self.options.podtrail, "--data", data, "sql", sql, "--format", "jsonl"])
        rng = random.Random(number)
        records = [record(json.loads(line), rng) for line in out.splitlines()]
        file = self.scratch / f"batch-{size}-{number}.json"
        file.write_text(json.dumps({"Records": records}))
        return file, len(records)

    def refreshes(self, small, large):
        medians = {}
        for name, data in [("small", small), ("large", large)]:
            copy = self.scratch / name
            shutil.copytree(data, copy)
            for size in self.options.batches:
                took = []
                for number in range(self.options.runs):
                    file, count = self.batch(copy, size, number * 1000 + size)
                    seconds([self.options.podtrail, "--data", copy, "ingest", file])
                    took.append(self.refresh(copy))
                medians[name, size] = statistics.median(took)
                show(f"refresh after {count:,} events, {name} lake", f"{medians[name, size]:7.2f} s")
            shutil.rmtree(copy)
        for size in self.options.batches:
            label = f"refresh after {size:,} events: large / small"
            judge(label, "refresh, large / small", medians["large", size] / medians["small", size])

    def refresh(self, data):
        """Seconds, as the log tells them, of the refresh that the next question waits for."""
        command = [self.options.podtrail, "--data", data, "sql", "SELECT 1", "--format", "jsonl"]
        env = os.environ | {"PODTRAIL_LOG": "podtrail_query=info", "NO_COLOR": "1"}
        done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr.decode())
        found = re.search(r"refreshed seconds=([0-9.]+)", plain)
        if not found:
            sys.exit(f"no refresh was told of: {plain}")
        return float(found.group(1))


def record(row, rng):
    """A record of CloudTrail from a row of `events`, with an id of its own."""
    return {
        "eventVersion": "1.09",
        "eventID": "%08x-%04x-4%03x-a%03x-%012x"
        % tuple(rng.getrandbits(bits) for bits in (32, 16, 12, 12, 48)),
        "eventTime": row["event_time"][:19] + "Z",
        "eventSource": row.get("event_source"),
        "eventName": row.get("event_name"),
        "awsRegion": row.get("aws_region"),
        "recipientAccountId": row.get("recipient_account_id"),
        "requestParameters": json.loads(row.get("request_parameters") or "null"),
        "userIdentity": {
            "type": row.get("identity_type"),
            "principalId": row.get("principal_id"),
            "arn": row.get("identity_arn"),
            "accountId": row.get("identity_account_id"),
            "accessKeyId": row.get("access_key_id"),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": row.get("issuer_id"),
                    "arn": row.get("issuer_arn"),
                    "accountId": row.get("identity_account_id"),
                },
                "attributes": {"creationDate": (row.get("session_created") or "")[:19] + "Z"},
            },
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--podtrail", required=True, help="the built podtrail")
    parser.add_argument("--peers-python", required=True, help="a Python with tests/bench/requirements.txt")
    parser.add_argument("--work", type=Path, required=True, help="where lakes are kept")
    parser.add_argument("--small", type=int, default=1_000_000, help="events of the small lake (default: %(default)s)")
    parser.add_argument("--large", type=int, default=10_000_000, help="events of the large lake (default: %(default)s)")
    parser.add_argument("--workloads", type=int, default=0, help="synthetic ServiceAccounts beside the estate's own")
    parser.add_argument("--times", type=int, default=40, help="how often each question is asked (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="measurements of the rest (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="threads of DuckDB (default: %(default)s)")
    parser.add_argument("--batches", type=int, nargs="*", default=[100, 1_000, 10_000], help="events of a batch")
    bench = Bench(parser.parse_args())
    try:
        small, large = bench.lake(bench.options.small), bench.lake(bench.options.large)
        bench.dashboard(small, large)
        bench.attribution(large)
        bench.refreshes(small, large)
    finally:
        shutil.rmtree(bench.scratch)


main()
