import { expect, test } from "vitest";

import type { Finding, Severity } from "../api/types";
import { countOf, graver, newFindings, worstByWorkload } from "./findings";

const finding = (severity: Severity, workloads: string[], first_seen: string | null = null) => ({ severity, workloads, first_seen }) as Finding;

test("a finding of two workloads is one of both, and the gravest of each is kept", () => {
  const worst = worstByWorkload([finding("low", ["a", "b"]), finding("high", ["b"]), finding("info", ["b"]), finding("critical", [])]);
  expect([...worst]).toEqual([
    ["a", "low"],
    ["b", "high"],
  ]);
});

test.each([
  ["critical", "high", "critical"],
  ["info", "low", "low"],
  ["medium", "medium", "medium"],
] as const)("of %s and %s the graver is %s", (a, b, worst) => {
  expect(graver(a, b)).toBe(worst);
});

test("new is what an event of the trail's last seven days showed first; configuration alone has no such day", () => {
  const until = "2026-11-02T12:00:00Z";
  const rows = [
    finding("low", ["just inside"], "2026-10-26T12:00:00Z"),
    finding("low", ["just outside"], "2026-10-26T11:59:59Z"),
    finding("low", ["the last event itself"], until),
    finding("low", ["after the trail's end"], "2026-11-02T12:00:01Z"),
    finding("low", ["configuration"], null),
  ];
  expect(newFindings(rows, until).flatMap((row) => row.workloads)).toEqual(["just inside", "the last event itself"]);
});

test("an empty lake has no last week", () => {
  expect(newFindings([finding("low", ["a"], "2026-10-26T12:00:00Z")], null)).toEqual([]);
});

test("counts of a severity", () => {
  expect(countOf([finding("low", []), finding("high", []), finding("low", [])], "low")).toBe(2);
});
