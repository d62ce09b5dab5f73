/** Names for the shapes of the API, so that no page reaches into the generated file. */
import type { components, operations } from "./schema";

type Schemas = components["schemas"];

export type Class = Schemas["Class"];
export type Coverage = Schemas["Coverage"];
export type CoverageSummary = Schemas["CoverageSummary"];
export type Denial = Schemas["Denial"];
export type DenialLayer = Schemas["DenialLayer"];
export type EventDetail = Schemas["EventDetail"];
export type EventRow = Schemas["EventRow"];
export type Explanation = Schemas["Explanation"];
export type Finding = Schemas["Finding"];
export type FindingKind = Schemas["FindingKind"];
export type FindingPage = Schemas["FindingPage"];
export type GapBasis = Schemas["GapBasis"];
export type Grant = Schemas["Grant"];
export type GrantReason = Schemas["GrantReason"];
export type Graph = Schemas["Graph"];
export type GraphEdge = Schemas["GraphEdge"];
export type GraphNode = Schemas["GraphNode"];
export type Grouping = Schemas["Grouping"];
export type Hop = Schemas["Hop"];
export type Mechanism = Schemas["Mechanism"];
export type Migration = Schemas["Migration"];
export type NodeKind = Schemas["NodeKind"];
export type Outcome = Schemas["Outcome"];
export type Party = Schemas["Party"];
export type PartyKind = Schemas["PartyKind"];
export type Permission = Schemas["Permission"];
export type PermissionStatus = Schemas["PermissionStatus"];
export type PlaceCoverage = Schemas["PlaceCoverage"];
export type PolicyKind = Schemas["PolicyKind"];
export type PolicyOut = Schemas["PolicyOut"];
export type Recommendation = Schemas["Recommendation"];
export type RejectRow = Schemas["RejectRow"];
export type Replay = Schemas["Replay"];
export type ReplayMiss = Schemas["ReplayMiss"];
export type RoleRecommendation = Schemas["RoleRecommendation"];
export type SessionDetail = Schemas["SessionDetail"];
export type SessionRow = Schemas["SessionRow"];
export type Severity = Schemas["Severity"];
export type SourceStatus = Schemas["SourceStatus"];
export type StatementReason = Schemas["StatementReason"];
export type Step = Schemas["Step"];
/** The client library widens pairs to lists; `pairs` narrows them again. */
type Pairs = readonly (readonly (string | number)[])[];
export type Status = Omit<Schemas["Status"], "inventory"> & { inventory: Pairs };
export type UsageRow = Schemas["UsageRow"];
export type WorkloadDetail = Omit<Schemas["WorkloadDetail"], "methods"> & { methods: Pairs };
export type Widened = Schemas["Widened"];
export type WorkloadRow = Schemas["WorkloadRow"];

type Query<O extends "list_workloads" | "list_events" | "get_workload_recommendation"> = NonNullable<operations[O]["parameters"]["query"]>;

/** What may be asked of a list. The server takes words; here only those that it knows. */
export type WorkloadQuery = Omit<Query<"list_workloads">, "mechanism"> & { mechanism?: Mechanism };
export type EventQuery = Omit<Query<"list_events">, "outcome" | "mechanism" | "class"> & { outcome?: Outcome; mechanism?: Mechanism; class?: Class };

/** Which role and history, and how the proposal is to be made. */
export type ProposalQuery = Omit<Query<"get_workload_recommendation">, "format">;

/** What the API leaves null or out is unknown; the dashboard shows both alike. */
export type Maybe<T> = T | null | undefined;

/** Any JSON: records and policy documents, which the API passes on as they are. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A list as every list of the API comes: a page and the cursor of the next. */
export interface Page<T> {
  items: T[];
  next?: Maybe<string>;
  total?: Maybe<number>;
}

/** The path segments that name a workload. `cluster` is a name, or an ARN where the name is not enough. */
export interface WorkloadRef {
  cluster: string;
  namespace: string;
  service_account: string;
}

/** Names with their counts, which JSON writes as `["name", 3]`. */
export function pairs(list: Pairs): [string, number][] {
  return list.map(([name, count]) => [String(name), Number(count)]);
}

/** Opens a value the schema calls "any object"; the generator types it as empty. */
export function asJson(value: unknown): Json {
  return (value ?? null) as Json;
}

/** What may be asked of the findings; severity and age are chosen among what comes. */
export interface FindingQuery {
  kind?: FindingKind;
  workload?: string;
  role?: string;
  q?: string;
}

/** Which part of the graph is asked for, and how many of its edges. */
export interface GraphQuery {
  cluster?: string;
  namespace?: string;
  workload?: string;
  role?: string;
  limit?: string;
}
