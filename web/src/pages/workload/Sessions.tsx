import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { workloadSessionsQuery } from "../../api/queries";
import { plural } from "../../lib/format";
import { DataTable } from "../../ui/DataTable";
import { Empty, ProblemBox, Skeleton } from "../../ui/states";
import { sessionColumns } from "../sessionColumns";
import { Lanes } from "./Lanes";
import { useWorkload } from "./Workload";

/** Pods and credentials over time, then each session as a row. */
export function Sessions() {
  const { path, detail } = useWorkload();
  const list = useInfiniteQuery(workloadSessionsQuery(path));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? undefined;
  if (list.error !== null) return <ProblemBox error={list.error} retry={() => void list.refetch()} />;
  if (list.isPending) return <Skeleton lines={8} />;
  return (
    <>
      <Lanes sessions={rows} window={detail.window} />
      {total !== undefined && total > 0 && <p className="muted quiet">{plural(total, "session")}, newest first</p>}
      <DataTable
        label="Sessions"
        columns={sessionColumns}
        rows={rows}
        rowId={(row) => row.session_id}
        sorted
        total={total}
        onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        loadingMore={list.isFetchingNextPage}
        empty={<Empty title="No session of this workload is in the lake">Sessions appear with the events that issue or use credentials.</Empty>}
      />
    </>
  );
}
