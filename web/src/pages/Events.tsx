import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { eventsQuery } from "../api/queries";
import type { EventQuery, EventRow } from "../api/types";
import { plural } from "../lib/format";
import { paths } from "../lib/paths";
import { oneOf, useUrlFilter } from "../lib/urlState";
import { DataTable } from "../ui/DataTable";
import { PageHeader } from "../ui/layout";
import { CLASS_MARK, keysOf, MECHANISM_MARK, OUTCOME_MARK } from "../ui/marks";
import { Empty, ProblemBox, Skeleton } from "../ui/states";
import { eventColumns } from "./eventColumns";
import { EventDrawer } from "./events/EventDrawer";
import { EventFilters, NAMES, type EventFilterValues } from "./events/EventFilters";

const OPEN = ["open"] as const;

export function Events() {
  const url = useUrlFilter(NAMES);
  const panel = useUrlFilter(OPEN);
  const filter = useMemo(() => queryOf(url.values), [url.values]);
  const list = useInfiniteQuery(eventsQuery(filter));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? undefined;
  const open = rows.find((row) => row.event_id === panel.values.open);
  const columns = useColumns(filter);
  const filtered = Object.keys(filter).length > 0;
  return (
    <>
      <title>Events · Podtrail</title>
      <PageHeader title="Events" lead={total === undefined ? `${filtered ? "The calls that match" : "Every call in the lake"}, newest first.` : `${plural(total, "event")}${filtered ? " match" : ""}, newest first.`} />
      <EventFilters url={url} />
      {list.error !== null && <ProblemBox error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton lines={14} />}
      {list.data && (
        <DataTable
          label="Events"
          columns={columns}
          rows={rows}
          rowId={rowId}
          sorted
          total={total}
          current={open && rowId(open)}
          onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
          loadingMore={list.isFetchingNextPage}
          empty={<NoEvents filtered={filtered} />}
        />
      )}
      <EventDrawer id={panel.values.open} onClose={() => panel.set({ open: undefined }, { replace: true })} />
    </>
  );
}

const rowId = (row: EventRow) => `${row.event_id} ${row.recipient_account_id ?? ""}`;

/** The columns change only with the filters, which the links of the rows carry on. */
function useColumns(filter: EventQuery) {
  return useMemo(
    () =>
      eventColumns((row) => {
        const address = paths.events(filter);
        return `${address}${address.includes("?") ? "&" : "?"}open=${encodeURIComponent(row.event_id)}`;
      }),
    [filter],
  );
}

function queryOf(values: EventFilterValues): EventQuery {
  const { outcome, mechanism, class: trust, ...text } = values;
  const chosen = {
    outcome: oneOf(outcome, keysOf(OUTCOME_MARK)),
    mechanism: oneOf(mechanism, keysOf(MECHANISM_MARK)),
    class: oneOf(trust, keysOf(CLASS_MARK)),
  };
  return { ...text, ...Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)) };
}

function NoEvents({ filtered }: { filtered: boolean }) {
  if (filtered) return <Empty title="No event matches">Take a filter off, or widen the time.</Empty>;
  return (
    <Empty title="The lake holds no event" command="podtrail ingest ./cloudtrail-logs">
      Read a folder, a file or standard input; plain or gzipped, in any of CloudTrail's shapes.
    </Empty>
  );
}
