import { Link } from "react-router";

import type { Explanation, WorkloadRef } from "../../api/types";
import { roleName, shortenMiddle } from "../../lib/arn";
import { number } from "../../lib/format";
import { paths, refOfId } from "../../lib/paths";
import { ClassBadge } from "../../ui/Mark";
import { ScrollTable } from "../../ui/ScrollTable";
import { Time, Unknown } from "../../ui/values";

/** Of a workload: by what its calls are known, through which roles, in which sessions. */
export function Roots({ explanation }: { explanation: Explanation }) {
  const filter = refOfId(explanation.subject.id);
  if (explanation.subject.kind !== "workload" || filter === undefined) return null;
  return (
    <>
      <Methods explanation={explanation} />
      <Roles explanation={explanation} filter={filter} />
      <Sessions explanation={explanation} />
    </>
  );
}

function Methods({ explanation }: { explanation: Explanation }) {
  if (explanation.methods.length === 0) return null;
  return (
    <ScrollTable
      label="Known by"
      header={["Known by", "Trust", { name: "Calls", end: true }]}
      rows={explanation.methods.map((row) => ({ id: `${row.method} ${row.class}`, cells: [row.method, <ClassBadge key="class" value={row.class} />, number(row.calls)] }))}
    />
  );
}

function Roles({ explanation, filter }: { explanation: Explanation; filter: WorkloadRef }) {
  if (explanation.roles.length === 0) return null;
  return (
    <ScrollTable
      label="Roles"
      header={["Role", { name: "Calls", end: true }, { name: "Denied", end: true }, "Last call"]}
      rows={explanation.roles.map((row) => ({
        id: row.role_arn,
        cells: [
          <span key="role" className="mono" title={row.role_arn}>{roleName(row.role_arn)}</span>,
          <Link key="calls" to={paths.events({ ...filter, role: row.role_arn })}>{number(row.calls)}</Link>,
          row.denied === 0 ? "0" : <Link key="denied" className="denied-link" to={paths.events({ ...filter, role: row.role_arn, outcome: "denied" })}>{number(row.denied)}</Link>,
          <Time key="last" at={row.last_seen} />,
        ],
      }))}
    />
  );
}

function Sessions({ explanation }: { explanation: Explanation }) {
  if (explanation.sessions.length === 0) return null;
  return (
    <ScrollTable
      label="Newest sessions"
      header={["Newest sessions", "Issued", "Pod", "Pod trust", { name: "Calls", end: true }]}
      rows={explanation.sessions.map((row) => ({
        id: row.session_id,
        cells: [
          <Link key="session" className="mono" to={paths.session(row.session_id)}>{shortenMiddle(row.session_id, 24)}</Link>,
          <Time key="issued" at={row.issued_at} />,
          row.pod == null ? <Unknown key="pod" /> : <span key="pod" className="mono">{row.pod}</span>,
          <ClassBadge key="class" value={row.pod_class} />,
          <Link key="calls" to={paths.events({ session_id: row.session_id })}>{number(row.calls)}</Link>,
        ],
      }))}
    />
  );
}
