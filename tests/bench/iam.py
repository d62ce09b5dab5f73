#!/usr/bin/env python3
"""How many requests a second are judged against a policy of twenty statements: by Podtrail and by two other evaluators.

`make bench-iam` builds what this needs and runs it. All three get the same requests, one core each, one after the
other; the policy is parsed before the clock starts. Ratios are of one run on one machine.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

# Millions of decisions a second on one core.
OWED = 1.0
DRIVERS = Path(__file__).parent.parent / "oracles"


def output(*command):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def show(label, text):
    print(f"{label:<34} {text}", flush=True)


def ours(example, runs):
    """Millions of decisions a second, the best of the runs and their median."""
    rates = [float(re.search(r"^verdict: ([\d.]+) M", output(example), re.M)[1]) for _ in range(runs)]
    return max(rates), statistics.median(rates)


def theirs(command, cases, runs, seconds):
    rates = [float(output(*command, cases, seconds)) for _ in range(runs)]
    return max(rates), statistics.median(rates)


def same_verdicts(command, cases):
    """How many requests an evaluator judges as we do, of how many."""
    decisions = [json.loads(line)["decision"] for line in cases.read_text().splitlines()]
    verdicts = output(*command, cases).split("\n")
    return sum(a == b for a, b in zip(decisions, verdicts)), len(decisions)


def decisions(args):
    """Decisions a second beside both other evaluators."""
    peers = {
        "principalmapper": [args.oracles_python, DRIVERS / "pmapper.py"],
        "iam-simulate": ["node", DRIVERS / "iam_simulate.mjs", args.oracles_node],
    }
    with tempfile.TemporaryDirectory() as folder:
        cases = Path(folder) / "cases.jsonl"
        cases.write_text(output(args.example, "cases"))
        best, median = ours(args.example, args.runs)
        met = "met" if best >= OWED else "NOT met"
        show("podtrail, M decisions/s", f"{best:10.2f}   median {median:.2f}   owed >= {OWED:g}: {met}")
        for name, command in peers.items():
            same, of = same_verdicts(command, cases)
            rate, middle = theirs(command, cases, args.runs, args.seconds)
            show(f"{name}, decisions/s", f"{rate:10.0f}   median {middle:.0f}   same verdicts {same} of {of}")
            show(f"podtrail / {name}", f"{best * 1e6 / rate:10.0f}   median {median * 1e6 / middle:.0f}")


# What `make bench-iam` measures, in this order: functions of the arguments.
BENCHES = [decisions]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--example", type=Path, required=True, help="the built example `decisions_per_second`")
    parser.add_argument("--oracles-python", type=Path, required=True, help="the Python that has `principalmapper`")
    parser.add_argument("--oracles-node", type=Path, required=True, help="the folder that has `iam-simulate`")
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="how long a peer is measured (default: %(default)s)")
    args = parser.parse_args()
    if not args.example.exists():
        sys.exit(f"`{args.example}` is not there: run `make bench-iam`, which builds it")
    for bench in BENCHES:
        bench(args)


main()
