import type { ReactNode } from "react";
import { Link } from "react-router";

import type { Coverage, Finding, WorkloadRow } from "../../api/types";
import { countOf } from "../../lib/findings";
import { number, plural, UNKNOWN } from "../../lib/format";
import { paths } from "../../lib/paths";

/** The four numbers, each a link to the rows behind it. */
export function Figures({ coverage, workloads, findings }: { coverage: Coverage; workloads: WorkloadRow[]; findings: Finding[] | undefined }) {
  const unused = workloads.reduce((sum, row) => sum + (row.unused ?? 0), 0);
  const unknown = workloads.filter((row) => row.granted == null).length;
  const calls = byDay(coverage, (day) => day.calls + day.denied);
  const denied = byDay(coverage, (day) => day.denied);
  return (
    <ul className="figures" aria-label="Key figures">
      <Figure name="Workloads" value={number(workloads.length)} to={paths.workloads()} note={plural(shared(workloads), "shares", "share") + " a role"} />
      <Figure
        name="Unused permissions"
        value={number(unused)}
        to={paths.workloads({ sort: "-unused" })}
        note={unknown === 0 ? "over all workloads" : `${plural(unknown, "workload")} not in the inventory`}
      />
      <Figure name="Open findings" value={findings === undefined ? UNKNOWN : number(findings.length)} to={paths.findings()} note={findings === undefined ? "not loaded" : gravest(findings)} />
      <Figure name="Denied calls" value={number(sum(denied))} to={paths.events({ outcome: "denied" })} note={`of ${number(sum(calls))} calls`} days={denied} />
    </ul>
  );
}

/** Those that should not wait. */
function gravest(findings: Finding[]): string {
  const [critical, high] = [countOf(findings, "critical"), countOf(findings, "high")];
  if (critical + high === 0) return "none critical or high";
  return [critical > 0 ? `${number(critical)} critical` : "", high > 0 ? `${number(high)} high` : ""].filter(Boolean).join(", ");
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const shared = (rows: WorkloadRow[]) => rows.filter((row) => row.roles.some((role) => role.shared_by > 1)).length;

function byDay(coverage: Coverage, value: (day: Coverage["days"][number]) => number): number[] {
  const days = new Map<string, number>();
  for (const day of coverage.days) days.set(day.day, (days.get(day.day) ?? 0) + value(day));
  return [...days.entries()].toSorted(([a], [b]) => a.localeCompare(b)).map(([, count]) => count);
}

function Figure({ name, value, note, to, days }: { name: string; value: string; note: ReactNode; to: string; days?: number[] }) {
  return (
    <li className="figure">
      <Link to={to}>
        <span className="figure-name">{name}</span>{" "}
        <span className="figure-value">{value}</span>
      </Link>
      <span className="figure-note">{note}</span>
      {days !== undefined && days.length > 1 && <Trend days={days} />}
    </li>
  );
}

/** A line too small to read numbers from: only which way it goes. */
function Trend({ days }: { days: number[] }) {
  const top = Math.max(...days, 1);
  const points = days.map((value, index) => `${(index / (days.length - 1)) * 96 + 2},${26 - (value / top) * 22}`);
  return (
    <svg className="trend" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(" ")} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
