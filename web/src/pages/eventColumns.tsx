import { Link } from "react-router";

import type { EventRow } from "../api/types";
import { exactTime } from "../lib/format";
import { paths, refOfRow } from "../lib/paths";
import { columnsFor, type Column } from "../ui/DataTable";
import { ClassBadge, OutcomeBadge } from "../ui/Mark";
import { Arn, ExactTime } from "../ui/values";

const helper = columnsFor<EventRow>();

/** `s3:GetObject`; where the event maps to no action, its source and name. */
export function actionOf(row: EventRow): string {
  return row.actions[0] ?? `${row.event_source?.replace(".amazonaws.com", "") ?? "?"} ${row.event_name ?? "?"}`;
}

/** A call's link; `to` says whether it opens beside the list or as a page. */
function What({ row, to }: { row: EventRow; to: string }) {
  return (
    <span className="pair">
      <Link to={to} className="mono cut" title={row.event_id} preventScrollReset>
        {actionOf(row)}
      </Link>
      {row.actions.length > 1 && (
        <span className="tag" title={row.actions.join("\n")}>
          +{row.actions.length - 1}
        </span>
      )}
      {!row.counted && (
        <span className="tag" title="The same call is counted in the caller's account">
          twin
        </span>
      )}
    </span>
  );
}

function Who({ row }: { row: EventRow }) {
  const ref = refOfRow(row);
  if (ref == null) {
    return (
      <span className="muted cut" title={row.method}>
        {row.method}
      </span>
    );
  }
  return (
    <Link className="quiet-link cut" to={paths.workload(ref)} title={`${row.cluster ?? ref.cluster}/${ref.namespace}/${ref.service_account}${row.pod == null ? "" : `\n${row.pod}`}`}>
      <span className="muted">{ref.namespace}/</span>
      {ref.service_account}
    </Link>
  );
}

function columns(to: (row: EventRow) => string, who: boolean): Column<EventRow>[] {
  return [
    helper.accessor("event_time", { header: "Time (UTC)", meta: { width: "168px", wide: true }, cell: ({ getValue }) => <ExactTime at={getValue()} bare /> }),
    helper.display({ id: "action", header: "Action", meta: { width: "22%" }, cell: ({ row }) => <What row={row.original} to={to(row.original)} /> }),
    helper.accessor("outcome", { header: "Outcome", meta: { width: "9%" }, cell: ({ getValue }) => <OutcomeBadge value={getValue()} /> }),
    ...(who
      ? [
          helper.display({ id: "who", header: "Workload", meta: { width: "18%" }, cell: ({ row }) => <Who row={row.original} /> }),
          helper.accessor("workload_class", { header: "Trust", meta: { width: "9%", wide: true }, cell: ({ getValue }) => <ClassBadge value={getValue()} /> }),
        ]
      : []),
    helper.display({
      id: "resource",
      header: "Resource",
      meta: { width: "25%", wide: true },
      cell: ({ row: { original: row } }) => (row.resources[0] === undefined ? null : <Arn arn={row.resources[0]} max={30} />),
    }),
  ];
}

/** A session's calls, each opening as a page. */
export const callColumns = columns((row) => paths.event(row.event_id), false);

/** Events beside their filters: a row opens without leaving the list. */
export const eventColumns = (open: (row: EventRow) => string) => columns(open, true);

/** A row's time and account as a sentence, for titles. */
export const sentence = (row: EventRow) => `${exactTime(row.event_time)} in ${row.recipient_account_id ?? "an unknown account"}`;
