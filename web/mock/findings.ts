/** Findings of the mock estate: some of each severity, with commands, documents, and evidence among its events. */
import type { Finding, FindingKind, FindingPage, Severity } from "../src/api/types.ts";
import { coverageSummary, eventsOf, idOf } from "./answers.ts";
import { recommendation } from "./recommendation.ts";
import { WORKLOADS, type WorkloadSeed } from "./seed.ts";

const TITLES: Partial<Record<FindingKind, readonly [Severity, string]>> = {
  session_used_elsewhere: ["high", "A workload's session was used where its cluster is not"],
  session_after_pod_end: ["critical", "A pod's session was used after the pod's end"],
  trust_wildcard_sub: ["medium", "The trusted ServiceAccount is a pattern"],
  shared_role: ["low", "Several workloads share a role"],
  static_key_from_cluster: ["high", "A user's long-lived access key is used from a cluster"],
  node_role_fallback: ["medium", "A node's role is used for what no node agent does"],
  dead_association: ["low", "A Pod Identity association is not used"],
  denied_demand: ["low", "A workload was refused what it asked for"],
  role_chain: ["info", "A workload reaches further roles"],
};

/** Twelve digits that follow from the text, and stay. */
function digits(text: string): string {
  let state = 17;
  for (const letter of text) state = (state * 31 + (letter.codePointAt(0) ?? 0)) % 281_474_976_710_656;
  return Math.floor(state).toString(16).padStart(12, "0").slice(-12);
}

function finding(kind: FindingKind, seeds: WorkloadSeed[], subject: string, rest: Partial<Finding> & Pick<Finding, "why" | "remedy">): Finding {
  const [severity, title] = TITLES[kind] ?? ["info", kind];
  const seen = seeds.flatMap(eventsOf).toSorted((a, b) => (a.event_time ?? "").localeCompare(b.event_time ?? ""));
  const [first] = seeds;
  return {
    id: `${kind}-${digits(`${kind} ${subject}`)}`,
    kind,
    severity,
    title,
    subject,
    account: first?.account ?? null,
    cluster: first?.cluster ?? null,
    workloads: seeds.map(idOf),
    roles: [...new Set(seeds.map((seed) => seed.role))],
    evidence: seen.slice(0, 3).map((event) => ({ event_id: event.event_id, text: `${event.actions[0] ?? "a call"} by ${event.pod ?? "an instance"} at ${event.event_time ?? "?"}` })),
    first_seen: seen[0]?.event_time ?? null,
    last_seen: seen.at(-1)?.event_time ?? null,
    ...rest,
  };
}

function ofWorkload(seed: WorkloadSeed): Finding[] {
  const id = idOf(seed);
  const found: Finding[] = [];
  if (seed.denied.length > 0) {
    const denied = eventsOf(seed).filter((event) => event.outcome === "denied");
    found.push(
      finding("denied_demand", [seed], id, {
        why: `${denied.length} calls of \`${id}\` were refused: ${seed.denied.join(", ")}. It either lacks a permission that it needs, or tries what it should not.`,
        evidence: denied.slice(0, 3).map((event) => ({ event_id: event.event_id, text: `${event.actions[0]} was refused: ${event.error_code}` })),
        first_seen: denied.at(-1)?.event_time ?? null,
        last_seen: denied[0]?.event_time ?? null,
        remedy: { summary: "Decide whether it is needed; the smallest statement for each is in the workload's denied calls.", command: `podtrail recommend ${id}`, patch: null, patch_of: null },
      }),
    );
  }
  if (seed.mechanism === "irsa" && seed.used.length > 0) {
    found.push(
      finding("trust_wildcard_sub", [seed], seed.role, {
        id: `trust_wildcard_sub-${digits(`${id} ${seed.role}`)}`,
        why: `The trust policy accepts \`system:serviceaccount:*\`: any ServiceAccount of the cluster ${seed.cluster} can assume \`${seed.role}\`.`,
        evidence: [{ event_id: null, text: `the inventory's trust policy of ${seed.role}` }],
        first_seen: null,
        last_seen: null,
        remedy: {
          summary: "Name the ServiceAccount in the trust policy.",
          command: `aws iam update-assume-role-policy --role-name ${seed.role.split("/").at(-1)} --policy-document file://trust.json`,
          patch: recommendation(seed).recommendations[0]?.trust.proposed ?? null,
          patch_of: `trust policy of ${seed.role}`,
        },
      }),
    );
  }
  if (seed.activity === 0) {
    found.push(
      finding("dead_association", [seed], id, {
        why: `No session was ever issued by the association of \`${id}\`. It is a door that nobody uses.`,
        evidence: [{ event_id: null, text: "the inventory lists the association; the trail has no issue of it" }],
        remedy: { summary: "Delete the association, then the role.", command: `aws eks delete-pod-identity-association --cluster-name ${seed.cluster} --association-id a-0123456789abcdef0`, patch: null, patch_of: null },
      }),
    );
  }
  if (seed.hops !== undefined) {
    found.push(
      finding("role_chain", [seed], id, {
        why: `\`${id}\` assumes ${seed.hops.length} further roles from its own: what they allow, it can do.`,
        roles: [seed.role, ...seed.hops],
        remedy: { summary: "Nothing to do when the chain is meant. Review the roles at its end.", command: null, patch: null, patch_of: null },
      }),
    );
  }
  return found;
}

const by = (name: string) => WORKLOADS.filter((seed) => idOf(seed) === name);

function special(): Finding[] {
  const shared = WORKLOADS.filter((seed) => seed.role.endsWith("/shop-data-access"));
  const [runner, load, node, ledger] = [by("prod-eu/ci/runner"), by("staging/qa/load-test"), by("prod-eu/legacy/reports"), by("prod-eu/payments/ledger")];
  const recent = { first_seen: "2026-10-30T09:41:12Z", last_seen: "2026-11-01T16:02:44Z" };
  return [
    finding("session_after_pod_end", ledger, "ASIAMOCKLEDGERAFTEREND0", {
      why: "The pod `ledger-7d9f` ended at 09:12 UTC; 31 calls were made with its credentials after that, the last two hours later. Somebody may have copied them.",
      ...recent,
      remedy: { summary: "Revoke the role's sessions, then look at what was done with them.", command: "aws iam put-role-policy --role-name payments-ledger --policy-name revoke-older-sessions --policy-document file://revoke.json", patch: { Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "*", Resource: "*", Condition: { DateLessThan: { "aws:TokenIssueTime": "2026-11-01T16:02:44Z" } } }] }, patch_of: null },
    }),
    finding("session_used_elsewhere", runner, "ASIAMOCKRUNNERELSEWHERE", {
      why: "Calls with one session of `prod-eu/ci/runner` came from 198.51.100.77, which is no address of the cluster's VPC or its NAT gateways.",
      ...recent,
      remedy: { summary: "Find out who holds the credentials; revoke the role's sessions if nobody should.", command: null, patch: null, patch_of: null },
    }),
    finding("static_key_from_cluster", load, "AKIAMOCKQALOADTEST00", {
      why: "A long-lived key of the IAM user `qa-load-test` is used from the cluster `staging`. It does not expire and names no workload.",
      remedy: { summary: "Give the ServiceAccount a role by Pod Identity, then delete the key.", command: "aws iam delete-access-key --user-name qa-load-test --access-key-id AKIAMOCKQALOADTEST00", patch: null, patch_of: null },
    }),
    finding("node_role_fallback", node, "arn:aws:iam::111111111111:role/prod-node", {
      why: "`s3:GetObject` on the node's role is no call of a node agent: a pod without credentials of its own uses those of its node, and with it whatever any pod on the node may do.",
      remedy: { summary: "Give the ServiceAccount a role of its own, and set the hop limit of the instances to 1.", command: "aws ec2 modify-instance-metadata-options --instance-id i-0123456789abcdef0 --http-tokens required --http-put-response-hop-limit 1", patch: null, patch_of: null },
    }),
    finding("shared_role", shared, "arn:aws:iam::111111111111:role/shop-data-access", {
      why: "Three workloads share `shop-data-access`: each can do what any of them needs.",
      remedy: { summary: "Give each workload a role of its own; the proposals are made by workload.", command: shared.map((seed) => `podtrail recommend ${idOf(seed)}`).join("\n"), patch: null, patch_of: null },
    }),
  ];
}

const ORDER: Severity[] = ["critical", "high", "medium", "low", "info"];

export const findings: Finding[] = [...special(), ...WORKLOADS.flatMap(ofWorkload)].toSorted(
  (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || a.id.localeCompare(b.id),
);

/** The page that a query asks for, as the server answers it. */
export function findingsPage(query: URLSearchParams): FindingPage {
  const text = (query.get("q") ?? "").toLowerCase();
  const wanted = (name: string, values: string[]) => query.get(name) === null || values.includes(query.get(name) ?? "");
  const rows = findings.filter(
    (row) =>
      wanted("severity", [row.severity]) && wanted("kind", [row.kind]) && wanted("workload", row.workloads) && wanted("role", row.roles) &&
      JSON.stringify([row.title, row.subject, row.workloads, row.roles, row.why]).toLowerCase().includes(text),
  );
  const start = Number(query.get("cursor") ?? 0);
  const end = start + Number(query.get("limit") ?? 100);
  const count = (severity: Severity) => rows.filter((row) => row.severity === severity).length;
  return {
    items: rows.slice(start, end),
    next: end < rows.length ? String(end) : null,
    total: rows.length,
    coverage: coverageSummary,
    counts: { critical: count("critical"), high: count("high"), medium: count("medium"), low: count("low"), info: count("info") },
  };
}
