import type { ReactNode } from "react";
import { Link } from "react-router";

import type { Coverage, WorkloadRow } from "../../api/types";
import { number, percent, plural } from "../../lib/format";
import { paths } from "../../lib/paths";

/** The four numbers, each a link to the rows behind it. */
export function Figures({ coverage, workloads }: { coverage: Coverage; workloads: WorkloadRow[] }) {
  const unused = workloads.reduce((sum, row) => sum + (row.unused ?? 0), 0);
  const unknown = workloads.filter((row) => row.granted == null).length;
  const calls = byDay(coverage, (day) => day.calls + day.denied);
  const denied = byDay(coverage, (day) => day.denied);
  const total = coverage.classes.reduce((sum, share) => sum + share.calls, 0);
  const exact = coverage.classes.find((share) => share.class === "exact")?.calls ?? 0;
  return (
    <ul className="figures" aria-label="Key figures">
      <Figure name="Workloads" value={number(workloads.length)} to={paths.workloads()} note={plural(shared(workloads), "shares", "share") + " a role"} />
      <Figure
        name="Unused permissions"
        value={number(unused)}
        to={paths.workloads({ sort: "-unused" })}
        note={unknown === 0 ? "over all workloads" : `${plural(unknown, "workload")} not in the inventory`}
      />
      <Figure name="Denied calls" value={number(sum(denied))} to={paths.events({ outcome: "denied" })} note={`of ${number(sum(calls))} calls`} days={denied} />
      <Figure name="Attributed exactly" value={percent(exact, total)} to={paths.events({ class: "exact" })} note={`${number(exact)} of ${number(total)} calls`} />
    </ul>
  );
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
