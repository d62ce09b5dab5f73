import { useCallback, useMemo } from "react";

import type { EventQuery, Graph } from "../../api/types";
import { exactTime, number, plural } from "../../lib/format";
import { Chart, type ChartTable, type Paint, type Stop } from "../../ui/Chart";
import { Shape } from "../../ui/Mark";
import { GRAPH_NODE, OUTCOME_MARK } from "../../ui/marks";
import { callWords, drawn, edgeTarget, nodeTarget, nameOf, omittedWords, throughNode } from "./model";
import { LEFT, NODE, RIGHT, sankeyOption } from "./option";

const ROW = 25;
const NARROWEST = 820;

/** The graph as a picture with its table; `context` is the filter of events that all of it is within. */
export function GraphView({ graph, context }: { graph: Graph; context: EventQuery }) {
  const parts = useMemo(() => drawn(graph), [graph]);
  const option = useCallback((paint: Paint) => sankeyOption(graph, parts, paint), [graph, parts]);
  const target = useCallback(
    (_series: number, item: number, part: string | undefined) => {
      if (part !== "edge") return nodeTarget(parts.nodes[item], context);
      const band = parts.bands[item];
      return band && edgeTarget(graph, band.edge, context, band.denied);
    },
    [graph, parts, context],
  );
  const table = useMemo(() => tableOf(graph, context), [graph, context]);
  const stops = useMemo(() => stopsOf(graph, context), [graph, context]);
  return (
    <>
      <Legend graph={graph} undrawn={parts.undrawn} />
      <Chart label="Graph" height={Math.min(Math.max(parts.tallest * ROW + 30, 220), 1600)} narrowest={NARROWEST} option={option} table={table} target={target} stops={stops} above={<Columns names={parts.columns} />} />
    </>
  );
}

function Columns({ names }: { names: string[] }) {
  return (
    <p className="graph-columns" aria-hidden="true">
      {names.map((name, index) => (
        // A column's place is its identity.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={index} style={{ insetInlineStart: `calc(${LEFT}px + ${index / Math.max(names.length - 1, 1)} * (100% - ${LEFT + RIGHT + NODE}px))` }}>
          {name}
        </span>
      ))}
    </p>
  );
}

function Legend({ graph, undrawn }: { graph: Graph; undrawn: number }) {
  const words = omittedWords(graph);
  return (
    <p className="graph-legend muted">
      <span>A band is as wide as its calls.</span>
      <span className="mark">
        <Shape mark={OUTCOME_MARK.denied} />
        <span className="graph-stripes" aria-hidden="true" /> striped: denied
      </span>
      {words !== undefined && <span>{words}</span>}
      {undrawn > 0 && <span>{plural(undrawn, "edge")} that lead back are in the table only.</span>}
    </p>
  );
}

/** Every edge as a row, most calls first. */
function tableOf(graph: Graph, context: EventQuery): ChartTable {
  const names = new Map(graph.nodes.map((node) => [node.id, `${GRAPH_NODE[node.kind].word} ${nameOf(node) ?? node.label}`]));
  return {
    header: ["From", "To", "Calls", "Denied", "Last use (UTC)"],
    rows: graph.edges.map((edge) => ({
      cells: [names.get(edge.from) ?? edge.from, names.get(edge.to) ?? edge.to, number(edge.calls), number(edge.denied), exactTime(edge.last_seen).replace(/ UTC$/, "")],
      to: edgeTarget(graph, edge, context),
    })),
  };
}

/** The nodes in reading order, for the arrow keys: each with what is said of it and where it leads. */
function stopsOf(graph: Graph, context: EventQuery): Stop[] {
  return graph.nodes.map((node, item) => ({
    item,
    column: node.depth,
    says: `${GRAPH_NODE[node.kind].word} ${nameOf(node) ?? node.label}: ${callWords(throughNode(graph, node.id))}`,
    to: nodeTarget(node, context),
  }));
}
