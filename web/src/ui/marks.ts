/**
 * One colour a meaning, everywhere. Each record is keyed by the API's own enum, so that a mark, class,
 * outcome or mechanism that is added there does not compile here until it has a word, a shape and a colour.
 */
import type { Class, DenialLayer, FindingKind, GapBasis, GrantReason, Mechanism, NodeKind, Outcome, PartyKind, PermissionStatus, PolicyKind, Severity } from "../api/types";
import type { IconName } from "./Icon";

export type ShapeName = "disc" | "ring" | "dashed" | "half" | "quarter" | "cross" | "diamond" | "triangle" | "check" | "square" | "bars4" | "bars3" | "bars2" | "bars1" | "bars0" | "plus";

export interface Mark {
  word: string;
  shape: ShapeName;
  /** A custom property of `styles/tokens.css`. */
  color: `--${string}`;
  /** What it means, in a sentence. */
  says: string;
}

export const PERMISSION_MARK: Record<PermissionStatus, Mark> = {
  used: { word: "Used", shape: "check", color: "--mark-used", says: "Granted, and seen in use." },
  unused: { word: "Unused", shape: "ring", color: "--mark-unused", says: "Granted; this trail would show its use, and shows none." },
  unobservable: {
    word: "Unobservable",
    shape: "dashed",
    color: "--mark-unobservable",
    says: "Granted; this trail cannot show whether it is used, so it is not called unused.",
  },
  denied: { word: "Denied", shape: "cross", color: "--denied", says: "Asked for and refused." },
  used_not_granted: {
    word: "Not granted",
    shape: "diamond",
    color: "--mark-stray",
    says: "Seen in use though no known policy grants it: a policy changed since, or a resource policy grants it.",
  },
};

/** Why an action is in a proposal. */
export const GRANT_REASON: Record<GrantReason, Mark> = {
  used: PERMISSION_MARK.used,
  keep_list: { word: "On request", shape: "plus", color: "--mark-requested", says: "No call in the window needs it: it stays because it stands in the list of what to keep." },
  never_remove: { word: "Never removed", shape: "plus", color: "--mark-requested", says: "No call in the window needs it: it stays because it is granted today and must never be removed." },
};

export const CLASS_MARK: Record<Class, Mark> = {
  exact: { word: "Exact", shape: "disc", color: "--class-exact", says: "Joined to the one event that issued the credentials." },
  inferred: { word: "Inferred", shape: "half", color: "--class-inferred", says: "No issue event names it; inventory or history leave exactly one candidate." },
  claimed: { word: "Claimed", shape: "quarter", color: "--class-claimed", says: "Rests on a name or tag that the caller chose." },
  none: { word: "None", shape: "dashed", color: "--class-none", says: "Not attributed; the method says why." },
};

export const OUTCOME_MARK: Record<Outcome, Mark> = {
  ok: { word: "OK", shape: "check", color: "--outcome-ok", says: "It worked." },
  denied: { word: "Denied", shape: "cross", color: "--denied", says: "Refused by authorisation." },
  error: { word: "Error", shape: "triangle", color: "--outcome-error", says: "Authorised, then failed: it counts as use." },
};

export const MECHANISM_MARK: Record<Mechanism, Mark> = {
  irsa: { word: "IRSA", shape: "square", color: "--mechanism-irsa", says: "IAM Roles for Service Accounts: a web identity token of the cluster." },
  pod_identity: { word: "Pod Identity", shape: "square", color: "--mechanism-pod-identity", says: "EKS Pod Identity." },
  node_role: { word: "Node role", shape: "square", color: "--mechanism-node-role", says: "An EC2 instance's role." },
  static_key: { word: "Static key", shape: "square", color: "--mechanism-static-key", says: "A long-lived access key of an IAM user." },
  other: { word: "Other", shape: "square", color: "--mechanism-other", says: "People, other services, other identity providers." },
};

export const POLICY_KIND: Record<PolicyKind, string> = {
  managed: "managed policy",
  inline: "inline policy",
  association: "session policy of the Pod Identity association",
};

/** The kind of policy that refused a call, and whose policy a statement is for that would allow it. */
export const DENIAL_LAYER: Record<DenialLayer, { word: string; says: string; into: string }> = {
  identity: { word: "Role's policies", says: "The policies of the role itself.", into: "the role's policies" },
  resource: { word: "Resource's policy", says: "The policy of the resource, as of a bucket, a key or a queue.", into: "the resource's policy" },
  session: { word: "Session policy", says: "The policy that the session was issued with, as that of a Pod Identity association.", into: "the session policy" },
  boundary: { word: "Permissions boundary", says: "The upper bound of what the role may be allowed.", into: "the permissions boundary" },
  vpc_endpoint: { word: "VPC endpoint's policy", says: "The policy of the VPC endpoint that the call came through.", into: "the VPC endpoint's policy" },
  service_control: { word: "Service control policy", says: "A policy of the organization about its accounts.", into: "a service control policy of the organization" },
  resource_control: { word: "Resource control policy", says: "A policy of the organization about its resources.", into: "a resource control policy of the organization" },
  unstated: { word: "Not known", says: "Neither the call's message nor what is known of the role says which policy refused it.", into: "the role's policies, as far as they are what refuses it" },
};

/** Gravest first. Weight is told by bars and ink, not by a hue of its own: red stays with what was denied. */
export const SEVERITY_MARK: Record<Severity, Mark> = {
  critical: { word: "Critical", shape: "bars4", color: "--severity-critical", says: "The log shows credentials in use where what they were issued for is not." },
  high: { word: "High", shape: "bars3", color: "--severity-high", says: "The log suggests misuse, or others than the workload can take its permissions without any further right." },
  medium: { word: "Medium", shape: "bars2", color: "--severity-medium", says: "It takes one more step to misuse, or something that is configured does not work." },
  low: { word: "Low", shape: "bars1", color: "--severity-low", says: "More than is needed: tidy up." },
  info: { word: "Info", shape: "bars0", color: "--severity-info", says: "To know; nothing need be wrong." },
};

/** What each kind of finding is called where there is room for a few words only. */
export const FINDING_KIND: Record<FindingKind, string> = {
  session_used_elsewhere: "Session used elsewhere",
  session_after_pod_end: "Session after its pod's end",
  node_session_elsewhere: "Node session elsewhere",
  token_exchanged_elsewhere: "Token exchanged elsewhere",
  cli_pod_identity_call: "Pod token used by hand",
  hand_made_token: "Token made by hand",
  static_key_from_cluster: "Static key in a cluster",
  node_role_fallback: "Node role fallback",
  imds_v1: "IMDSv1",
  imds_hop_limit: "IMDS hop limit",
  trust_without_sub: "Trust without subject",
  trust_wildcard_sub: "Wildcard subject",
  trust_literal_wildcard: "Literal wildcard",
  trust_without_aud: "Trust without audience",
  orphaned_issuer: "Orphaned issuer",
  missing_oidc_provider: "Missing OIDC provider",
  pod_identity_trust_open: "Open Pod Identity trust",
  shared_role: "Shared role",
  mixed_use: "Mixed use of a role",
  default_service_account: "Role on default",
  session_tags_disabled: "Session tags disabled",
  missing_role: "Missing role",
  role_not_trusting: "Role does not trust it",
  both_mechanisms: "IRSA and Pod Identity",
  dead_service_account: "Dead ServiceAccount",
  dead_association: "Dead association",
  contradicting_inventory: "Contradicting inventory",
  wildcard_grant: "Wildcard grant",
  unused_permissions: "Unused permissions",
  denied_demand: "Denied demand",
  role_chain: "Chain of roles",
  external_trust: "Trust of another account",
};

/** What stands in each column of the graph; `rest` holds what was folded away. */
export const GRAPH_NODE: Record<NodeKind, { word: string; many: string; color: `--${string}` }> = {
  workload: { word: "Workload", many: "Workloads", color: "--node-workload" },
  role: { word: "Role", many: "Roles", color: "--node-role" },
  service: { word: "Service", many: "Services", color: "--node-service" },
  resource: { word: "Resource", many: "Resources", color: "--node-resource" },
  rest: { word: "The rest", many: "The rest", color: "--node-rest" },
};

/** The ends of the steps of an explanation. */
export const PARTY: Record<PartyKind, { word: string; icon: IconName }> = {
  service_account: { word: "ServiceAccount", icon: "workloads" },
  pod: { word: "Pod", icon: "pod" },
  node: { word: "Node", icon: "node" },
  user: { word: "User", icon: "user" },
  service: { word: "Service", icon: "service" },
  role: { word: "Role", icon: "role" },
  session: { word: "Credentials", icon: "session" },
  unknown: { word: "Not known", icon: "unknown" },
};

/** By what an hour of the trail counts as covered. */
export const GAP_BASIS: Record<GapBasis, { word: string; says: string }> = {
  files: { word: "log files", says: "An hour is covered when a log file was delivered in it." },
  events: { word: "events", says: "An hour is covered when there is an event of it: these events did not come from a trail's files." },
};

/** The keys of a record of marks, in its own order. */
export function keysOf<K extends string>(record: Record<K, unknown>): K[] {
  return Object.keys(record) as K[];
}
