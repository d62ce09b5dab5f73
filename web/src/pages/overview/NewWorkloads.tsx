import { Link } from "react-router";

import type { Maybe, WorkloadRow } from "../../api/types";
import { inLastWeek } from "../../lib/days";
import { paths, refOfId } from "../../lib/paths";
import { MechanismBadge } from "../../ui/Mark";
import { Time } from "../../ui/values";

const SHOWN = 8;

/** Workloads whose first call is within a week of the trail's end, newest first. */
export function newWorkloads(workloads: WorkloadRow[], until: Maybe<string>): WorkloadRow[] {
  return workloads
    .filter((row) => inLastWeek(row.first_seen, until))
    .toSorted((a, b) => (b.first_seen ?? "").localeCompare(a.first_seen ?? ""));
}

export function NewWorkloads({ workloads, until }: { workloads: WorkloadRow[]; until: Maybe<string> }) {
  const rows = newWorkloads(workloads, until);
  if (rows.length === 0) return <p className="muted quiet">None: every workload that calls was seen before.</p>;
  return (
    <ul className="new-list">
      {rows.slice(0, SHOWN).map((row) => {
        const ref = refOfId(row.id);
        return (
          <li key={row.id}>
            {ref === undefined ? row.id : <Link to={paths.workload(ref)}>{row.id}</Link>}
            <span className="muted">
              {row.mechanisms.map((mechanism) => (
                <MechanismBadge key={mechanism} value={mechanism} />
              ))}{" "}
              first seen <Time at={row.first_seen} />
            </span>
          </li>
        );
      })}
      {rows.length > SHOWN && (
        <li>
          <Link to={paths.workloads({ sort: "-last_seen" })}>{rows.length - SHOWN} more</Link>
        </li>
      )}
    </ul>
  );
}
