import { Link } from "react-router";

import type { SessionRow } from "../api/types";
import { roleName, shortenMiddle } from "../lib/arn";
import { paths } from "../lib/paths";
import { columnsFor, type Column } from "../ui/DataTable";
import { ClassBadge } from "../ui/Mark";
import { Num, Time, Unknown } from "../ui/values";

const helper = columnsFor<SessionRow>();

function Chain({ chain }: { chain: string[] }) {
  if (chain.length === 0) return <Unknown />;
  return (
    <span className="mono cut" title={chain.join("\n→ ")}>
      {chain.map(roleName).join(" → ")}
    </span>
  );
}

export const sessionColumns: Column<SessionRow>[] = [
  helper.accessor("session_id", {
    header: "Session",
    meta: { width: "19%" },
    cell: ({ getValue }) => (
      <Link to={paths.session(getValue())} className="mono cut" title={getValue()}>
        {shortenMiddle(getValue(), 24)}
      </Link>
    ),
  }),
  helper.accessor("issued_at", { header: "Issued", meta: { width: "11%" }, cell: ({ getValue }) => <Time at={getValue()} /> }),
  helper.accessor("pod", {
    header: "Pod",
    meta: { width: "22%", wide: true },
    cell: ({ getValue }) => {
      const pod = getValue();
      return pod == null ? <Unknown /> : <span className="mono cut" title={pod}>{shortenMiddle(pod, 30)}</span>;
    },
  }),
  helper.accessor("pod_class", { header: "Pod trust", meta: { width: "10%", wide: true }, cell: ({ getValue }) => <ClassBadge value={getValue()} /> }),
  helper.accessor("chain", { header: "Roles, root first", meta: { width: "22%", wide: true }, cell: ({ getValue }) => <Chain chain={getValue()} /> }),
  helper.accessor("calls", {
    header: "Calls",
    meta: { width: "8%", align: "end" },
    cell: ({ row: { original: row } }) => (
      <Link className="quiet-link" to={paths.events({ session_id: row.session_id })}>
        <Num value={row.calls} short />
      </Link>
    ),
  }),
  helper.accessor("denied", {
    header: "Denied",
    meta: { width: "8%", align: "end" },
    cell: ({ row: { original: row } }) =>
      row.denied === 0 ? (
        <span className="muted">0</span>
      ) : (
        <Link className="denied-link" to={paths.events({ session_id: row.session_id, outcome: "denied" })}>
          <Num value={row.denied} short />
        </Link>
      ),
  }),
];
