import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Button } from "react-aria-components";
import { useLocation } from "react-router";

import { coverageQuery, findingsQuery } from "../api/queries";
import type { Finding, FindingQuery, FindingPage } from "../api/types";
import { newFindings, SEVERITIES } from "../lib/findings";
import { plural } from "../lib/format";
import { sortingOf, sortText } from "../lib/sort";
import { oneOf, useUrlFilter, writeFilter } from "../lib/urlState";
import { DataTable } from "../ui/DataTable";
import { Icon } from "../ui/Icon";
import { PageHeader } from "../ui/layout";
import { FINDING_KIND, keysOf } from "../ui/marks";
import { Empty, ProblemBox, Skeleton } from "../ui/states";
import { download } from "../ui/values";
import { CoverageNote, summaryOf } from "./CoverageNote";
import { findingColumns } from "./findings/columns";
import { FindingDrawer } from "./findings/FindingDrawer";
import { FindingFilters, NAMES } from "./findings/FindingFilters";
import { findingsCsv } from "./findings/findingsCsv";

const OPEN = ["open"] as const;
const NONE: Finding[] = [];

export function Findings() {
  const url = useUrlFilter(NAMES);
  const panel = useUrlFilter(OPEN);
  const filter = useMemo(() => queryOf(url.values), [url.values]);
  const list = useQuery(findingsQuery(filter));
  const coverage = useQuery(coverageQuery);
  const severity = oneOf(url.values.severity, SEVERITIES);
  const week = url.values.age === "week";
  const all = list.data?.items ?? NONE;
  const fresh = useMemo(() => newFindings(all, coverage.data?.to), [all, coverage.data]);
  const rows = useMemo(() => (week ? fresh : all).filter((row) => severity === undefined || row.severity === severity), [all, fresh, week, severity]);
  const columns = useColumns();
  const filtered = week || severity !== undefined || Object.keys(filter).length > 0;
  return (
    <>
      <title>Findings · Podtrail</title>
      <PageHeader
        title="Findings"
        lead={list.data && <Lead page={list.data} fresh={fresh} filtered={Object.keys(filter).length > 0} />}
        actions={
          <Button className="button" isDisabled={rows.length === 0} onPress={() => download("podtrail-findings.csv", "text/csv;charset=utf-8", findingsCsv(rows))}>
            <Icon name="download" />
            CSV
          </Button>
        }
      />
      <FindingFilters url={url} kind={filter.kind} severity={severity} week={week} rows={all} fresh={fresh} />
      <CoverageNote coverage={coverage.data && summaryOf(coverage.data)} />
      {list.error !== null && <ProblemBox error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton lines={12} />}
      {list.data && (
        <DataTable
          label="Findings"
          columns={columns}
          rows={rows}
          rowId={(row) => row.id}
          sorting={sortingOf(url.values.sort ?? "severity")}
          onSorting={(sorting) => url.set({ sort: sortText(sorting) }, { replace: true })}
          current={panel.values.open}
          empty={<NoFindings filtered={filtered} />}
        />
      )}
      <FindingDrawer id={panel.values.open} onClose={() => panel.set({ open: undefined }, { replace: true })} />
    </>
  );
}

/** A row opens beside the list, with the filters as they are. */
function useColumns() {
  const { search } = useLocation();
  return useMemo(() => findingColumns((row) => `?${writeFilter(new URLSearchParams(search), { open: row.id }).toString()}`, true), [search]);
}

function queryOf(values: Partial<Record<(typeof NAMES)[number], string>>): FindingQuery {
  const kind = oneOf(values.kind, keysOf(FINDING_KIND));
  const { q, workload, role } = values;
  return Object.fromEntries(Object.entries({ kind, q, workload, role }).filter(([, value]) => value !== undefined));
}

function Lead({ page, fresh, filtered }: { page: FindingPage; fresh: readonly Finding[]; filtered: boolean }) {
  return (
    <>
      {plural(page.items.length, "open finding")}
      {filtered && " match"}; {plural(fresh.length, "was", "were")} first seen in the trail's last seven days.
    </>
  );
}

function NoFindings({ filtered }: { filtered: boolean }) {
  if (filtered) return <Empty title="No finding matches">Take a filter off to see the others.</Empty>;
  return (
    <Empty title="No finding is open" command="podtrail inventory inventory/*.json">
      Findings come from what the trail shows together with what exists: trust policies, associations, ServiceAccounts, instances. Without an
      inventory most of them cannot be seen. Each says what can happen, what shows it, and the command that mends it.
    </Empty>
  );
}
