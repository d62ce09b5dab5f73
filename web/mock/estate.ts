/**
 * A small invented estate for development and tests: the same on every run. Its shapes are the API's;
 * its numbers only have to agree with each other, since every rule lives in the server.
 */
import type { Class, EventRow, Mechanism, SessionRow } from "../src/api/types.ts";
import { SERVICES, WORKLOADS, type WorkloadSeed } from "./seed.ts";

export const FIRST_DAY = Date.UTC(2026, 9, 5);
export const DAYS = 28;
const DAY = 86_400_000;

/** Park-Miller: a fixed stream, so that screenshots and tests repeat. */
function stream(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const next = stream(20_261_123);
const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
const hex = (length: number) => Array.from({ length }, () => Math.floor(next() * 16).toString(16)).join("");
const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
const key = () => `ASIA${Array.from({ length: 16 }, () => pick([..."ABCDEFGHJKLMNPQRSTUVWXYZ234567"])).join("")}`;
export const iso = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;

export const sessions: SessionRow[] = [];
export const events: EventRow[] = [];

const METHOD: Record<Mechanism, string> = {
  irsa: "access key of a web identity issue",
  pod_identity: "access key of a Pod Identity issue",
  node_role: "instance role: the pod is not named",
  static_key: "long-lived key: no issue to join",
  other: "identity provider is not an EKS cluster",
};

function classOf(seed: WorkloadSeed): Class {
  return seed.class ?? "exact";
}

function baseSession(seed: WorkloadSeed, time: number): SessionRow {
  const pod = `${seed.service_account}-${hex(9)}-${hex(5)}`;
  const named = seed.mechanism === "irsa" || seed.mechanism === "pod_identity";
  return {
    session_id: key(),
    role_arn: seed.role,
    session_name: seed.mechanism === "pod_identity" ? `eks-${seed.cluster}-${pod}` : String(time),
    issued_at: iso(time),
    expires_at: iso(time + (seed.mechanism === "pod_identity" ? 6 : 1) * 3_600_000),
    mechanism: seed.mechanism,
    cluster: seed.cluster,
    cluster_arn: `arn:aws:eks:eu-west-1:${seed.account}:cluster/${seed.cluster}`,
    namespace: seed.namespace,
    service_account: seed.service_account,
    pod: named ? pod : null,
    workload_class: classOf(seed),
    pod_class: seed.mechanism === "irsa" ? "claimed" : classOf(seed),
    parent_session_id: null,
    chain: [seed.role],
    issue_event_id: uuid(),
    method: METHOD[seed.mechanism],
    calls: 0,
    denied: 0,
    last_call: null,
  };
}

function call(session: SessionRow, seed: WorkloadSeed, action: string, time: number, denied: boolean): EventRow {
  const [prefix = "", name = ""] = action.split(":");
  const resource = pick(SERVICES[prefix]?.resources ?? ["*"]).replace("ACCOUNT", seed.account);
  const failed = !denied && next() < 0.03;
  session.calls += 1;
  session.denied += denied ? 1 : 0;
  session.last_call = iso(time);
  return {
    ...attribution(session),
    event_id: uuid(),
    event_time: iso(time),
    recipient_account_id: seed.account,
    aws_region: "eu-west-1",
    event_source: SERVICES[prefix]?.source ?? `${prefix}.amazonaws.com`,
    event_name: name,
    outcome: denied ? "denied" : failed ? "error" : "ok",
    actions: [action],
    resources: [resource],
    counted: true,
    error_code: denied ? "AccessDenied" : failed ? "ThrottlingException" : null,
  };
}

function attribution(session: SessionRow) {
  const { session_id, mechanism, workload_class, pod_class, method } = session;
  const { role_arn = null, cluster = null, cluster_arn = null, namespace = null, service_account = null, pod = null } = session;
  const who = { role_arn, session_id, mechanism, cluster, cluster_arn, namespace, service_account, pod };
  return { ...who, workload_class, pod_class, method, evidence_event_id: session.issue_event_id ?? null };
}

/** The event that issued a session's credentials. */
function issue(session: SessionRow, account: string): EventRow {
  const names: Record<Mechanism, string> = {
    irsa: "AssumeRoleWithWebIdentity",
    pod_identity: "AssumeRole",
    node_role: "AssumeRole",
    static_key: "CreateAccessKey",
    other: "AssumeRoleWithWebIdentity",
  };
  const name = session.parent_session_id == null ? names[session.mechanism] : "AssumeRole";
  return {
    ...attribution(session),
    event_id: session.issue_event_id ?? uuid(),
    event_time: session.issued_at ?? null,
    recipient_account_id: account,
    aws_region: "eu-west-1",
    event_source: "sts.amazonaws.com",
    event_name: name,
    outcome: "ok",
    actions: [`sts:${name}`],
    resources: session.role_arn == null ? [] : [session.role_arn],
    counted: true,
    error_code: null,
  };
}

function hop(parent: SessionRow, seed: WorkloadSeed, role: string): SessionRow {
  return {
    ...parent,
    session_id: key(),
    role_arn: role,
    session_name: `${seed.service_account}-reader`,
    issued_at: iso(Date.parse(parent.issued_at ?? "") + 300_000),
    parent_session_id: parent.session_id,
    chain: [...parent.chain, role],
    issue_event_id: uuid(),
    method: "caller's session is known",
    calls: 0,
    denied: 0,
  };
}

function fill(session: SessionRow, seed: WorkloadSeed): void {
  const start = Date.parse(session.issued_at ?? "");
  sessions.push(session);
  events.push(issue(session, seed.account));
  const calls = 4 + Math.floor(next() * 14);
  for (let i = 0; i < calls; i++) {
    const denied = seed.denied.length > 0 && next() < 0.12;
    const action = denied ? pick(seed.denied) : pick(seed.used);
    events.push(call(session, seed, action, start + (i + 1) * 150_000, denied));
  }
}

for (const seed of WORKLOADS) {
  for (let day = seed.starts ?? 0; day < DAYS; day++) {
    const quiet = seed.used.length === 0 || next() > seed.activity || (seed.account === "222222222222" && day > 9 && day < 13);
    if (quiet) continue;
    const session = baseSession(seed, FIRST_DAY + day * DAY + Math.floor(next() * 80_000) * 1000);
    fill(session, seed);
    if (seed.hops !== undefined) {
      const [first, ...rest] = seed.hops.map((role) => role);
      if (first === undefined) continue;
      let parent = hop(session, seed, first);
      fill(parent, seed);
      for (const role of rest) {
        parent = hop(parent, seed, role);
        fill(parent, seed);
      }
    }
  }
}

const newestFirst = (a: string | null | undefined, b: string | null | undefined) => (b ?? "").localeCompare(a ?? "");
sessions.sort((a, b) => newestFirst(a.issued_at, b.issued_at));
events.sort((a, b) => newestFirst(a.event_time, b.event_time) || a.event_id.localeCompare(b.event_id));
