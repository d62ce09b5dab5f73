import { Link } from "react-router";

import type { Severity, WorkloadRow } from "../../api/types";
import { roleName } from "../../lib/arn";
import { paths, refOfId, type WorkloadTab } from "../../lib/paths";
import { columnsFor, type Column } from "../../ui/DataTable";
import { GrantBar } from "../../ui/GrantBar";
import { ClassBadge, MechanismBadge, Shape } from "../../ui/Mark";
import { SEVERITY_MARK } from "../../ui/marks";
import { Num, Time, Unknown } from "../../ui/values";

const helper = columnsFor<WorkloadRow>();

function link(row: WorkloadRow, tab?: WorkloadTab, filter: object = {}): string {
  const ref = refOfId(row.id);
  return ref === undefined ? paths.workloads({ q: row.id }) : paths.workload(ref, tab, filter);
}

/** The events of a workload, by the cluster's name, or its ARN where the name is not enough. */
function events(row: WorkloadRow, filter: object = {}): string {
  return paths.events({ ...refOfId(row.id), ...filter });
}

function Role({ row }: { row: WorkloadRow }) {
  const [first, ...others] = row.roles;
  if (first === undefined) return <Unknown />;
  return (
    <span className="pair">
      <Link to={paths.workloads({ q: first.role_arn })} title={first.role_arn} className="mono cut">
        {roleName(first.role_arn)}
      </Link>
      {first.shared_by > 1 && (
        <span className="tag" title={`${first.shared_by} workloads use this role`}>
          shared ×{first.shared_by}
        </span>
      )}
      {others.length > 0 && <span className="tag" title={others.map((role) => role.role_arn).join("\n")}>{`+${others.length}`}</span>}
    </span>
  );
}

/** How many findings concern it, with the mark of the gravest once that is known. */
function Findings({ row, worst }: { row: WorkloadRow; worst: Severity | undefined }) {
  if (row.findings === 0) return <span className="muted">0</span>;
  const mark = worst && SEVERITY_MARK[worst];
  return (
    <Link className="quiet-link mark" to={link(row, "findings")} title={mark && `the gravest: ${mark.word}`}>
      {mark && <Shape mark={mark} />}
      <Num value={row.findings} />
      {mark && <span className="sr-only">, the gravest {mark.word}</span>}
    </Link>
  );
}

/** `worst` is the gravest finding of each workload. */
export const columnsOf = (worst: ReadonlyMap<string, Severity>): Column<WorkloadRow>[] => [
  helper.accessor("id", {
    id: "name",
    header: "Workload",
    enableHiding: false,
    meta: { width: "19%" },
    cell: ({ row: { original: row } }) => (
      <span className="pair">
        <Link to={link(row)} className="cut" title={row.id}>
          <span className="muted">{row.namespace}/</span>
          <strong>{row.service_account}</strong>
        </Link>
      </span>
    ),
  }),
  helper.accessor("cluster", {
    header: "Cluster",
    enableSorting: false,
    meta: { width: "9%", wide: true },
    cell: ({ row: { original: row } }) => (
      <Link className="quiet-link cut" to={paths.workloads({ cluster: refOfId(row.id)?.cluster ?? row.cluster })} title={row.cluster_arn ?? row.cluster}>
        {row.cluster}
      </Link>
    ),
  }),
  helper.accessor("mechanisms", {
    header: "Mechanism",
    enableSorting: false,
    meta: { width: "11%", wide: true },
    cell: ({ row }) => <span className="pair">{row.original.mechanisms.map((mechanism) => <MechanismBadge key={mechanism} value={mechanism} />)}</span>,
  }),
  helper.accessor("class", {
    header: "Trust",
    enableSorting: false,
    meta: { width: "9%", wide: true },
    cell: ({ getValue }) => <ClassBadge value={getValue()} />,
  }),
  helper.display({ id: "role", header: "Role", meta: { width: "14%", wide: true }, cell: ({ row }) => <Role row={row.original} /> }),
  helper.accessor("calls", {
    header: "Calls",
    meta: { width: "6%", align: "end" },
    cell: ({ row: { original: row } }) => (
      <Link className="quiet-link" to={events(row)}>
        <Num value={row.calls} short />
      </Link>
    ),
  }),
  helper.accessor("denied", {
    header: "Denied",
    enableSorting: false,
    meta: { width: "7%", align: "end", wide: true },
    cell: ({ row: { original: row } }) =>
      row.denied === 0 ? (
        <span className="muted">0</span>
      ) : (
        <Link className="denied-link" to={events(row, { outcome: "denied" })}>
          <Num value={row.denied} short />
        </Link>
      ),
  }),
  helper.display({ id: "findings", header: "Findings", meta: { width: "8%", align: "end" }, cell: ({ row }) => <Findings row={row.original} worst={worst.get(row.original.id)} /> }),
  helper.accessor("last_seen", { header: "Last seen", meta: { width: "10%", wide: true }, cell: ({ getValue }) => <Time at={getValue()} /> }),
  helper.accessor("unused", {
    header: "Unused of granted",
    meta: { width: "15%" },
    cell: ({ row: { original: row } }) => (
      <Link to={link(row, "permissions", { status: "unused" })} className="quiet-link grant">
        <GrantBar row={row} />
      </Link>
    ),
  }),
];

/** Columns that can be taken out of sight. */
export const CHOICES: { id: string; name: string }[] = [
  { id: "cluster", name: "Cluster" },
  { id: "mechanisms", name: "Mechanism" },
  { id: "class", name: "Trust" },
  { id: "role", name: "Role" },
  { id: "calls", name: "Calls" },
  { id: "denied", name: "Denied" },
  { id: "findings", name: "Findings" },
  { id: "last_seen", name: "Last seen" },
  { id: "unused", name: "Unused of granted" },
];
