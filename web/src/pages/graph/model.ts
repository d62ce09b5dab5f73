/** The graph as it is drawn and told: columns, links, and where each part leads. Pure. */
import type { EventQuery, Graph, GraphEdge, GraphNode, NodeKind } from "../../api/types";
import { number, plural } from "../../lib/format";
import { paths, refOfId } from "../../lib/paths";
import { GRAPH_NODE } from "../../ui/marks";

/** What a node stands for: a workload's id, a role's or resource's ARN, a service. Nothing for what was folded. */
export function nameOf(node: GraphNode): string | undefined {
  if (node.kind === "rest") return undefined;
  return node.kind === "service" ? node.label : (node.detail ?? node.label);
}

/** An edge as one or two bands: what was allowed, and what was denied. */
export interface Band {
  edge: GraphEdge;
  denied: boolean;
  value: number;
}

export interface Drawn {
  nodes: GraphNode[];
  bands: Band[];
  /** Edges that lead to no later column: in the table, not in the picture. */
  undrawn: number;
  /** Nodes of the fullest column. */
  tallest: number;
  columns: string[];
}

export function drawn(graph: Graph): Drawn {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const depth = (id: string) => byId.get(id)?.depth ?? -1;
  const forward = graph.edges.filter((edge) => depth(edge.from) >= 0 && depth(edge.to) > depth(edge.from));
  const bands = forward.flatMap((edge): Band[] => [
    ...(edge.calls > 0 ? [{ edge, denied: false, value: edge.calls }] : []),
    ...(edge.denied > 0 ? [{ edge, denied: true, value: edge.denied }] : []),
  ]);
  const sizes = new Map<number, number>();
  for (const node of graph.nodes) sizes.set(node.depth, (sizes.get(node.depth) ?? 0) + 1);
  return { nodes: graph.nodes, bands, undrawn: graph.edges.length - forward.length, tallest: Math.max(0, ...sizes.values()), columns: columnsOf(graph.nodes) };
}

/** What each column holds, by the kind that is not `rest`; a further column of roles says so. */
function columnsOf(nodes: readonly GraphNode[]): string[] {
  const last = Math.max(-1, ...nodes.map((node) => node.depth));
  let roles = 0;
  return Array.from({ length: last + 1 }, (_, depth) => {
    const kinds = nodes.filter((node) => node.depth === depth).map((node) => node.kind);
    const kind: NodeKind = kinds.find((one) => one !== "rest") ?? "rest";
    roles += kind === "role" ? 1 : 0;
    return kind === "role" && roles > 1 ? "Assumed further" : GRAPH_NODE[kind].many;
  });
}

/** The filter of events that a node stands for: a service by its actions, a resource with what is inside it. */
function filterOf(node: GraphNode): EventQuery | undefined {
  const name = nameOf(node);
  if (name === undefined) return undefined;
  if (node.kind === "workload") return refOfId(name);
  if (node.kind === "role") return { role: name };
  if (node.kind === "service") return { action: `${name}:*` };
  return { resource: name === "*" ? name : `${name}*` };
}

/** Where a node leads: a workload to its own graph, anything else to its events. */
export function nodeTarget(node: GraphNode | undefined, context: EventQuery): string | undefined {
  if (node === undefined) return undefined;
  if (node.kind === "workload") {
    const ref = refOfId(nameOf(node) ?? "");
    return ref && paths.workload(ref, "graph");
  }
  const filter = filterOf(node);
  return filter && paths.events({ ...context, ...filter });
}

/** The events behind an edge; only the refused ones where there are no others, or where those are meant. */
export function edgeTarget(graph: Graph, edge: GraphEdge, context: EventQuery, denied = edge.calls === 0): string | undefined {
  const [from, to] = [edge.from, edge.to].map((id) => graph.nodes.find((node) => node.id === id));
  if (from === undefined || to === undefined || from.kind === "rest" || to.kind === "rest") return undefined;
  const ends = { ...filterOf(from), ...filterOf(to) };
  return paths.events({ ...context, ...ends, ...(denied ? { outcome: "denied" as const } : {}) });
}

/** What was folded away, in words; nothing where all is shown. */
export function omittedWords({ omitted }: Graph): string | undefined {
  const parts = [
    ...(omitted.workloads > 0 ? [plural(omitted.workloads, "workload")] : []),
    ...(omitted.resources > 0 ? [plural(omitted.resources, "resource")] : []),
  ];
  if (parts.length === 0) return undefined;
  return `${parts.join(" and ")} with the fewest calls stand folded as “more”, with ${plural(omitted.calls, "call")}.`;
}

function sum(edges: readonly GraphEdge[]): { calls: number; denied: number } {
  return { calls: edges.reduce((total, edge) => total + edge.calls, 0), denied: edges.reduce((total, edge) => total + edge.denied, 0) };
}

/** All that passes through a node, for whoever points at it. */
export function throughNode(graph: Graph, id: string): { calls: number; denied: number } {
  const into = sum(graph.edges.filter((edge) => edge.to === id));
  const out = sum(graph.edges.filter((edge) => edge.from === id));
  return into.calls + into.denied >= out.calls + out.denied ? into : out;
}

/** `120 calls, 4 denied`. */
export function callWords({ calls, denied }: { calls: number; denied: number }): string {
  return `${plural(calls, "call")}, ${number(denied)} denied`;
}
