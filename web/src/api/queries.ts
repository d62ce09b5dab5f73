/** One entry per resource: its cache key, its request, and how its pages follow each other. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { Format } from "../lib/formats";
import { refOfId } from "../lib/paths";
import { client, unwrap, unwrapFile } from "./client";
import type { EventQuery, FindingQuery, FindingPage, GraphQuery, Page, ProposalQuery, WorkloadQuery, WorkloadRef, WorkloadRow } from "./types";

/** Rows fetched at a time: enough to fill several screens, small enough to be quick. */
const PAGE = "200";
/** The most that one request may ask for. */
const MAX_PAGE = "1000";

const WORKLOAD = "/api/v1/workloads/{cluster}/{namespace}/{service_account}";

function paging(cursor: string | null): { limit: string; cursor?: string } {
  return cursor === null ? { limit: PAGE } : { limit: PAGE, cursor };
}

/** The rows come in one piece of pages, in order. */
const pages = {
  initialPageParam: null as string | null,
  getNextPageParam: (last: Page<unknown>) => last.next ?? null,
};

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/v1/status", { signal })),
});

export const coverageQuery = queryOptions({
  queryKey: ["coverage"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/v1/coverage", { signal })),
});

export function workloadsQuery(filter: WorkloadQuery) {
  return infiniteQueryOptions({
    ...pages,
    queryKey: ["workloads", filter],
    queryFn: ({ signal, pageParam }) =>
      unwrap(client.GET("/api/v1/workloads", { signal, params: { query: { ...filter, ...paging(pageParam) } } })),
  });
}

/** Every workload of a filter, page after page: for totals and for the CSV. */
export async function fetchAllWorkloads(filter: WorkloadQuery, signal?: AbortSignal): Promise<WorkloadRow[]> {
  const rows: WorkloadRow[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...filter, limit: MAX_PAGE, ...(cursor === undefined ? {} : { cursor }) };
    // Each page's address is in the page before it.
    // oxlint-disable-next-line no-await-in-loop
    const page = await unwrap(client.GET("/api/v1/workloads", { ...(signal ? { signal } : {}), params: { query } }));
    rows.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

export const allWorkloadsQuery = queryOptions({
  queryKey: ["workloads", "all"],
  queryFn: ({ signal }) => fetchAllWorkloads({ sort: "-unused" }, signal),
});

export function workloadQuery(path: WorkloadRef) {
  return queryOptions({
    queryKey: ["workload", path],
    queryFn: ({ signal }) => unwrap(client.GET(WORKLOAD, { signal, params: { path } })),
  });
}

export function permissionsQuery(path: WorkloadRef) {
  return queryOptions({
    queryKey: ["workload", path, "permissions"],
    queryFn: ({ signal }) => unwrap(client.GET(`${WORKLOAD}/permissions`, { signal, params: { path } })),
  });
}

export function recommendationQuery(path: WorkloadRef, query: ProposalQuery = {}) {
  return queryOptions({
    queryKey: ["workload", path, "recommendation", query],
    queryFn: ({ signal }) => unwrap(client.GET(`${WORKLOAD}/recommendation`, { signal, params: { path, query } })),
  });
}

/** The proposed policies alone, in a form to apply. */
export function proposalFileQuery(path: WorkloadRef, query: ProposalQuery, format: Format) {
  return queryOptions({
    queryKey: ["workload", path, "recommendation", query, format],
    queryFn: ({ signal }) =>
      unwrapFile(client.GET(`${WORKLOAD}/recommendation`, { signal, params: { path, query: { ...query, format } }, parseAs: "text" }), `${path.service_account}.txt`),
  });
}

export function workloadSessionsQuery(path: WorkloadRef) {
  return infiniteQueryOptions({
    ...pages,
    queryKey: ["workload", path, "sessions"],
    queryFn: ({ signal, pageParam }) =>
      unwrap(client.GET(`${WORKLOAD}/sessions`, { signal, params: { path, query: paging(pageParam) } })),
  });
}

export function sessionQuery(session_id: string) {
  return queryOptions({
    queryKey: ["session", session_id],
    queryFn: ({ signal }) => unwrap(client.GET("/api/v1/sessions/{session_id}", { signal, params: { path: { session_id } } })),
  });
}

export function eventsQuery(filter: EventQuery) {
  return infiniteQueryOptions({
    ...pages,
    queryKey: ["events", filter],
    queryFn: ({ signal, pageParam }) =>
      unwrap(client.GET("/api/v1/events", { signal, params: { query: { ...filter, ...paging(pageParam) } } })),
  });
}

export function eventQuery(event_id: string) {
  return queryOptions({
    queryKey: ["event", event_id],
    queryFn: ({ signal }) => unwrap(client.GET("/api/v1/events/{event_id}", { signal, params: { path: { event_id } } })),
  });
}

export const rejectsQuery = infiniteQueryOptions({
  ...pages,
  queryKey: ["rejects"],
  queryFn: ({ signal, pageParam }) =>
    unwrap(client.GET("/api/v1/rejects", { signal, params: { query: paging(pageParam) } })),
});

/** Every finding of a filter, page after page: there are as many as the estate is large, not as its trail is long. */
async function fetchFindings(filter: FindingQuery, signal: AbortSignal): Promise<FindingPage> {
  let whole: FindingPage | undefined;
  let cursor: string | undefined;
  do {
    const query = { ...filter, limit: MAX_PAGE, ...(cursor === undefined ? {} : { cursor }) };
    // Each page's address is in the page before it.
    // oxlint-disable-next-line no-await-in-loop
    const page: FindingPage = await unwrap(client.GET("/api/v1/findings", { signal, params: { query } }));
    whole = whole === undefined ? page : { ...whole, items: [...whole.items, ...page.items] };
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return whole;
}

export function findingsQuery(filter: FindingQuery = {}) {
  return queryOptions({ queryKey: ["findings", filter], queryFn: ({ signal }) => fetchFindings(filter, signal) });
}

export function findingQuery(finding_id: string) {
  return queryOptions({
    queryKey: ["finding", finding_id],
    queryFn: ({ signal }) => unwrap(client.GET("/api/v1/findings/{finding_id}", { signal, params: { path: { finding_id } } })),
  });
}

export function migrationQuery(path: WorkloadRef) {
  return queryOptions({
    queryKey: ["workload", path, "migration"],
    queryFn: ({ signal }) => unwrap(client.GET(`${WORKLOAD}/migration`, { signal, params: { path } })),
  });
}

/** `id` is an event's id, an access key, a session's id, or a workload's. */
export function explainQuery(id: string) {
  return queryOptions({
    queryKey: ["explain", id],
    queryFn: ({ signal }) => {
      const path = refOfId(id);
      return path === undefined
        ? unwrap(client.GET("/api/v1/explain/{subject}", { signal, params: { path: { subject: id } } }))
        : unwrap(client.GET("/api/v1/explain/{cluster}/{namespace}/{service_account}", { signal, params: { path } }));
    },
  });
}

export function graphQuery(filter: GraphQuery) {
  return queryOptions({
    queryKey: ["graph", filter],
    queryFn: ({ signal }) => unwrap(client.GET("/api/v1/graph", { signal, params: { query: filter } })),
  });
}
