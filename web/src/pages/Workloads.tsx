import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { findingsQuery, workloadsQuery } from "../api/queries";
import type { Mechanism, WorkloadQuery } from "../api/types";
import { worstByWorkload } from "../lib/findings";
import { plural } from "../lib/format";
import { sortingOf, sortText } from "../lib/sort";
import { oneOf, useUrlFilter } from "../lib/urlState";
import { DataTable } from "../ui/DataTable";
import { Chips, FilterSelect, FilterText } from "../ui/filters";
import { PageHeader } from "../ui/layout";
import { keysOf, MECHANISM_MARK } from "../ui/marks";
import { Empty, ProblemBox, Skeleton } from "../ui/states";
import { CHOICES, columnsOf } from "./workloads/columns";
import { ColumnMenu } from "./workloads/ColumnMenu";
import { CsvButton } from "./workloads/CsvButton";

const NAMES = ["q", "cluster", "namespace", "mechanism", "sort", "hide"] as const;
const SORTS = ["unused", "-unused", "calls", "-calls", "last_seen", "-last_seen", "name", "-name"] as const;
const MECHANISMS = keysOf(MECHANISM_MARK);
const LABELS = { q: "Text", cluster: "Cluster", namespace: "Namespace", mechanism: "Mechanism" } as const;

export function Workloads() {
  const url = useUrlFilter(NAMES);
  const filter = useMemo(() => queryOf(url.values), [url.values]);
  const list = useInfiniteQuery(workloadsQuery(filter));
  const findings = useQuery(findingsQuery());
  const columns = useMemo(() => columnsOf(worstByWorkload(findings.data?.items ?? [])), [findings.data]);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? undefined;
  const hidden = useMemo(() => url.values.hide?.split(",") ?? [], [url.values.hide]);
  const visibility = useMemo(() => Object.fromEntries(hidden.map((id) => [id, false])), [hidden]);
  const active = (["q", "cluster", "namespace", "mechanism"] as const).flatMap((name) => {
    const value = url.values[name];
    const shown = name === "mechanism" && filter.mechanism !== undefined ? MECHANISM_MARK[filter.mechanism].word : value;
    return shown === undefined ? [] : [{ id: name, label: LABELS[name], value: shown, remove: () => url.set({ [name]: undefined }) }];
  });
  return (
    <>
      <title>Workloads · Podtrail</title>
      <PageHeader
        title="Workloads"
        lead={total === undefined ? "Every ServiceAccount that was seen to call, or is configured to." : `${plural(total, "workload")}${active.length > 0 ? " match" : ""}.`}
        actions={
          <>
            <ColumnMenu choices={CHOICES} hidden={hidden} onChange={(hide) => url.set({ hide: hide.join(",") })} />
            <CsvButton filter={filter} />
          </>
        }
      />
      <search className="filters" aria-label="Filter workloads">
        <FilterText label="Filter" placeholder="Name or role" value={url.values.q} onCommit={(q) => url.set({ q }, { replace: true })} />
        <FilterSelect<Mechanism>
          label="Mechanism"
          value={filter.mechanism}
          options={MECHANISMS.map((mechanism) => [mechanism, MECHANISM_MARK[mechanism].word] as const)}
          onCommit={(mechanism) => url.set({ mechanism })}
        />
      </search>
      <Chips chips={active} onClear={url.clear} />
      {list.error !== null && <ProblemBox error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton lines={12} />}
      {list.data && (
        <DataTable
          label="Workloads"
          columns={columns}
          rows={rows}
          rowId={(row) => row.id}
          sorted
          sorting={sortingOf(filter.sort ?? "-unused")}
          onSorting={(sorting) => url.set({ sort: sortText(sorting) })}
          visibility={visibility}
          total={total}
          onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
          loadingMore={list.isFetchingNextPage}
          empty={<NoWorkloads filtered={active.length > 0} />}
        />
      )}
    </>
  );
}

function queryOf(values: Partial<Record<(typeof NAMES)[number], string>>): WorkloadQuery {
  const { q, cluster, namespace } = values;
  const mechanism = oneOf(values.mechanism, MECHANISMS);
  const text = Object.fromEntries(Object.entries({ q, cluster, namespace }).filter(([, value]) => value !== undefined));
  return { ...text, ...(mechanism === undefined ? {} : { mechanism }), sort: oneOf(values.sort, SORTS) ?? "-unused" };
}

function NoWorkloads({ filtered }: { filtered: boolean }) {
  if (filtered) return <Empty title="No workload matches">Take a filter off, or search by a part of the name.</Empty>;
  return (
    <Empty title="No workloads yet" command="podtrail ingest ./cloudtrail-logs">
      Workloads appear when the trail shows calls by a cluster's pods, or when an inventory names associations.
    </Empty>
  );
}
