import { expect, test } from "vitest";

import { graph as mockGraph } from "../../../mock/graph";
import type { Graph, GraphNode } from "../../api/types";
import { callWords, drawn, edgeTarget, nodeTarget, omittedWords, throughNode } from "./model";

const node = (kind: GraphNode["kind"], name: string, depth: number, detail: string | null = name): GraphNode => ({ id: `${kind}@${depth}:${name}`, kind, label: name.slice(-8), detail, depth });
const workload = node("workload", "arn:aws:eks:eu-west-1:111111111111:cluster/prod/shop/checkout", 0);
const role = node("role", "arn:aws:iam::111111111111:role/checkout", 1);
const far = node("role", "arn:aws:iam::333333333333:role/reader", 2);
const service: GraphNode = { id: "service:s3", kind: "service", label: "s3", detail: null, depth: 3 };
const bucket = node("resource", "arn:aws:s3:::orders", 4);
const rest: GraphNode = { id: "rest:4", kind: "rest", label: "7 more", detail: "7", depth: 4 };

const edge = (from: GraphNode, to: GraphNode, calls: number, denied = 0) => ({ from: from.id, to: to.id, calls, denied, last_seen: "2026-11-01T10:00:00Z" });
const omitted = { workloads: 0, resources: 0, calls: 0 };
const coverage = { exact: 0, inferred: 0, claimed: 0, none: 0, missing_hours: 0, data_event_sources: [] };

const estate: Graph = {
  nodes: [workload, role, far, service, bucket, rest],
  edges: [edge(workload, role, 90, 10), edge(role, far, 40), edge(far, service, 40), edge(role, service, 50, 10), edge(service, bucket, 80, 0), edge(service, rest, 10, 10)],
  omitted: { workloads: 0, resources: 7, calls: 20 },
  coverage,
};

test("what was denied is a band of its own beside what was allowed", () => {
  const { bands } = drawn(estate);
  expect(bands).toHaveLength(9);
  const first = bands.filter((band) => band.edge.from === workload.id);
  expect(first.map((band) => [band.denied, band.value])).toEqual([[false, 90], [true, 10]]);
});

test("an edge to the same or an earlier column is told, not drawn: the picture has no circles", () => {
  const { bands, undrawn } = drawn({ ...estate, edges: [...estate.edges, edge(far, role, 3), edge(role, role, 1), { ...edge(role, far, 2), to: "nowhere" }] });
  expect([bands.length, undrawn]).toEqual([9, 3]);
});

test("columns are named by what they hold, also where the first of it is folded", () => {
  expect(drawn(estate).columns).toEqual(["Workloads", "Roles", "Assumed further", "Services", "Resources"]);
  expect(drawn({ ...estate, nodes: [rest, { ...rest, id: "rest:0", depth: 0 }, workload] }).columns.at(0)).toBe("Workloads");
  expect(drawn({ nodes: [], edges: [], omitted, coverage })).toMatchObject({ columns: [], tallest: 0, bands: [] });
});

test("what was folded is said in words, and nothing where nothing was", () => {
  expect(omittedWords(estate)).toBe("7 resources with the fewest calls stand folded as “more”, with 20 calls.");
  expect(omittedWords({ ...estate, omitted: { workloads: 1, resources: 2, calls: 1 } })).toBe("1 workload and 2 resources with the fewest calls stand folded as “more”, with 1 call.");
  expect(omittedWords({ ...estate, omitted })).toBeUndefined();
});

test.each([
  ["a workload to its own graph", workload, "/workloads/arn%3Aaws%3Aeks%3Aeu-west-1%3A111111111111%3Acluster%2Fprod/shop/checkout/graph"],
  ["a role to its events", role, "/events?namespace=shop&role=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fcheckout"],
  ["a service to events with its actions", service, "/events?namespace=shop&action=s3%3A*"],
  ["a resource to events on it and on what is inside it", bucket, "/events?namespace=shop&resource=arn%3Aaws%3As3%3A%3A%3Aorders*"],
  ["any resource to events on none by name", node("resource", "*", 4), "/events?namespace=shop&resource=*"],
  ["what was folded nowhere", rest, undefined],
])("a node leads: %s", (_name, from, to) => {
  expect(nodeTarget(from, { namespace: "shop" })).toBe(to);
});

test("an edge leads to the events that are of both its ends, the refused ones where there are no others", () => {
  expect(edgeTarget(estate, edge(role, service, 50, 10), {})).toBe("/events?role=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fcheckout&action=s3%3A*");
  expect(edgeTarget(estate, edge(role, service, 0, 10), {})).toContain("outcome=denied");
  expect(edgeTarget(estate, edge(role, service, 50, 10), {}, true)).toContain("outcome=denied");
  expect(edgeTarget(estate, edge(role, far, 1), {})).toContain("role%2Freader");
  expect(edgeTarget(estate, edge(service, rest, 10), {})).toBeUndefined();
});

test("what passes through a node is counted once", () => {
  expect(callWords(throughNode(estate, role.id))).toBe("90 calls, 10 denied");
  expect(callWords(throughNode(estate, workload.id))).toBe("90 calls, 10 denied");
  expect(callWords(throughNode(estate, bucket.id))).toBe("80 calls, 0 denied");
});

test("five hundred workloads fold to what can be read, and no call is lost", () => {
  const whole = mockGraph(new URLSearchParams({ cluster: "five-hundred", limit: "100000" }));
  const folded = mockGraph(new URLSearchParams({ cluster: "five-hundred", limit: "15" }));
  const calls = (graph: Graph) => graph.edges.filter((one) => graph.nodes.find((from) => from.id === one.from)?.depth === 0).reduce((sum, one) => sum + one.calls + one.denied, 0);
  expect(whole.nodes.filter((one) => one.kind === "workload")).toHaveLength(500);
  expect(drawn(folded).tallest).toBeLessThanOrEqual(16);
  expect(calls(folded)).toBe(calls(whole));
  expect(omittedWords(folded)).toMatch(/^485 workloads and \d+ resources/);
});
