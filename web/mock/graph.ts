/** The graph of the mock estate: its own workloads, and on request five hundred invented ones. */
import type { EventRow, Graph, GraphEdge, GraphNode, NodeKind } from "../src/api/types.ts";
import { coverageSummary } from "./answers.ts";
import { events, sessions } from "./estate.ts";

const name = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1);
const DEFAULT_LIMIT = 20;

/** One call as the nodes that it passes, from the workload to the resource. */
type Trail = { nodes: GraphNode[]; denied: boolean; at: string; calls: number };

function node(kind: NodeKind, id: string, label: string, depth: number): GraphNode {
  return { id: `${kind}${depth}:${id}`, kind, label, detail: label === id ? null : id, depth };
}

function trailOf(event: EventRow): Trail | undefined {
  if (event.cluster == null || event.event_source === "sts.amazonaws.com") return undefined;
  const chain = sessions.find((row) => row.session_id === event.session_id)?.chain ?? [];
  const workload = `${event.cluster}/${event.namespace}/${event.service_account}`;
  const [service = "?"] = (event.event_source ?? "?").split(".");
  const resource = (event.resources[0] ?? "*").split("/")[0] ?? "*";
  return {
    nodes: [node("workload", workload, workload, 0), ...chain.map((role, index) => node("role", role, name(role), 1 + index)), node("service", service, service, 4), node("resource", resource, resource, 5)],
    denied: event.outcome === "denied",
    at: event.event_time ?? "",
    calls: 1,
  };
}

/** As many workloads as a large estate has: each with a role, two services, and some resources that others use too. */
function largeEstate(): Trail[] {
  const services = ["s3", "dynamodb", "sqs", "kms", "secretsmanager", "logs", "ssm"];
  return Array.from({ length: 500 }, (_, index) => {
    const workload = `prod-${index % 4}/team-${index % 37}/service-${index}`;
    const role = `arn:aws:iam::111111111111:role/role-${index % 230}`;
    return [0, 1].map((turn): Trail => {
      const service = services[(index + turn * 3) % services.length] ?? "s3";
      const resource = `arn:aws:${service}:::thing-${(index * 7 + turn) % 90}`;
      return {
        nodes: [node("workload", workload, workload, 0), node("role", role, name(role), 1), node("service", service, service, 2), node("resource", resource, resource, 3)],
        denied: index % 29 === 0 && turn === 1,
        at: "2026-11-01T10:00:00Z",
        calls: 1 + ((index * index) % 400),
      };
    });
  }).flat();
}

/** Beyond the limit the smallest nodes of each column become one. */
function folded(trails: Trail[], limit: number): { trails: Trail[]; omitted: Graph["omitted"] } {
  const weight = new Map<string, { node: GraphNode; calls: number }>();
  for (const trail of trails) {
    for (const one of trail.nodes) weight.set(one.id, { node: one, calls: (weight.get(one.id)?.calls ?? 0) + trail.calls });
  }
  const columns = new Map<number, { node: GraphNode; calls: number }[]>();
  for (const entry of weight.values()) columns.set(entry.node.depth, [...(columns.get(entry.node.depth) ?? []), entry]);
  const rest = new Map<string, GraphNode>();
  const omitted = { workloads: 0, resources: 0, calls: 0 };
  for (const [depth, column] of columns) {
    const gone = column.toSorted((a, b) => b.calls - a.calls || a.node.id.localeCompare(b.node.id)).slice(limit);
    const kind = gone[0]?.node.kind;
    for (const { node: one } of gone) rest.set(one.id, { id: `rest:${depth}`, kind: "rest", label: `${gone.length} more ${kind}s`, detail: `${gone.length} ${kind}s with the fewest calls`, depth });
    if (kind === "workload") omitted.workloads += gone.length;
    if (kind === "resource") omitted.resources += gone.length;
  }
  const next = trails.map((trail) => {
    const nodes = trail.nodes.map((one) => rest.get(one.id) ?? one);
    if (nodes[0]?.kind === "rest" || nodes.at(-1)?.kind === "rest") omitted.calls += trail.calls;
    return { ...trail, nodes };
  });
  return { trails: next, omitted };
}

function assembled(trails: Trail[]): Pick<Graph, "nodes" | "edges"> {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  for (const { nodes: path, denied, at, calls } of trails) {
    for (const [index, one] of path.entries()) {
      nodes.set(one.id, one);
      const before = path[index - 1];
      if (before === undefined) continue;
      const id = `${before.id} ${one.id}`;
      const edge = edges.get(id) ?? { from: before.id, to: one.id, calls: 0, denied: 0, last_seen: null };
      edge.calls += denied ? 0 : calls;
      edge.denied += denied ? calls : 0;
      edge.last_seen = (edge.last_seen ?? "") > at ? (edge.last_seen ?? null) : at;
      edges.set(id, edge);
    }
  }
  return { nodes: [...nodes.values()].toSorted((a, b) => a.depth - b.depth || Number(a.kind === "rest") - Number(b.kind === "rest") || a.id.localeCompare(b.id)), edges: [...edges.values()].toSorted((a, b) => b.calls + b.denied - a.calls - a.denied) };
}

/** `cluster=five-hundred` is the large estate. */
export function graph(query: URLSearchParams): Graph {
  const large = query.get("cluster") === "five-hundred";
  const all = large ? largeEstate() : events.flatMap((event) => trailOf(event) ?? []);
  const [cluster, namespace, workload, role] = ["cluster", "namespace", "workload", "role"].map((key) => query.get(key));
  const kept = all.filter(({ nodes: path }) => {
    const [own = ""] = path.map((one) => one.label);
    const parts = own.split("/");
    return (
      (large || cluster == null || parts[0] === cluster) && (namespace == null || parts[1] === namespace) && (workload == null || own === workload.split("cluster/").at(-1)) &&
      (role == null || path.some((one) => one.kind === "role" && (one.detail ?? one.label) === role))
    );
  });
  const { trails, omitted } = folded(kept, Number(query.get("limit") ?? DEFAULT_LIMIT));
  return { ...assembled(trails), omitted, coverage: coverageSummary };
}
