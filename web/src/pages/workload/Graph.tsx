import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { graphQuery } from "../../api/queries";
import { paths } from "../../lib/paths";
import { Panel } from "../../ui/layout";
import { Empty, ProblemBox, Skeleton } from "../../ui/states";
import { GraphView } from "../graph/GraphView";
import { useWorkload } from "./Workload";

/** Where this workload's calls go. */
export function WorkloadGraph() {
  const { detail, filter } = useWorkload();
  const { id } = detail.workload;
  const graph = useQuery(graphQuery({ workload: id }));
  if (graph.error !== null) return <ProblemBox error={graph.error} retry={() => void graph.refetch()} />;
  if (graph.isPending) return <Skeleton lines={8} />;
  if (graph.data.edges.length === 0) return <Empty title="No call of this workload is in the lake">The graph is drawn from its calls.</Empty>;
  return (
    <Panel title="From the workload to what it uses" actions={<Link to={paths.graph({ workload: id })}>Open in the graph</Link>}>
      <GraphView graph={graph.data} context={filter} />
    </Panel>
  );
}
