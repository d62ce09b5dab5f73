/** Turns the estate into the API's answers: coverage, workloads, permissions, status. */
import type {
  Class, Coverage, CoverageSummary, EventDetail, EventRow, Mechanism, Permission, PlaceCoverage,
  RejectRow, SessionDetail, Status, WorkloadDetail, WorkloadRow,
} from "../src/api/types.ts";
import { DAYS, FIRST_DAY, events, iso, sessions } from "./estate.ts";
import { WORKLOADS, type WorkloadSeed } from "./seed.ts";

const CLASSES: Class[] = ["exact", "inferred", "claimed", "none"];
const MECHANISMS: Mechanism[] = ["irsa", "pod_identity", "node_role", "static_key", "other"];

export const idOf = (seed: WorkloadSeed) => `${seed.cluster}/${seed.namespace}/${seed.service_account}`;

export function eventsOf(seed: WorkloadSeed): EventRow[] {
  return events.filter(
    (event) => event.cluster === seed.cluster && event.namespace === seed.namespace && event.service_account === seed.service_account,
  );
}

function counts(rows: EventRow[]) {
  const times = rows.map((row) => row.event_time ?? "").toSorted();
  const denied = rows.filter((row) => row.outcome === "denied").length;
  return { calls: rows.length - denied, denied, first_seen: times[0] ?? null, last_seen: times.at(-1) ?? null };
}

export function workloadRow(seed: WorkloadSeed): WorkloadRow {
  const rows = eventsOf(seed);
  return {
    id: idOf(seed),
    cluster: seed.cluster,
    cluster_arn: `arn:aws:eks:eu-west-1:${seed.account}:cluster/${seed.cluster}`,
    namespace: seed.namespace,
    service_account: seed.service_account,
    mechanisms: [seed.mechanism],
    class: rows.length === 0 ? "none" : (seed.class ?? "exact"),
    roles: [{ role_arn: seed.role, shared_by: seed.sharedBy, known: seed.mechanism !== "static_key" }],
    ...counts(rows),
    findings: 0,
    pods: new Set(rows.map((row) => row.pod).filter(Boolean)).size,
    ...(seed.mechanism === "static_key"
      ? { used: null, granted: null, unused: null, unobservable: null }
      : {
          used: seed.used.length,
          granted: seed.used.length + seed.unused.length + seed.unobservable.length,
          unused: seed.unused.length,
          unobservable: seed.unobservable.length,
        }),
  };
}

export const workloadRows = WORKLOADS.map(workloadRow);

export function workloadDetail(seed: WorkloadSeed): WorkloadDetail {
  const rows = eventsOf(seed);
  const methods = new Map<string, number>();
  for (const row of rows) methods.set(row.method, (methods.get(row.method) ?? 0) + 1);
  return {
    workload: workloadRow(seed),
    methods: [...methods].toSorted((a, b) => b[1] - a[1]),
    evidence_event_id: rows[0]?.evidence_event_id ?? null,
    window: { from: coverage.from ?? null, to: coverage.to ?? null },
    coverage: coverageSummary,
  };
}

export function permissions(seed: WorkloadSeed): Permission[] {
  const rows = eventsOf(seed);
  const row = (action: string, status: Permission["status"]): Permission => {
    const seen = rows.filter((event) => event.actions.includes(action) && (status === "denied") === (event.outcome === "denied"));
    const resources = [...new Set(seen.flatMap((event) => event.resources))].toSorted();
    const granted = status === "unused" || status === "used" || status === "unobservable";
    return {
      role_arn: seed.role,
      action,
      status,
      calls: status === "used" || status === "denied" || status === "used_not_granted" ? seen.length : 0,
      last_seen: seen[0]?.event_time ?? null,
      granted_by: granted ? [`${seed.service_account}-access`] : [],
      resources: resources.slice(0, 5),
      resource_count: resources.length,
    };
  };
  return [
    ...seed.used.map((action) => row(action, seed.strays.includes(action) ? "used_not_granted" : "used")),
    ...seed.unused.map((action) => row(action, "unused")),
    ...seed.unobservable.map((action) => row(action, "unobservable")),
    ...seed.denied.map((action) => row(action, "denied")),
  ].toSorted((a, b) => a.action.localeCompare(b.action));
}

function trailDays(): Coverage["trail_days"] {
  const found = new Map<string, { account: string; region: string; day: string; events: number; seen: Set<string> }>();
  for (const event of events) {
    const [account, region, time] = [event.recipient_account_id ?? "", event.aws_region ?? "", event.event_time ?? ""];
    const id = `${account} ${region} ${time.slice(0, 10)}`;
    const row = found.get(id) ?? { account, region, day: time.slice(0, 10), events: 0, seen: new Set<string>() };
    row.events += 1;
    row.seen.add(time.slice(11, 13));
    found.set(id, row);
  }
  return [...found.entries()].toSorted(([a], [b]) => a.localeCompare(b)).map(([, { account, region, day, events: count, seen }]) => ({ account, region, day, events: count, hours: seen.size }));
}

/** One place each account; the second has a gap where its trail stood still. */
function places(): PlaceCoverage[] {
  const window = { region: "eu-west-1", from: "2026-10-05T00:00:00Z", to: "2026-11-02T00:00:00Z", hours: 672 };
  return [
    { ...window, account: "111111111111", basis: "files", missing_hours: 3, gaps: [{ from: "2026-10-17T02:00:00Z", to: "2026-10-17T05:00:00Z", hours: 3 }], gap_count: 1, files: 2016, lag_seconds: { median: 284, p95: 561, max: 1892 }, data_sources: ["dynamodb.amazonaws.com", "s3.amazonaws.com"] },
    {
      ...window, account: "222222222222", basis: "files", missing_hours: 75, gap_count: 4, files: 1702, lag_seconds: { median: 301, p95: 722, max: 9412 }, data_sources: ["s3.amazonaws.com"],
      gaps: [{ from: "2026-10-15T00:00:00Z", to: "2026-10-18T00:00:00Z", hours: 72 }, { from: "2026-10-24T07:00:00Z", to: "2026-10-24T08:00:00Z", hours: 1 }, { from: "2026-10-29T20:00:00Z", to: "2026-10-29T21:00:00Z", hours: 1 }],
    },
    { account: "222222222222", region: "us-east-1", from: "2026-10-28T11:00:00Z", to: "2026-11-02T00:00:00Z", basis: "events", hours: 109, missing_hours: 0, gaps: [], gap_count: 0, files: 0, lag_seconds: null, data_sources: [] },
  ];
}

function dayCalls(): Coverage["days"] {
  const days = Array.from({ length: DAYS }, (_, day) => iso(FIRST_DAY + day * 86_400_000).slice(0, 10));
  return days.flatMap((day) =>
    MECHANISMS.flatMap((mechanism) => {
      const rows = events.filter((event) => event.event_time?.startsWith(day) === true && event.mechanism === mechanism);
      const { calls, denied } = counts(rows);
      return rows.length === 0 ? [] : [{ day, mechanism, calls, denied }];
    }),
  );
}

const CLASS_CALLS = CLASSES.map((name) => ({ class: name, calls: name === "none" ? 41 : events.filter((event) => event.workload_class === name).length }));

export const coverage: Coverage = {
  from: events.at(-1)?.event_time ?? null,
  to: events[0]?.event_time ?? null,
  accounts: ["111111111111", "222222222222"],
  regions: ["eu-west-1"],
  trail_days: trailDays(),
  classes: CLASS_CALLS,
  unattributed: [
    { mechanism: "other", reason: "identity provider is not an EKS cluster", calls: 29 },
    { mechanism: "static_key", reason: "long-lived key: no issue to join", calls: 12 },
  ],
  data_event_sources: ["dynamodb.amazonaws.com", "s3.amazonaws.com"],
  days: dayCalls(),
  places: places(),
  notes: ["No Kubernetes audit log was ingested: with it the pod behind an IRSA token would be known exactly.", "No data events of sqs.amazonaws.com: what its data actions are used for cannot be seen."],
};

const callsOf = (name: Class) => CLASS_CALLS.find((share) => share.class === name)?.calls ?? 0;

export const coverageSummary: CoverageSummary = {
  from: coverage.from ?? null,
  to: coverage.to ?? null,
  exact: callsOf("exact"),
  inferred: callsOf("inferred"),
  claimed: callsOf("claimed"),
  none: callsOf("none"),
  missing_hours: places().reduce((sum, place) => sum + place.missing_hours, 0),
  data_event_sources: coverage.data_event_sources,
};

export const rejects: RejectRow[] = Array.from({ length: 7 }, (_, index) => ({
  source_file: `trails/111111111111_CloudTrail_eu-west-1_202610${10 + index}T0815Z_x.json.gz`,
  position: 1024 * (index + 1),
  reason: index % 2 === 0 ? "expected a JSON object for a record, found a number" : "the file ends inside a record: the upload was probably cut",
  bytes: index % 2 === 0 ? "42" : '{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE',
}));

const UNKNOWN_STATE = { last_event: null, lag_seconds: null, backlog_objects: null, backlog_bytes: null, failed_objects: null, problem: null, noted_at: null };

export const status: Status = {
  version: "0.1.0",
  iam_data_date: "2026-11-02",
  lake: { events_version: 14, derived_version: 14, events: events.length, rejects: rejects.length, files: 6, bytes: 1_842_113, first_event: coverage.from ?? null, last_event: coverage.to ?? null },
  sources: [
    { ...UNKNOWN_STATE, source: "an-old-folder", read: 12, stored: 0, duplicate: 12, rejected: 0, conflict: 0, last_run: "2026-10-29T06:12:44Z" },
    {
      source: "s3://acme-trail/AWSLogs/111111111111", read: 2410, stored: 2280, duplicate: 126, rejected: 4, conflict: 1, last_run: "2026-11-02T06:12:44Z",
      last_event: "2026-11-02T06:08:12Z", lag_seconds: 272, backlog_objects: 0, backlog_bytes: 0, failed_objects: 0, problem: null, noted_at: "2026-11-02T06:12:44Z",
    },
    {
      source: "s3://acme-trail/AWSLogs/222222222222", read: events.length - 2280 + 43, stored: events.length - 2280, duplicate: 40, rejected: 3, conflict: 0, last_run: "2026-11-02T06:12:58Z",
      last_event: "2026-11-02T04:07:44Z", lag_seconds: 7514, backlog_objects: 12, backlog_bytes: 34_200, failed_objects: 3,
      problem: "`s3://acme-trail/AWSLogs/222222222222/CloudTrail/eu-west-1/2026/11/02/222222222222_CloudTrail_eu-west-1_20261102T0410Z_x.json.gz` may not be read: allow s3:GetObject on it to the caller",
      noted_at: "2026-11-02T06:12:58Z",
    },
  ],
  inventory: [["clusters", 2], ["pod_identity_associations", 6], ["pods", 148], ["roles", 17], ["service_accounts", 16]],
};

export function eventDetail(event: EventRow): EventDetail {
  const session = sessions.find((row) => row.session_id === event.session_id);
  const message = `User: ${event.role_arn} is not authorized to perform: ${event.actions[0]} on resource: ${event.resources[0]} because no identity-based policy allows the ${event.actions[0]} action`;
  return {
    event,
    chain: session?.chain ?? [],
    record: {
      event_id: event.event_id, event_time: event.event_time, event_source: event.event_source, event_name: event.event_name,
      aws_region: event.aws_region, recipient_account_id: event.recipient_account_id, source_ip_address: "10.20.14.7",
      user_agent: "aws-sdk-go-v2/1.41.0", access_key_id: event.session_id, error_code: event.error_code ?? null,
      error_message: event.outcome === "denied" ? message : null,
      request_parameters: { tableName: "carts", key: { id: "***" }, tags: ["a", "b"] }, response_elements: { attributes: { count: 1 }, item: { id: "x" } }, extra: { tlsDetails: { tlsVersion: "TLSv1.3" } },
    } as never,
    explanation: [
      `The access key was issued to ${event.namespace}/${event.service_account} in ${event.cluster}.`,
      `Found by: ${event.method}.`,
      event.pod_class === "claimed" ? "The pod rests on a session name that the caller chose, so it is claimed only." : "The issue names the pod.",
    ],
  };
}

export function sessionDetail(id: string): SessionDetail | undefined {
  const session = sessions.find((row) => row.session_id === id);
  if (session === undefined) return undefined;
  const line = [session];
  for (let parent = session.parent_session_id; parent != null; ) {
    const found = sessions.find((row) => row.session_id === parent);
    if (found === undefined) break;
    line.unshift(found);
    parent = found.parent_session_id;
  }
  return {
    session,
    hops: line.map((row) => ({ session: row, issue: events.find((event) => event.event_id === row.issue_event_id) ?? null })),
    children: sessions.filter((row) => row.parent_session_id === id),
    calls: events.filter((event) => event.session_id === id && event.event_id !== session.issue_event_id),
  };
}
