import { Link } from "react-router";

import type { Finding } from "../../api/types";
import { shortArn } from "../../lib/arn";
import { SEVERITIES } from "../../lib/findings";
import { paths, refOfId } from "../../lib/paths";
import { columnsFor, type Column } from "../../ui/DataTable";
import { SeverityBadge } from "../../ui/Mark";
import { FINDING_KIND } from "../../ui/marks";
import { Prose } from "../../ui/Prose";
import { Time } from "../../ui/values";

const helper = columnsFor<Finding>();

/** Whom it concerns: the first workload, else what it is about. */
function About({ row }: { row: Finding }) {
  const [first, ...others] = row.workloads;
  const ref = first === undefined ? undefined : refOfId(first);
  return (
    <span className="pair">
      {ref === undefined ? (
        <span className="mono cut" title={row.subject}>
          {shortArn(row.subject, 38)}
        </span>
      ) : (
        <Link className="quiet-link cut" to={paths.workload(ref, "findings")} title={first}>
          <span className="muted">{ref.namespace}/</span>
          {ref.service_account}
        </Link>
      )}
      {others.length > 0 && (
        <span className="tag" title={row.workloads.join("\n")}>
          +{others.length}
        </span>
      )}
    </span>
  );
}

/** `open` says where a row leads; a workload's own list leaves the workload out. */
export function findingColumns(open: (row: Finding) => string, about: boolean): Column<Finding>[] {
  return [
    helper.accessor((row) => SEVERITIES.indexOf(row.severity), {
      id: "severity",
      header: "Severity",
      sortFn: "basic",
      meta: { width: "10%" },
      cell: ({ row }) => <SeverityBadge value={row.original.severity} />,
    }),
    helper.accessor("title", {
      header: "Finding",
      sortFn: "text",
      meta: { width: about ? "32%" : "38%" },
      cell: ({ row: { original: row } }) => (
        <Link to={open(row)} className="cut" title={`${FINDING_KIND[row.kind]}\n${row.subject}`} preventScrollReset>
          {row.title}
        </Link>
      ),
    }),
    ...(about ? [helper.accessor((row) => row.workloads[0] ?? row.subject, { id: "about", header: "Workload", sortFn: "text", meta: { width: "17%", wide: true }, cell: ({ row }) => <About row={row.original} /> })] : []),
    helper.accessor((row) => row.first_seen ?? "", { id: "first_seen", header: "First seen", sortFn: "text", meta: { width: "10%", wide: true }, cell: ({ row }) => <Time at={row.original.first_seen} /> }),
    helper.accessor((row) => row.last_seen ?? "", { id: "last_seen", header: "Last seen", sortFn: "text", meta: { width: "10%", wide: true }, cell: ({ row }) => <Time at={row.original.last_seen} /> }),
    helper.accessor((row) => row.remedy.summary, {
      id: "remedy",
      header: "What to do",
      enableSorting: false,
      meta: { width: about ? "21%" : "32%", wide: true },
      cell: ({ getValue }) => (
        <span className="cut" title={getValue()}>
          <Prose text={getValue()} />
        </span>
      ),
    }),
  ];
}
