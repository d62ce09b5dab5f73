/** A proposal for each workload of the estate, as it is asked for; and the same as a file. */
import type { Denial, GrantReason, Grouping, Permission, PolicyKind, PolicyOut, Recommendation, RoleRecommendation, StatementReason, Widened } from "../src/api/types.ts";
import { coverage, eventsOf, idOf, permissions } from "./answers.ts";
import { WORKLOADS, type WorkloadSeed } from "./seed.ts";

type Options = Recommendation["options"];

const HISTORY_DAYS = 28;
const ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
const ACTIONS = new Set(WORKLOADS.flatMap((seed) => [seed.used, seed.unused, seed.unobservable, seed.denied].flat()));

const listOf = (text: string | null) => (text ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
const serviceOf = (action: string) => action.split(":")[0] ?? "";
const covers = (pattern: string, action: string) => (pattern.endsWith("*") ? action.startsWith(pattern.slice(0, -1)) : action === pattern);

/** What is asked for, or what is wrong with it. */
export function optionsOf(query: URLSearchParams): Options | string {
  const [keep, never_remove] = [listOf(query.get("keep")), listOf(query.get("never_remove"))];
  const wrong = keep.find((entry) => !ACTIONS.has(entry.split("=")[0] ?? ""));
  if (wrong !== undefined) return `\`keep\` names \`${wrong}\`, and there is no such action; did you mean \`${[...ACTIONS].find((action) => action.startsWith(serviceOf(wrong))) ?? "s3:GetObject"}\`?`;
  const idle = never_remove.find((pattern) => ![...ACTIONS].some((action) => covers(pattern, action)));
  if (idle !== undefined) return `\`never_remove\` names \`${idle}\`, and there is no such action; accepted: \`service:Action\``;
  return {
    min_age_days: Number(query.get("min_age_days") ?? 0),
    keep,
    never_remove,
    group: (query.get("group") ?? "resources") as Grouping,
    attach: (query.get("attach") ?? "managed") as PolicyKind,
    abac: query.get("abac") === "true",
    source_vpce: query.get("source_vpce") === "true",
  };
}

const DEFAULTS = optionsOf(new URLSearchParams()) as Options;

/** An action that stays, with why. */
interface Stay {
  mark: Permission;
  reason: GrantReason;
}

/** What was used, then what is asked for besides. */
function stays(marks: Permission[], options: Options): Stay[] {
  const why = (mark: Permission): GrantReason | undefined => {
    if (mark.status === "used" || mark.status === "used_not_granted") return "used";
    if (mark.status === "denied") return undefined;
    if (options.keep.some((entry) => entry.split("=")[0] === mark.action)) return "keep_list";
    return options.never_remove.some((pattern) => covers(pattern, mark.action)) ? "never_remove" : undefined;
  };
  return marks.flatMap((mark) => {
    const reason = why(mark);
    return reason === undefined ? [] : [{ mark, reason }];
  });
}

const resourcesOf = (stay: Stay | undefined) => (stay !== undefined && stay.mark.resources.length > 0 ? stay.mark.resources : ["*"]);

/** What shares a statement: the same service, resources and reason; or nothing does. */
function grouped(kept: Stay[], group: Grouping): Stay[][] {
  const groups = new Map<string, Stay[]>();
  for (const stay of kept) {
    const key = group === "action" ? stay.mark.action : [serviceOf(stay.mark.action), stay.reason === "used", ...resourcesOf(stay)].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), stay]);
  }
  return [...groups.values()];
}

const WIDENED: Widened = { from_count: 231, pattern: "arn:aws:s3:::acme-orders/exports/*", why: "more than 50 keys share this prefix" };
const sidOf = (group: Stay[]) => group.map(({ mark }) => mark.action).join("").replaceAll(/\W/g, "");

function reasonOf(seed: WorkloadSeed, policy: string, group: Stay[]): StatementReason {
  const actions = group.map(({ mark }) => mark.action);
  const calls = group.reduce((sum, { mark }) => sum + mark.calls, 0);
  const seen = eventsOf(seed).filter((event) => event.outcome !== "denied" && event.actions.some((action) => actions.includes(action)));
  const [first, last] = [seen.at(-1)?.event_time ?? null, seen[0]?.event_time ?? null];
  const used = group.some(({ reason }) => reason === "used");
  return {
    policy,
    sid: sidOf(group),
    actions,
    why: used ? `${calls} calls, the first on ${first?.slice(0, 10)}, the last on ${last?.slice(0, 10)}` : "kept on request: no call in the window needs it",
    calls,
    first_seen: used ? first : null,
    last_seen: used ? last : null,
    sample_event_ids: used ? seen.slice(-3).map((event) => event.event_id) : [],
    widened: used && actions.includes("s3:GetObject") ? [WIDENED] : [],
  };
}

function policyOf(name: string, kind: PolicyKind, statements: object[]): PolicyOut {
  const document = { Version: "2012-10-17", Statement: statements };
  return { name, kind, characters: JSON.stringify(document).length, document: document as never };
}

function currentPolicies(seed: WorkloadSeed): PolicyOut[] {
  const services = [...new Set([...seed.used, ...seed.unused].map(serviceOf))].toSorted();
  const broad = policyOf(`${seed.service_account}-access`, "managed", services.map((service) => ({ Sid: `${service}All`, Effect: "Allow", Action: `${service}:*`, Resource: "*" })));
  return seed.account === "111111111111" ? [broad, { name: "AmazonSSMManagedInstanceCore", kind: "managed", characters: 0, document: null }] : [broad];
}

function trust(seed: WorkloadSeed): RoleRecommendation["trust"] {
  const document = (condition: object) => ({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Federated: ISSUER }, Action: "sts:AssumeRoleWithWebIdentity", Condition: condition }] });
  return {
    current: document({ StringLike: { [`${ISSUER}:sub`]: "system:serviceaccount:*" } }) as never,
    proposed: document({ StringEquals: { [`${ISSUER}:aud`]: "sts.amazonaws.com", [`${ISSUER}:sub`]: `system:serviceaccount:${seed.namespace}:${seed.service_account}` } }) as never,
    why: ["The subject is a wildcard today: any ServiceAccount of the cluster can assume the role.", "Only this ServiceAccount used it in the window."],
  };
}

function replay(seed: WorkloadSeed): RoleRecommendation["replay"] {
  const rows = eventsOf(seed).filter((event) => event.outcome !== "denied");
  const unknown = rows.filter((event) => event.event_source === "sts.amazonaws.com");
  const sample = (unknown[0] ?? rows[0])?.event_id ?? "";
  return {
    calls: rows.length,
    allowed: rows.length - unknown.length,
    denied: 0,
    unknown: unknown.length,
    counterexamples: unknown.length === 0 ? [] : [{ action: "sts:AssumeRole", resource: seed.role, decision: "unknown", missing_keys: ["sts:ExternalId", "aws:PrincipalOrgID"], calls: unknown.length, sample_event_id: sample }],
  };
}

type Refusal = Pick<Denial, "layer" | "explicit" | "reason" | "why_not">;
const BY_ROLE: Refusal = { layer: "identity", explicit: false, reason: "nothing in the role's policies allows it (as the call's message says)", why_not: null };
/** The first refusal of a workload is the role's own policies', the second the boundary's, the third a Deny of the organization's. */
const REFUSALS: readonly Refusal[] = [
  BY_ROLE,
  { layer: "boundary", explicit: false, reason: "nothing in the permissions boundary allows it (as the call's message says)", why_not: "widening the role alone does not help: the permissions boundary must allow it; the statement is for that policy" },
  { layer: "service_control", explicit: true, reason: "a Deny in a service control policy of the organization refuses it (as the call's message says)", why_not: "a Deny wins over every Allow: the statement in a service control policy of the organization must go or make an exception" },
];

function denial(seed: WorkloadSeed, mark: Permission, at: number): Denial {
  const resource = mark.resources[0] ?? "*";
  const refusal = REFUSALS[at % REFUSALS.length] ?? BY_ROLE;
  const sample = eventsOf(seed).find((event) => event.outcome === "denied" && event.actions.includes(mark.action));
  return {
    ...refusal,
    action: mark.action,
    resource,
    calls: mark.calls,
    last_seen: mark.last_seen ?? null,
    sample_event_id: sample?.event_id ?? "",
    statement: refusal.explicit ? null : ({ Effect: "Allow", Action: [mark.action], Resource: [resource] } as never),
  };
}

/** Why there is no proposal with these options, as the server says it. */
function whyNone(seed: WorkloadSeed, kept: Stay[], options: Options): string | null {
  const none = `no recommendation for \`${seed.role}\``;
  if (kept.length === 0) return `${none}: no call is in the window: widen it, or check that its trail is in the lake`;
  if (options.min_age_days > HISTORY_DAYS) return `${none}: its use goes back ${HISTORY_DAYS} days, less than the ${options.min_age_days} asked for; wait, or ask for a smaller minimum age`;
  if (options.attach === "association" && seed.mechanism !== "pod_identity") {
    return `${none}: only a Pod Identity association takes a session policy, and this role is not used through one; \`podtrail migrate\` shows the way from IRSA`;
  }
  return null;
}

function ofRole(seed: WorkloadSeed, marks: Permission[], kept: Stay[], options: Options): RoleRecommendation {
  const name = `${seed.service_account}-least`;
  const groups = grouped(kept, options.group);
  const staying = new Set(kept.map(({ mark }) => mark.action));
  const gone = (actions: string[]) => actions.filter((action) => !staying.has(action)).toSorted();
  return {
    role_arn: seed.role,
    attach: options.attach,
    policies: [policyOf(name, options.attach, groups.map((group) => ({ Sid: sidOf(group), Effect: "Allow", Action: group.map(({ mark }) => mark.action), Resource: resourcesOf(group[0]) })))],
    statements: groups.map((group) => reasonOf(seed, name, group)),
    current_policies: currentPolicies(seed),
    trust: trust(seed),
    replay: replay(seed),
    granted: seed.used.length + seed.unused.length + seed.unobservable.length,
    kept: kept.map((stay) => ({ action: stay.mark.action, reason: stay.reason, resources: resourcesOf(stay), calls: stay.mark.calls, last_seen: stay.mark.last_seen ?? null })),
    removed: gone([...seed.unused, ...seed.unobservable]),
    denied_demand: denials(seed, marks),
    unobservable: gone(seed.unobservable),
    widened: staying.has("s3:GetObject") ? [WIDENED] : [],
    warnings: seed.sharedBy > 1 ? [{ code: "shared_role", message: `the role is shared by ${seed.sharedBy} workloads: give this one a role of its own before applying`, statement: null }] : [],
    evidence: Object.fromEntries(kept.filter(({ reason }) => reason === "used").map(({ mark }) => [mark.action, eventsOf(seed).filter((event) => event.actions.includes(mark.action)).slice(0, 3).map((event) => event.event_id)])),
  };
}

function denials(seed: WorkloadSeed, marks: Permission[]): Denial[] {
  return marks.filter((mark) => mark.status === "denied").map((mark, at) => denial(seed, mark, at));
}

export function recommendation(seed: WorkloadSeed, options: Options = DEFAULTS): Recommendation {
  const marks = permissions(seed);
  const kept = stays(marks, options);
  const note = whyNone(seed, kept, options);
  return {
    workload: idOf(seed),
    mechanism: [seed.mechanism],
    window: { from: coverage.from ?? null, to: coverage.to ?? null },
    coverage,
    options,
    recommendations: note === null ? [ofRole(seed, marks, kept, options)] : [],
    unproposed: note === null ? [] : [{ role_arn: seed.role, why: note, denied_demand: denials(seed, marks) }],
    note,
  };
}

export interface MockFile {
  name: string;
  type: string;
  text: string;
}

/** The file of a format; the real server's writers are far more careful. Nothing for a name that is no format. */
export function fileOf(proposal: Recommendation, format: string): MockFile | undefined {
  const documents = proposal.recommendations.flatMap((role) => role.policies).map((one) => ({ name: one.name, statements: (one.document as unknown as { Statement: Statement[] }).Statement }));
  const stem = proposal.workload.split("/").slice(-2).join("-");
  const yaml = (head: string) => documents.flatMap(({ name, statements }) => [head, `  # ${name}`, ...statements.flatMap((one) => [`  - Sid: "${one.Sid}"`, '    Effect: "Allow"', "    Action:", ...one.Action.map((action) => `      - "${action}"`)])]).join("\n");
  const [json, yml] = ["application/json", "application/yaml"];
  const files: Record<string, MockFile> = {
    iam: { name: `${stem}.json`, type: json, text: JSON.stringify(documents, null, 2) },
    "iam-minified": { name: `${stem}.json`, type: json, text: JSON.stringify(documents) },
    terraform: { name: `${stem}.tf`, type: "text/plain; charset=utf-8", text: documents.map(terraform).join("\n") },
    cloudformation: { name: `${stem}.yaml`, type: yml, text: yaml('AWSTemplateFormatVersion: "2010-09-09"\nResources:') },
    eksctl: { name: `${stem}.yaml`, type: yml, text: yaml('apiVersion: "eksctl.io/v1alpha5"\nkind: "ClusterConfig"\nstatement:') },
  };
  const file = files[format];
  return file && { ...file, text: documents.length === 0 ? "# Nothing is recommended.\n" : `${file.text}\n` };
}

interface Statement {
  Sid: string;
  Action: string[];
  Resource: string[];
}

const list = (values: string[]) => `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;

function terraform({ name, statements }: { name: string; statements: Statement[] }): string {
  const one = (statement: Statement) => `  statement {\n    sid       = "${statement.Sid}"\n    effect    = "Allow"\n    actions   = ${list(statement.Action)}\n    resources = ${list(statement.Resource)}\n  }`;
  return `# ${name}\ndata "aws_iam_policy_document" "${name}" {\n${statements.map(one).join("\n\n")}\n}\n`;
}
