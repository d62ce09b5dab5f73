/** Builds every address of the dashboard; the only place that knows how a page is called. */
import type { EventQuery, EventRow, FindingQuery, GraphQuery, Maybe, SessionRow, Severity, WorkloadQuery, WorkloadRef } from "../api/types";

export type WorkloadTab = "permissions" | "policy" | "replay" | "findings" | "graph" | "explain" | "sessions" | "denied" | "migration";

/** What the page of findings can be narrowed to. */
export type FindingFilter = FindingQuery & { severity?: Severity; age?: "week" };

function search(values: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

export const paths = {
  overview: () => "/",
  workloads: (filter: WorkloadQuery = {}) => `/workloads${search(filter)}`,
  workload: (ref: WorkloadRef, tab?: WorkloadTab, filter: object = {}) =>
    `/workloads/${[ref.cluster, ref.namespace, ref.service_account].map(encodeURIComponent).join("/")}${tab === undefined ? "" : `/${tab}`}${search(filter)}`,
  session: (id: string) => `/sessions/${encodeURIComponent(id)}`,
  findings: (filter: FindingFilter = {}) => `/findings${search(filter)}`,
  finding: (id: string) => `/findings/${encodeURIComponent(id)}`,
  graph: (filter: GraphQuery = {}) => `/graph${search(filter)}`,
  explain: (id?: string) => `/explain${id === undefined ? "" : `/${encodeURIComponent(id)}`}`,
  coverage: () => "/coverage",
  events: (filter: EventQuery = {}) => `/events${search(filter)}`,
  event: (id: string) => `/events/${encodeURIComponent(id)}`,
  status: () => "/status",
};

/** `cluster/namespace/serviceaccount` taken apart; the cluster may be an ARN with a slash of its own. */
export function refOfId(id: string): WorkloadRef | undefined {
  const parts = id.split("/");
  const [namespace, service_account] = parts.slice(-2);
  const cluster = parts.slice(0, -2).join("/");
  if (cluster === "" || !namespace || !service_account) return undefined;
  return { cluster, namespace, service_account };
}

/** The workload behind a call or a session, by its cluster's ARN where that is known: names may repeat. */
export function refOfRow(row: Pick<EventRow | SessionRow, "cluster" | "cluster_arn" | "namespace" | "service_account">): Maybe<WorkloadRef> {
  const cluster = row.cluster_arn ?? row.cluster;
  if (cluster == null || row.namespace == null || row.service_account == null) return null;
  return { cluster, namespace: row.namespace, service_account: row.service_account };
}

const ACCESS_KEY = /^(?:ASIA|AKIA)[A-Z0-9]{12,}$/;
const EVENT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** A session without an access key is called by its principal and the time of issue. */
const SESSION = /^A[A-Z0-9]{11,}:[\w+=,.@-]+@\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const FINDING = /^[a-z0-9]+(?:_[a-z0-9]+)*-[0-9a-f]{12}$/;
const ROLE = /^arn:[^:]+:iam::\d*:role\/.+/;
const ACTION = /^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$/;

/** Where the search box leads: straight to the thing when the text says which, else to the workloads. */
export function pathOfSearch(input: string): string {
  const text = input.trim();
  if (ACCESS_KEY.test(text) || SESSION.test(text)) return paths.session(text);
  if (EVENT_ID.test(text) || text.startsWith("sha256:")) return paths.event(text);
  if (FINDING.test(text)) return paths.finding(text);
  if (ROLE.test(text)) return paths.events({ role: text });
  if (text.startsWith("arn:")) return paths.events({ resource: text });
  if (ACTION.test(text)) return paths.events({ action: text });
  const ref = text.includes(" ") ? undefined : refOfId(text);
  return ref === undefined ? paths.workloads({ q: text }) : paths.workload(ref);
}
