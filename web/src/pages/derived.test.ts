import { expect, test } from "vitest";

import { coverage, coverageSummary, workloadRows } from "../../mock/answers";
import { findings } from "../../mock/findings";
import type { SessionRow } from "../api/types";
import { summaryOf } from "./CoverageNote";
import { utc } from "./events/TimeFilter";
import { coverageCells } from "./overview/CoverageStrip";
import { newWorkloads } from "./overview/NewWorkloads";
import { balances } from "./status/Ledger";
import { lanesOf } from "./workload/lanesOf";
import { byService } from "./workload/Removed";
import { findingsCsv } from "./findings/findingsCsv";
import { workloadsCsv } from "./workloads/CsvButton";

test("the coverage strip has a cell for each account and day, gaps too", () => {
  const { days, accounts, cells } = coverageCells(coverage);
  expect(cells).toHaveLength(days.length * accounts.length);
  expect(cells.filter((cell) => cell.events === 0).map((cell) => cell.account)).toContain("222222222222");
  const sum = (rows: { events: number }[]) => rows.reduce((total, row) => total + row.events, 0);
  expect(sum(cells)).toBe(sum(coverage.trail_days));
});

test("an account that only the inventory of accounts names is one gap", () => {
  const { cells } = coverageCells({ ...coverage, accounts: ["999999999999"], trail_days: coverage.trail_days.slice(0, 1) });
  expect(cells.filter((cell) => cell.account === "999999999999").map((cell) => cell.events)).toEqual([0]);
});

test("new is what was first seen within seven days of the trail's end", () => {
  const [row] = workloadRows;
  const rows = row === undefined ? [] : [{ ...row, id: "old", first_seen: "2026-10-20T00:00:00Z" }, { ...row, id: "new", first_seen: "2026-10-30T00:00:00Z" }, { ...row, id: "never", first_seen: null }];
  expect(newWorkloads(rows, "2026-11-01T00:00:00Z").map((one) => one.id)).toEqual(["new"]);
});

test("a ledger balances only when every record is accounted for", () => {
  const source = { source: "x", read: 10, stored: 7, duplicate: 2, rejected: 1, conflict: 1, last_run: null };
  expect(balances(source)).toBe(true);
  expect(balances({ ...source, read: 11 })).toBe(false);
});

test("lanes place sessions in the window, the latest pod first", () => {
  const session = (pod: string | null, issued_at: string, last_call: string | null, chain = ["r"]) => ({ pod, issued_at, last_call, chain }) as SessionRow;
  const from = Date.parse("2026-11-01T00:00:00Z");
  const to = Date.parse("2026-11-01T10:00:00Z");
  const lanes = lanesOf([session("a", "2026-11-01T01:00:00Z", "2026-11-01T02:00:00Z"), session(null, "2026-11-01T05:00:00Z", null, ["r", "s"]), session("a", "2026-10-01T00:00:00Z", "2026-12-01T00:00:00Z")], from, to);
  expect(lanes.map((lane) => lane.name)).toEqual(["pod not known", "a"]);
  expect(lanes[0]?.bars[0]).toMatchObject({ start: 0.5, length: 0, depth: 1 });
  expect(lanes[1]?.bars.map((bar) => [bar.start, Number(bar.length.toFixed(3))])).toEqual([[0.1, 0.1], [0, 1]]);
  expect(lanesOf([], to, from)).toEqual([]);
});

test("removed actions are told by service", () => {
  expect(byService(["s3:b", "ec2:a", "s3:a"])).toEqual([
    ["ec2", ["ec2:a"]],
    ["s3", ["s3:a", "s3:b"]],
  ]);
});

test("the time control speaks UTC", () => {
  expect(utc("2026-11-02T06:12")).toBe("2026-11-02T06:12:00Z");
  expect(utc("2026-11-02T06:12:44")).toBe("2026-11-02T06:12:44Z");
  expect(utc("")).toBeUndefined();
});

test("the CSV has a line a workload, and unknown numbers are empty", () => {
  const lines = workloadsCsv(workloadRows).trimEnd().split("\n");
  expect(lines).toHaveLength(workloadRows.length + 1);
  expect(lines.find((line) => line.startsWith("staging/qa/load-test"))).toMatch(/,,,,$/);
});

test("the short coverage made of the whole one is the server's own", () => {
  expect(summaryOf(coverage)).toEqual(coverageSummary);
  expect(summaryOf({ ...coverage, places: [] }).missing_hours).toBe(0);
});

test("the CSV of findings has a line a finding, however many lines its command has", () => {
  const text = findingsCsv(findings);
  const shared = findings.find((row) => row.kind === "shared_role");
  expect(shared?.remedy.command).toContain("\n");
  expect(text).toContain(`"${shared?.remedy.command}"`);
  expect(text.split("\n").filter((line) => /^[a-z_0-9]+-[0-9a-f]{12},/.test(line))).toHaveLength(findings.length);
});
