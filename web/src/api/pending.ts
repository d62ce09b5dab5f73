/**
 * Answers that the OpenAPI document does not have yet, as they are agreed. This file goes when the generated
 * schema has them: `types.ts` then takes the same names from there, `client.ts` the paths.
 */
import type { components } from "./schema";

type Schemas = components["schemas"];
type Text = string | null;

export type Severity = "critical" | "high" | "medium" | "low" | "info";

export type FindingKind =
  | "session_used_elsewhere"
  | "session_after_pod_end"
  | "node_session_elsewhere"
  | "token_exchanged_elsewhere"
  | "cli_pod_identity_call"
  | "hand_made_token"
  | "static_key_from_cluster"
  | "node_role_fallback"
  | "imds_v1"
  | "imds_hop_limit"
  | "trust_without_sub"
  | "trust_wildcard_sub"
  | "trust_literal_wildcard"
  | "trust_without_aud"
  | "orphaned_issuer"
  | "missing_oidc_provider"
  | "pod_identity_trust_open"
  | "shared_role"
  | "mixed_use"
  | "default_service_account"
  | "session_tags_disabled"
  | "missing_role"
  | "role_not_trusting"
  | "both_mechanisms"
  | "dead_service_account"
  | "dead_association"
  | "contradicting_inventory"
  | "wildcard_grant"
  | "unused_permissions"
  | "denied_demand"
  | "role_chain"
  | "external_trust";

export interface FindingEvidence {
  event_id?: Text;
  text: string;
}

export interface Remedy {
  summary: string;
  /** Shell text. */
  command?: Text;
  /** A JSON document. */
  patch?: unknown;
  /** What the document replaces. */
  patch_of?: Text;
}

export interface Finding {
  id: string;
  kind: FindingKind;
  severity: Severity;
  title: string;
  /** An ARN or a workload's id. */
  subject: string;
  account?: Text;
  cluster?: Text;
  workloads: string[];
  roles: string[];
  why: string;
  evidence: FindingEvidence[];
  first_seen?: Text;
  last_seen?: Text;
  remedy: Remedy;
}

export interface CoverageSummary {
  from?: Text;
  to?: Text;
  exact: number;
  inferred: number;
  claimed: number;
  none: number;
  missing_hours: number;
  data_event_sources: string[];
}

export interface FindingsPage {
  items: Finding[];
  next?: Text;
  total?: number | null;
  counts: Record<Severity, number>;
}

export interface Migration {
  workload: string;
  role_arn?: Text;
  possible: boolean;
  blockers: string[];
  steps: { title: string; why: string; command?: Text; document?: unknown }[];
  association?: unknown;
  trust_policy?: { current: unknown; proposed: unknown; during: unknown } | null;
  terraform?: Text;
  after: { session_name_pattern: string; tags: { key: string; value: string }[] };
  notes: string[];
}

export type PartyKind = "service_account" | "pod" | "node" | "user" | "service" | "role" | "session" | "unknown";

export interface Party {
  kind: PartyKind;
  label: string;
  /** A workload's id, pod uid, ARN, session id or service host, by kind. */
  id?: Text;
  /** Of a session: the ARN of its role. */
  role_arn?: Text;
}

export interface Step {
  from: Party;
  to: Party;
  action: string;
  at?: Text;
  evidence_event_id?: Text;
  class: Schemas["Class"];
  method: string;
  text: string;
}

export interface SessionBrief {
  session_id: string;
  role_arn?: Text;
  session_name?: Text;
  issued_at?: Text;
  pod?: Text;
  pod_class: Schemas["Class"];
  calls: number;
}

export interface Explanation {
  subject: { kind: "event" | "session" | "workload"; id: string; title: string };
  workload?: { id: string; cluster?: Text; cluster_arn?: Text; namespace: string; service_account: string } | null;
  pod?: Text;
  pod_uid?: Text;
  mechanism: Schemas["Mechanism"];
  workload_class: Schemas["Class"];
  pod_class: Schemas["Class"];
  /** Root first. Of a workload: one chain after another, each begins at the ServiceAccount. */
  steps: Step[];
  why_not_stronger: string[];
  text: string[];
  sessions: SessionBrief[];
  roles: { role_arn: string; calls: number; denied: number; last_seen?: Text }[];
  methods: { method: string; class: Schemas["Class"]; calls: number }[];
  coverage: CoverageSummary;
}

export type NodeKind = "workload" | "role" | "service" | "resource" | "rest";

export interface GraphNode {
  /** The part after the first `:` is the workload's id, the role's ARN, and so on. */
  id: string;
  kind: NodeKind;
  label: string;
  detail?: Text;
  /** Its column: 0 workloads, from 1 on roles, the last two services and resources. */
  depth: number;
}

export interface GraphEdge {
  from: string;
  to: string;
  calls: number;
  denied: number;
  last_seen?: Text;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  omitted: { workloads: number; resources: number; calls: number };
  coverage: CoverageSummary;
}

export type GapBasis = "files" | "events";

export interface PlaceCoverage {
  account: string;
  region: string;
  from?: Text;
  to?: Text;
  /** By what an hour counts as covered. */
  basis: GapBasis;
  hours: number;
  missing_hours: number;
  /** The longest, in order of time; `gap_count` says how many there are. */
  gaps: { from: string; to: string; hours: number }[];
  gap_count: number;
  files: number;
  lag_seconds?: { median: number; p95: number; max: number } | null;
  data_sources: string[];
}

/** What the existing answer of coverage gains. */
export interface CoverageExtension {
  places?: PlaceCoverage[];
  notes?: string[];
}

interface Get<Query, Path, Body> {
  get: {
    parameters: Path extends object ? { query?: Query; path: Path } : { query?: Query };
    responses: {
      200: { content: { "application/json": Body } };
      default: { content: { "application/problem+json": Schemas["Problem"] } };
    };
  };
}

interface Ref {
  cluster: string;
  namespace: string;
  service_account: string;
}

export interface PendingPaths {
  "/api/v1/findings": Get<Partial<Record<"severity" | "kind" | "workload" | "role" | "q" | "cursor" | "limit", string>>, undefined, FindingsPage>;
  "/api/v1/findings/{finding_id}": Get<never, { finding_id: string }, Finding>;
  "/api/v1/workloads/{cluster}/{namespace}/{service_account}/migration": Get<never, Ref, Migration>;
  "/api/v1/explain/{id}": Get<never, { id: string }, Explanation>;
  "/api/v1/graph": Get<Partial<Record<"cluster" | "namespace" | "workload" | "role" | "limit", string>>, undefined, Graph>;
}
