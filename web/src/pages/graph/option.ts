/** The graph as ECharts draws it. */
import type { Graph, GraphNode } from "../../api/types";
import { shortenMiddle } from "../../lib/arn";
import { exactTime, plural } from "../../lib/format";
import { chartBase, type Paint } from "../../ui/Chart";
import { GRAPH_NODE } from "../../ui/marks";
import { callWords, nameOf, throughNode, type Band, type Drawn } from "./model";

const LABEL = 26;

/** Pixels left of the first column, right of the last one for its labels, and of a node's width. */
export const LEFT = 4;
export const RIGHT = 190;
export const NODE = 10;

/** Red stripes: denied is told by more than its colour. */
function stripes(color: string): { image: HTMLCanvasElement; repeat: "repeat" } | string {
  const tile = document.createElement("canvas");
  tile.width = 6;
  tile.height = 6;
  const pen = tile.getContext("2d");
  if (pen === null) return color;
  pen.strokeStyle = color;
  pen.lineWidth = 2.4;
  pen.beginPath();
  for (const at of [-6, 0, 6]) {
    pen.moveTo(at, 6);
    pen.lineTo(at + 6, 0);
  }
  pen.stroke();
  return { image: tile, repeat: "repeat" };
}

export function sankeyOption(graph: Graph, { nodes, bands, columns }: Drawn, paint: Paint) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const base = chartBase(paint);
  const denied = stripes(paint("--denied"));
  const label = (id: string) => shortenMiddle(byId.get(id)?.label ?? id, LABEL);
  return {
    tooltip: { ...base.tooltip, formatter: (part: { dataType?: string; dataIndex: number }) => (part.dataType === "edge" ? bandWords(bands[part.dataIndex], byId) : nodeWords(graph, nodes[part.dataIndex])) },
    series: [
      {
        type: "sankey",
        left: LEFT,
        right: RIGHT,
        top: 6,
        bottom: 6,
        nodeWidth: NODE,
        nodeGap: 12,
        draggable: false,
        layoutIterations: 24,
        emphasis: { focus: "trajectory" },
        label: { color: paint("--text"), fontSize: 11, textBorderColor: paint("--surface"), textBorderWidth: 2, formatter: ({ name }: { name: string }) => label(name) },
        lineStyle: { curveness: 0.45, opacity: 0.55 },
        levels: columns.map((_, depth) => ({ depth })),
        data: nodes.map((node) => ({
          name: node.id,
          depth: node.depth,
          itemStyle: { color: paint(GRAPH_NODE[node.kind].color), borderColor: paint("--border-strong"), borderWidth: node.kind === "rest" ? 1 : 0, borderType: "dashed" },
        })),
        links: bands.map((band) => ({ source: band.edge.from, target: band.edge.to, value: band.value, lineStyle: band.denied ? { color: denied, opacity: 0.9 } : { color: paint("--edge") } })),
      },
    ],
  };
}

function nodeWords(graph: Graph, node: GraphNode | undefined): string {
  if (node === undefined) return "";
  return `${GRAPH_NODE[node.kind].word}\n${nameOf(node) ?? node.label}\n${callWords(throughNode(graph, node.id))}`;
}

function bandWords(band: Band | undefined, byId: Map<string, GraphNode>): string {
  if (band === undefined) return "";
  const [from, to] = [band.edge.from, band.edge.to].map((id) => byId.get(id)?.label ?? id);
  const what = band.denied ? plural(band.value, "denied call") : plural(band.value, "call");
  return `${from} → ${to}\n${what}\nlast ${exactTime(band.edge.last_seen)}`;
}
