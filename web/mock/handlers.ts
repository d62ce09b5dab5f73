/**
 * The mock server as a function of the request's address. Errors can be seen by hand through sentinel
 * values: a search for `error-503` fails, one for `slow` takes two seconds.
 */
import type { EventRow, Page, SessionRow, WorkloadRow } from "../src/api/types.ts";
import { coverage, eventDetail, idOf, permissions, rejects, sessionDetail, status, workloadDetail, workloadRows } from "./answers.ts";
import { events, sessions } from "./estate.ts";
import { explain } from "./explain.ts";
import { findings, findingsPage } from "./findings.ts";
import { graph } from "./graph.ts";
import { migration } from "./migration.ts";
import { fileOf, optionsOf, recommendation } from "./recommendation.ts";
import { WORKLOADS, type WorkloadSeed } from "./seed.ts";

export interface MockAnswer {
  status: number;
  body: unknown;
  delay: number;
  /** For a body that is text to be saved: its name and media type. */
  file?: { name: string; type: string };
}

/** What HTTP makes of an answer. */
export function responseOf({ status: code, body, file }: MockAnswer): { text: string; headers: Record<string, string> } {
  if (file !== undefined) return { text: String(body), headers: { "Content-Type": file.type, "Content-Disposition": `attachment; filename="${file.name}"` } };
  return { text: JSON.stringify(body), headers: { "Content-Type": code < 400 ? "application/json" : "application/problem+json" } };
}

const ok = (body: unknown): MockAnswer => ({ status: 200, body, delay: 0 });

function problem(code: number, title: string, detail: string, rest: object = {}): MockAnswer {
  return { status: code, body: { type: "about:blank", title, status: code, detail, ...rest }, delay: 0 };
}

function page<T>(rows: T[], query: URLSearchParams): MockAnswer {
  const start = Number(query.get("cursor") ?? 0);
  const end = start + Number(query.get("limit") ?? 100);
  const found: Page<T> = { items: rows.slice(start, end), next: end < rows.length ? String(end) : null, total: rows.length };
  return ok(found);
}

/** `s3:*` and `arn:…:bucket*` stand for all that begins so; `*` alone for itself. */
function beginsAs(value: unknown, want: string): boolean {
  return want.length > 1 && want.endsWith("*") && typeof value === "string" && value.startsWith(want.slice(0, -1));
}

/** Keeps the rows whose columns equal every one of the named filters that is set. */
function equal<T>(rows: T[], query: URLSearchParams, columns: Record<string, (row: T) => unknown>): T[] {
  const wanted = Object.entries(columns).flatMap(([name, value]) => {
    const want = query.get(name);
    return want === null ? [] : [{ want, value }];
  });
  return rows.filter((row) => wanted.every(({ want, value }) => [value(row)].flat().some((held) => held === want || beginsAs(held, want))));
}

function sorted(rows: WorkloadRow[], sort: string): WorkloadRow[] {
  const by = sort.replace(/^-/, "");
  const value = (row: WorkloadRow) => (by === "unused" ? row.unused : by === "calls" ? row.calls : by === "last_seen" ? row.last_seen : row.id) ?? "";
  const order = (a: WorkloadRow, b: WorkloadRow) => {
    const [x, y] = [value(a), value(b)];
    return typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
  };
  return [...rows].toSorted((a, b) => order(a, b) * (sort.startsWith("-") ? -1 : 1));
}

/** The count that the findings of the estate give. */
function withFindings(row: WorkloadRow): WorkloadRow {
  return { ...row, findings: findings.filter((finding) => finding.workloads.includes(row.id)).length };
}

function listWorkloads(query: URLSearchParams): MockAnswer {
  const text = query.get("q") ?? "";
  const found = workloadRows.filter((row) => row.id.includes(text) || row.roles.some((role) => role.role_arn.includes(text)));
  const kept = equal(found, query, { cluster: (row) => row.cluster, namespace: (row) => row.namespace, mechanism: (row) => row.mechanisms });
  return page(sorted(kept.map(withFindings), query.get("sort") ?? "-unused"), query);
}

const EVENT_FILTERS: Record<string, (row: EventRow) => unknown> = {
  cluster: (row) => [row.cluster, row.cluster_arn],
  namespace: (row) => row.namespace,
  service_account: (row) => row.service_account,
  session_id: (row) => row.session_id,
  role: (row) => row.role_arn,
  action: (row) => row.actions,
  resource: (row) => row.resources,
  event_name: (row) => row.event_name,
  event_source: (row) => row.event_source,
  outcome: (row) => row.outcome,
  mechanism: (row) => row.mechanism,
  class: (row) => row.workload_class,
};

function listEvents(query: URLSearchParams): MockAnswer {
  const [from, to] = [query.get("from") ?? "", query.get("to") ?? "9999"];
  const text = query.get("q") ?? "";
  const inTime = events.filter((row) => (row.event_time ?? "") >= from && (row.event_time ?? "") <= to);
  const found = inTime.filter((row) => JSON.stringify(row).toLowerCase().includes(text.toLowerCase()));
  return page(equal(found, query, EVENT_FILTERS), query);
}

function proposal(seed: WorkloadSeed, query: URLSearchParams): MockAnswer {
  const options = optionsOf(query);
  if (typeof options === "string") return problem(400, "The request is wrong", options);
  const made = recommendation(seed, options);
  const format = query.get("format") ?? "json";
  if (format === "json") return ok(made);
  const file = fileOf(made, format);
  return file === undefined ? problem(400, "The request is wrong", `\`format\` must not be \`${format}\``) : { status: 200, body: file.text, delay: 0, file };
}

function workload(parts: string[], query: URLSearchParams): MockAnswer {
  const [cluster = "", namespace, account, sub] = parts;
  const name = cluster.split("/").at(-1) ?? "";
  const seed = WORKLOADS.find((row) => row.cluster === name && row.namespace === namespace && row.service_account === account);
  if (seed === undefined) {
    return problem(404, "Unknown workload", `no workload \`${name}/${namespace}/${account}\` in this lake`, {
      hint: "Names are cluster/namespace/serviceaccount. Did you mean one of these?",
      suggestions: WORKLOADS.slice(0, 3).map(idOf),
    });
  }
  if (sub === undefined) {
    const detail = workloadDetail(seed);
    return ok({ ...detail, workload: withFindings(detail.workload) });
  }
  if (sub === "permissions") return page(permissions(seed), new URLSearchParams({ limit: "100000" }));
  if (sub === "recommendation") return proposal(seed, query);
  if (sub === "migration") return ok(migration(seed));
  if (sub === "sessions") {
    const mine = (row: SessionRow) => row.cluster === seed.cluster && row.namespace === seed.namespace && row.service_account === seed.service_account;
    return page(sessions.filter(mine), query);
  }
  return problem(404, "Not found", `no such address`);
}

function one<T>(found: T | undefined, kind: string, id: string): MockAnswer {
  return found === undefined ? problem(404, `Unknown ${kind}`, `no ${kind} \`${id}\` in this lake`, { hint: "Check the id, or ingest the trail that holds it." }) : ok(found);
}

function route(path: string, query: URLSearchParams): MockAnswer {
  const [, , , resource, ...rest] = path.split("/").map(decodeURIComponent);
  const id = rest[0];
  if (resource === "status") return ok(status);
  if (resource === "coverage") return ok(coverage);
  if (resource === "rejects") return page(rejects, query);
  if (resource === "workloads") return id === undefined ? listWorkloads(query) : workload(rest, query);
  if (resource === "sessions") return id === undefined ? page(sessions, query) : one(sessionDetail(id), "session", id);
  if (resource === "findings") return id === undefined ? ok(findingsPage(query)) : one(findings.find((row) => row.id === id), "finding", id);
  if (resource === "graph") return ok(graph(query));
  if (resource === "explain") return one(explain(rest.join("/")), "event, session, access key or workload", rest.join("/"));
  if (resource === "events" && id === undefined) return listEvents(query);
  if (resource === "events" && id !== undefined) {
    const found = events.find((event) => event.event_id === id);
    return one(found && eventDetail(found), "event", id);
  }
  return problem(404, "Not found", `nothing is served at \`${path}\``);
}

/** Answers a GET of `/api/v1/…`. */
export function answer(url: URL): MockAnswer {
  const text = url.searchParams.get("q") ?? "";
  if (text === "error-503") {
    return problem(503, "The lake cannot be read", "the object store did not answer within 10 s", { hint: "What is cached stays readable. Check the lake's address with `podtrail status`." });
  }
  return { ...route(url.pathname, url.searchParams), delay: text === "slow" ? 2000 : 0 };
}
