#!/usr/bin/env python3
"""How fast `podtrail ingest` is, as a ratio to DuckDB and ClickHouse on the same files in the same run.

`make bench-ingest` builds what this needs and runs it; `make bench-ingest BENCH='--deep'` measures the hard cases too:
de-duplication against a large lake, one very large file, very many small ones. Every measurement is a whole process:
wall clock, user and system time, and the highest resident memory, as the kernel counts them. Trails are made once and
kept in the work folder, lakes are made anew for each measurement.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
# What is owed on two threads: at least these ratios, at most these shares and bytes.
OWED = {
    "podtrail / clickhouse": (">=", 3.0),
    "podtrail / duckdb": (">=", 9.0),
    "events / gzip input": ("<=", 0.70),
    "peak memory, GiB": ("<=", 1.0),
    "into the large lake / into an empty one": ("<=", 1.2),
}


@dataclass
class Run:
    """A process that ended: its last line of output as JSON, and what it took."""

    answer: dict
    wall: float
    cpu: float
    peak: int  # bytes

    def rows(self):
        """Rows that were written: by the ledger, or as the peer says."""
        return self.answer["total"]["stored"] if "total" in self.answer else self.answer["rows"]


def run(command, threads):
    """Runs a command on so many processors, and measures it."""
    allowed = sorted(os.sched_getaffinity(0))[:threads]
    with tempfile.TemporaryFile() as out:
        start = time.monotonic()
        child = subprocess.Popen(
            [str(part) for part in command], stdout=out, preexec_fn=lambda: os.sched_setaffinity(0, allowed)
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode()
    if child.returncode != 0:
        sys.exit(f"`{' '.join(map(str, command))}` ended with {child.returncode}: see its message above")
    return Run(json.loads(text or "{}"), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def size(folder, pattern):
    return sum(path.stat().st_size for path in folder.glob(pattern))


def show(label, text):
    print(f"{label:<44} {text}", flush=True)


def judge(label, value):
    """Prints a figure beside what is owed."""
    sign, bound = OWED[label]
    met = value >= bound if sign == ">=" else value <= bound
    show(label, f"{value:.2f}   owed {sign} {bound:g}: {'met' if met else 'NOT met'}")


def ratios(left, right):
    """The medians of some runs over those of others: of wall clock, and of processor time, which a busy machine
    disturbs less."""

    def ratio(of):
        return statistics.median(map(of, left)) / statistics.median(map(of, right))

    return ratio(lambda ran: ran.wall), ratio(lambda ran: ran.cpu)


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = options.work
        self.work.mkdir(parents=True, exist_ok=True)
        # Lakes are of this run alone, and beside the trails, on the same disk.
        self.scratch = Path(tempfile.mkdtemp(prefix="run-", dir=self.work))
        self.peak = 0

    def trail(self, records, *more):
        """A trail's folder, made if it is not there; with what the generator said of it."""
        name = "-".join(["trail", str(records), *(part.strip("-").replace(":", "") for part in more)])
        folder, note = self.work / name, self.work / f"{name}.json"
        # A generator that was built since may write something else.
        if not note.exists() or note.stat().st_mtime < os.stat(self.options.trail).st_mtime:
            note.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            show(f"making {name}", "...")
            made = subprocess.run([self.options.trail, folder, "--records", str(records), *more], stdout=subprocess.PIPE)
            if made.returncode != 0:
                sys.exit("the generator of trails failed: see its message above")
            note.write_bytes(made.stdout)
        return folder, json.loads(note.read_text())

    def ingest(self, folder, facts, data=None):
        """Ingests a folder, into a new lake if none is given, and holds the ledger against what the folder has."""
        data = data or self.scratch / "data"
        ran = run([self.options.podtrail, "--data", data, "ingest", folder, "--format", "json"], self.options.threads)
        total = ran.answer["total"]
        if total["read"] != facts["records"] or total["rejected"] or total["stored"] + total["duplicate"] != total["read"]:
            sys.exit(f"the ledger {total} does not fit the {facts['records']} records of `{folder}`")
        self.peak = max(self.peak, ran.peak)
        return ran, size(data / "lake/events", "**/*.parquet")

    def ingest_new(self, folder, facts):
        """The same into an empty lake, which is removed."""
        shutil.rmtree(self.scratch / "data", ignore_errors=True)
        return self.ingest(folder, facts)

    def peer(self, name, folder):
        out = self.scratch / f"{name}.parquet"
        command = [self.options.peers_python, HERE / "peers.py", name, folder, out, self.options.threads]
        ran = run(command, self.options.threads)
        # Loading the library is not the peer's work.
        ran.wall = ran.answer["seconds"]
        return ran, ran.answer["bytes"]

    def report(self, label, facts, ran, written):
        show(
            label,
            f"{facts['records'] / ran.wall:>9,.0f} records/s   wall {ran.wall:6.1f} s   cpu {ran.cpu:6.1f} s   "
            f"peak {ran.peak / 2**20:6.0f} MiB   out {written / 1e6:7.1f} MB   rows {ran.rows():,}",
        )

    def against_peers(self):
        """Podtrail and its peers in turn, several times; the ratios are those of the medians."""
        folder, facts = self.trail(self.options.records)
        packed = size(folder, "**/*.json.gz")
        show(
            "input",
            f"{facts['records']:,} records, {facts['files']:,} files, {packed / 1e6:.1f} MB gzip, {facts['json_bytes'] / 1e6:.0f} MB JSON",
        )
        runs = {}
        for _ in range(self.options.runs):
            for name in ["podtrail", "clickhouse", "duckdb"]:
                ran, written = self.ingest_new(folder, facts) if name == "podtrail" else self.peer(name, folder)
                self.report(name, facts, ran, written)
                runs.setdefault(name, []).append(ran)
                if name == "podtrail":
                    events = written
        for peer in ["clickhouse", "duckdb"]:
            wall, cpu = ratios(runs[peer], runs["podtrail"])
            judge(f"podtrail / {peer}", wall)
            show("the same of processor time", f"{cpu:.2f}")
        judge("events / gzip input", events / packed)
        judge("peak memory, GiB", self.peak / 2**30)

    def large_lake(self):
        """The same records into an empty lake and into one with many events, of the same time and of the time before."""
        every, count = self.options.records, max(1, round(self.options.old / self.options.records))
        old = self.scratch / "old"
        for seed in range(count):
            folder, facts = self.trail(every, "--seed", str(1000 + seed))
            self.ingest(folder, facts, old)
        show("the large lake", f"{count} x {every:,} records, {size(old / 'lake/events', '**/*.parquet') / 1e6:.0f} MB")
        news = {
            "old events of the same time": self.trail(every, "--seed", "1"),
            "old events of the time before": self.trail(every, "--seed", "2", "--end", "2026-11-15T00:00:00Z"),
        }
        for case, (folder, facts) in news.items():
            empty, large = [], []
            for _ in range(self.options.runs):
                ran, written = self.ingest_new(folder, facts)
                empty.append(ran)
                copy = self.scratch / "copy"
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(old, copy)
                ran_large, _ = self.ingest(folder, facts, copy)
                large.append(ran_large)
                self.report(f"{case}: empty", facts, ran, written)
                self.report(f"{case}: large", facts, ran_large, 0)
                if ran.answer["total"] != ran_large.answer["total"]:
                    sys.exit(f"the ledgers differ: {ran.answer['total']} and {ran_large.answer['total']}")
            wall, cpu = ratios(large, empty)
            judge("into the large lake / into an empty one", wall)
            show("the same of processor time", f"{cpu:.2f}")
            shutil.rmtree(self.scratch / "copy")
        shutil.rmtree(old)

    def shapes(self):
        """Files of sizes that a reader might choke on, each with its peak of memory."""
        records = self.options.records
        _, facts = self.trail(records)
        big = round(self.options.big_bytes * records / facts["json_bytes"])
        # The generator makes some percent less than it is asked for.
        asked = round(1.06 * records)
        shapes = {
            f"one JSON file of {self.options.big_bytes / 1e9:g} GB": [big, "--per-file", str(2 * big), "--plain", "yes"],
            f"one object with {records:,} records": [asked, "--per-file", str(2 * records)],
            f"{self.options.tiny:,} files of 3 records": [round(3.18 * self.options.tiny), "--per-file", "3"],
        }
        for label, arguments in shapes.items():
            folder, facts = self.trail(*arguments)
            self.peak = 0
            ran, written = self.ingest_new(folder, facts)
            self.report(label, facts, ran, written)
            show("its JSON", f"{facts['json_bytes'] / 1e9:.2f} GB in {facts['files']:,} files")
            judge("peak memory, GiB", self.peak / 2**30)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--podtrail", required=True, help="the built podtrail")
    parser.add_argument("--trail", required=True, help="the built example `trail` of podtrail-demo")
    parser.add_argument("--peers-python", required=True, help="a Python with tests/bench/requirements.txt")
    parser.add_argument("--work", type=Path, required=True, help="where trails are kept")
    parser.add_argument("--records", type=int, default=1_000_000, help="records of a trail (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="measurements of each (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="processors for each process (default: %(default)s)")
    parser.add_argument("--deep", action="store_true", help="the hard cases too")
    parser.add_argument("--old", type=int, default=10_000_000, help="events of the large lake (default: %(default)s)")
    parser.add_argument("--big-bytes", type=float, default=3e9, help="bytes of the large file (default: %(default).0f)")
    parser.add_argument("--tiny", type=int, default=100_000, help="number of tiny files (default: %(default)s)")
    bench = Bench(parser.parse_args())
    try:
        bench.against_peers()
        if bench.options.deep:
            bench.large_lake()
            bench.shapes()
    finally:
        shutil.rmtree(bench.scratch)


main()
