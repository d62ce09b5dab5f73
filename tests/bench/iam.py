#!/usr/bin/env python3
"""How fast policies are judged and recommended.

`make bench-iam` builds what this needs and runs it. Decisions: requests against a policy of twenty statements, by
Podtrail and by two other evaluators; all three get the same requests, one core each, one after the other, and the policy
is parsed before the clock starts. Recommendations: one with its replay over a million calls, and those of some five
hundred workloads over a lake of ten million events, which is of `podtrail demo`, made once and kept in the work folder.
Ratios are of one run on one machine.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Millions of decisions a second on one core.
OWED = 1.0
# Seconds for a recommendation over a million calls, and for all workloads of the lake.
OWED_ONE = 2.0
OWED_ALL = 60.0
EVENTS = 10_000_000
# Beside those of the estate that have a story.
WORKLOADS = 480
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


def judged(seconds, owed):
    return f"owed <= {owed:g}: {'met' if min(seconds) <= owed else 'NOT met'}"


def one_recommendation(args):
    """A recommendation with its replay over a million calls, best of the runs."""
    shapes = {}
    for _ in range(args.runs):
        for shape, seconds in re.findall(r"^(.+): ([\d.]+) s", output(args.recommendation), re.M):
            shapes.setdefault(shape, []).append(float(seconds))
    for shape, seconds in shapes.items():
        middle = statistics.median(seconds)
        show(f"1 M calls, {shape}, s", f"{min(seconds):10.2f}   median {middle:.2f}   {judged(seconds, OWED_ONE)}")


def lake(args):
    """The data folder with the lake, made if it is not there."""
    data = args.work / f"recommend-{args.events}"
    if not (data / "made").exists():
        show("making the lake", f"{args.events} events, once")
        made = [args.podtrail, "--data", data, "demo", "--no-serve", "--events", args.events, "--workloads", WORKLOADS]
        subprocess.run([str(part) for part in made], check=True, stdout=subprocess.DEVNULL)
        (data / "made").touch()
    return data


def all_recommendations(args):
    """`podtrail recommend --all` as a whole process, its derived tables being up to date."""
    command = [args.podtrail, "--data", lake(args), "recommend", "--all"]
    output(*command)
    seconds = []
    for _ in range(min(args.runs, 3)):
        start = time.monotonic()
        text = output(*command)
        seconds.append(time.monotonic() - start)
    answers = json.loads(text)
    roles = [role for answer in answers for role in answer["recommendations"]]
    denied = sum(role["replay"]["denied"] for role in roles)
    calls = sum(role["replay"]["calls"] for role in roles)
    show("all workloads, s", f"{min(seconds):10.2f}   median {statistics.median(seconds):.2f}   {judged(seconds, OWED_ALL)}")
    show("of them", f"{len(answers)} workloads, {len(roles)} roles, {calls} calls replayed, {denied} denied")


# What `make bench-iam` measures, in this order: functions of the arguments.
BENCHES = [decisions, one_recommendation, all_recommendations]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--example", type=Path, required=True, help="the built example `decisions_per_second`")
    parser.add_argument("--oracles-python", type=Path, required=True, help="the Python that has `principalmapper`")
    parser.add_argument("--oracles-node", type=Path, required=True, help="the folder that has `iam-simulate`")
    parser.add_argument("--recommendation", type=Path, required=True, help="the built example `recommendation_speed`")
    parser.add_argument("--podtrail", type=Path, required=True, help="the built `podtrail`")
    parser.add_argument("--work", type=Path, required=True, help="where the lake is kept")
    parser.add_argument("--events", type=int, default=EVENTS, help="of the lake (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="how long a peer is measured (default: %(default)s)")
    args = parser.parse_args()
    for built in (args.example, args.recommendation, args.podtrail):
        if not built.exists():
            sys.exit(f"`{built}` is not there: run `make bench-iam`, which builds it")
    for bench in BENCHES:
        bench(args)


main()
