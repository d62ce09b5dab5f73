/** Explanations of the mock estate: events, sessions and workloads, each as a chain of steps. */
import type { EventRow, Explanation, Party, SessionRow, Step } from "../src/api/types.ts";
import { coverageSummary, idOf } from "./answers.ts";
import { events, sessions } from "./estate.ts";
import { WORKLOADS, type WorkloadSeed } from "./seed.ts";

type Who = Pick<SessionRow, "cluster" | "cluster_arn" | "namespace" | "service_account" | "pod" | "mechanism" | "workload_class" | "pod_class">;

const roleName = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1);

const sessionParty = (session: SessionRow): Party => ({
  kind: "session",
  label: `${roleName(session.role_arn ?? "?")} as ${session.session_name ?? session.session_id}`,
  id: session.session_id,
  role_arn: session.role_arn ?? null,
});

function account(who: Who): Party {
  if (who.mechanism === "static_key") return { kind: "user", label: "qa-load-test", id: "arn:aws:iam::222222222222:user/qa-load-test" };
  if (who.mechanism === "node_role") return { kind: "node", label: "i-0123456789abcdef0", id: "arn:aws:ec2:eu-west-1:111111111111:instance/i-0123456789abcdef0" };
  return { kind: "service_account", label: `${who.namespace}/${who.service_account}`, id: `${who.cluster}/${who.namespace}/${who.service_account}` };
}

/** A session with those that asked for it, root first. */
function line(session: SessionRow): SessionRow[] {
  const parent = sessions.find((row) => row.session_id === session.parent_session_id);
  return parent === undefined ? [session] : [...line(parent), session];
}

function stepsOf(session: SessionRow): Step[] {
  const chain = line(session);
  const [root] = chain;
  if (root === undefined) return [];
  const owner = account(root);
  const pod: Party = root.pod == null ? { kind: "unknown", label: "a pod that nothing names", id: null } : { kind: "pod", label: root.pod, id: null };
  const runs: Step = {
    from: owner, to: pod, action: "runs as", at: null, evidence_event_id: root.pod_class === "exact" ? (root.issue_event_id ?? null) : null, class: root.pod_class,
    method: root.pod_class === "exact" ? "tags of the issue" : "session name equals a pod of the ServiceAccount",
    text: root.pod == null ? "Nothing in the log names the pod." : `The pod ${root.pod} runs as ${owner.label}.`,
  };
  return [
    runs,
    ...chain.map((row, index): Step => {
      const before = chain[index - 1];
      const issue = events.find((event) => event.event_id === row.issue_event_id);
      return {
        from: before === undefined ? pod : sessionParty(before),
        to: sessionParty(row),
        action: issue?.actions[0] ?? "sts:AssumeRole",
        at: row.issued_at ?? null,
        evidence_event_id: issue?.event_id ?? null,
        class: row.workload_class,
        method: row.method,
        text: `Credentials of ${roleName(row.role_arn ?? "?")} were issued to ${before === undefined ? owner.label : roleName(before.role_arn ?? "?")}.`,
      };
    }),
  ];
}

function shell(kind: Explanation["subject"]["kind"], id: string, title: string, who: Who, steps: Step[]): Explanation {
  const known = who.cluster != null && who.namespace != null && who.service_account != null;
  return {
    subject: { kind, id, title },
    workload: known ? { id: `${who.cluster}/${who.namespace}/${who.service_account}`, cluster: who.cluster ?? null, cluster_arn: who.cluster_arn ?? null, namespace: who.namespace ?? "", service_account: who.service_account ?? "" } : null,
    pod: who.pod ?? null,
    pod_uid: null,
    mechanism: who.mechanism,
    workload_class: who.workload_class,
    pod_class: who.pod_class,
    steps,
    why_not_stronger: [
      ...(who.workload_class === "exact" ? [] : ["The workload is not exact: no event of the lake issues these credentials. An older part of the trail, or of another region, would hold it."]),
      ...(who.pod_class === "exact" ? [] : ["The pod is not exact: it rests on a session name, which the caller chose. With EKS Pod Identity the issue itself would name the pod."]),
    ],
    text: [title, ...steps.map((step) => step.text)],
    sessions: [],
    roles: [],
    methods: [],
    coverage: coverageSummary,
  };
}

function ofEvent(event: EventRow): Explanation {
  const session = sessions.find((row) => row.session_id === event.session_id);
  const [action = event.event_name ?? "?"] = event.actions;
  const before = session === undefined ? [] : stepsOf(session);
  const service: Party = { kind: "service", label: event.event_source ?? "?", id: event.event_source ?? null };
  const from: Party = session === undefined ? { kind: "unknown", label: "credentials that are not in the lake", id: null } : sessionParty(session);
  const steps = event.event_id === session?.issue_event_id
    ? before
    : [...before, { from, to: service, action, at: event.event_time ?? null, evidence_event_id: event.event_id, class: event.workload_class, method: event.method, text: `The call itself: ${action}, ${event.outcome}.` }];
  return shell("event", event.event_id, `${action} at ${event.event_time}`, event, steps);
}

function ofWorkload(seed: WorkloadSeed): Explanation | undefined {
  const mine = sessions.filter((row) => row.cluster === seed.cluster && row.namespace === seed.namespace && row.service_account === seed.service_account);
  const latest = mine.find((row) => !mine.some((other) => other.parent_session_id === row.session_id));
  if (latest === undefined) return undefined;
  const brief = mine.slice(0, 5).map(({ session_id, role_arn, session_name, issued_at, pod, pod_class, calls }) => ({
    session_id, role_arn: role_arn ?? null, session_name: session_name ?? null, issued_at: issued_at ?? null, pod: pod ?? null, pod_class, calls,
  }));
  const roles = [...new Set(mine.map((row) => row.role_arn ?? ""))].map((role_arn) => {
    const own = mine.filter((row) => row.role_arn === role_arn);
    const sum = (value: (row: SessionRow) => number) => own.reduce((total, row) => total + value(row), 0);
    return { role_arn, calls: sum((row) => row.calls - row.denied), denied: sum((row) => row.denied), last_seen: own[0]?.last_call ?? null };
  });
  const methods = [{ method: latest.method, class: latest.workload_class, calls: roles.reduce((total, role) => total + role.calls, 0) }];
  return { ...shell("workload", idOf(seed), idOf(seed), latest, stepsOf(latest)), sessions: brief, roles, methods };
}

/** What stands behind an id, whatever it is the id of. */
export function explain(id: string): Explanation | undefined {
  const event = events.find((row) => row.event_id === id);
  if (event !== undefined) return ofEvent(event);
  const session = sessions.find((row) => row.session_id === id);
  if (session !== undefined) return shell("session", id, `The credentials ${id}`, session, stepsOf(session));
  const seed = WORKLOADS.find((row) => [idOf(row), `arn:aws:eks:eu-west-1:${row.account}:cluster/${idOf(row)}`].includes(id));
  return seed && ofWorkload(seed);
}
