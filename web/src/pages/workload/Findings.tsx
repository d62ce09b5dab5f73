import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "react-router";

import { findingsQuery } from "../../api/queries";
import { paths } from "../../lib/paths";
import { sortingOf, sortText } from "../../lib/sort";
import { useUrlFilter } from "../../lib/urlState";
import { DataTable } from "../../ui/DataTable";
import { Empty, ProblemBox, Skeleton } from "../../ui/states";
import { findingColumns } from "../findings/columns";
import { useWorkload } from "./Workload";

const NAMES = ["sort"] as const;

/** What is wrong with this workload, its roles and its credentials. */
export function WorkloadFindings() {
  const { detail } = useWorkload();
  const { id } = detail.workload;
  const url = useUrlFilter(NAMES);
  const list = useQuery(findingsQuery({ workload: id }));
  const columns = useMemo(() => findingColumns((row) => paths.finding(row.id), false), []);
  if (list.error !== null) return <ProblemBox error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Skeleton lines={6} />;
  return (
    <>
      <p className="muted quiet">
        Those that concern this workload. <Link to={paths.findings()}>All findings</Link>
      </p>
      <DataTable
        label="Findings"
        columns={columns}
        rows={list.data.items}
        rowId={(row) => row.id}
        sorting={sortingOf(url.values.sort ?? "severity")}
        onSorting={(sorting) => url.set({ sort: sortText(sorting) }, { replace: true })}
        empty={<Empty title="No finding concerns this workload">Its trust policies, role, credentials and calls show nothing that a check looks for.</Empty>}
      />
    </>
  );
}
