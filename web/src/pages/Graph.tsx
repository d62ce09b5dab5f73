import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { allWorkloadsQuery, graphQuery } from "../api/queries";
import type { EventQuery, Graph, GraphQuery, WorkloadRow } from "../api/types";
import { roleName } from "../lib/arn";
import { plural } from "../lib/format";
import { refOfId } from "../lib/paths";
import { oneOf, useUrlFilter, type UrlFilter } from "../lib/urlState";
import { Chips, FilterSelect } from "../ui/filters";
import { PageHeader, Panel } from "../ui/layout";
import { Empty, ProblemBox, Skeleton } from "../ui/states";
import { CoverageNote } from "./CoverageNote";
import { GraphView } from "./graph/GraphView";

const NAMES = ["cluster", "namespace", "workload", "role", "limit"] as const;
type Name = (typeof NAMES)[number];
const LIMITS = ["10", "20", "40", "80", "160"] as const;
const LABELS: Record<Exclude<Name, "limit">, string> = { cluster: "Cluster", namespace: "Namespace", workload: "Workload", role: "Role" };

/** Where the calls go: from the workloads through their roles to what they use. */
export function GraphPage() {
  const url = useUrlFilter(NAMES);
  const filter = useMemo((): GraphQuery => {
    const { limit, ...rest } = url.values;
    const chosen = oneOf(limit, LIMITS);
    return { ...rest, ...(chosen === undefined ? {} : { limit: chosen }) };
  }, [url.values]);
  const graph = useQuery(graphQuery(filter));
  const context = useMemo(() => contextOf(url.values), [url.values]);
  return (
    <>
      <title>Graph · Podtrail</title>
      <PageHeader title="Graph" lead={graph.data && <Lead graph={graph.data} />} />
      <Filters url={url} />
      <CoverageNote coverage={graph.data?.coverage} />
      {graph.error !== null && <ProblemBox error={graph.error} retry={() => void graph.refetch()} />}
      {graph.isPending && <Skeleton lines={14} />}
      {graph.data && (graph.data.edges.length === 0 ? <NoGraph filtered={Object.keys(context).length > 0} /> : <Panel title="Workloads, roles, services, resources"><GraphView graph={graph.data} context={context} /></Panel>)}
    </>
  );
}

/** The filter of events that says the same. */
function contextOf({ cluster, namespace, workload, role }: Partial<Record<Name, string>>): EventQuery {
  const own = workload === undefined ? {} : refOfId(workload);
  return { ...(cluster === undefined ? {} : { cluster }), ...(namespace === undefined ? {} : { namespace }), ...(role === undefined ? {} : { role }), ...own };
}

function Lead({ graph }: { graph: Graph }) {
  const count = (kind: string) => graph.nodes.filter((node) => node.kind === kind).length;
  return (
    <>
      {plural(count("workload") + graph.omitted.workloads, "workload")}, {plural(new Set(graph.nodes.filter((node) => node.kind === "role").map((node) => node.detail ?? node.label)).size, "role")} and{" "}
      {plural(count("service"), "service")} in sight. Select anything to see the calls behind it.
    </>
  );
}

function Filters({ url }: { url: UrlFilter<Name> }) {
  const workloads = useQuery(allWorkloadsQuery);
  const choices = useMemo(() => choicesOf(workloads.data ?? [], url.values), [workloads.data, url.values]);
  const chips = (Object.keys(LABELS) as (keyof typeof LABELS)[]).flatMap((name) => {
    const value = url.values[name];
    return value === undefined ? [] : [{ id: name, label: LABELS[name], value, remove: () => url.set({ [name]: undefined }) }];
  });
  return (
    <search aria-label="Filter the graph">
      <div className="filters">
        {(Object.keys(LABELS) as (keyof typeof LABELS)[]).map((name) => (
          <FilterSelect key={name} label={LABELS[name]} value={url.values[name]} options={choices[name]} onCommit={(value) => url.set({ [name]: value })} />
        ))}
        <FilterSelect label="Rows a column" value={oneOf(url.values.limit, LIMITS)} options={LIMITS.map((limit) => [limit, limit] as const)} onCommit={(limit) => url.set({ limit })} />
      </div>
      <Chips chips={chips} onClear={url.clear} />
    </search>
  );
}

type Choices = Record<keyof typeof LABELS, (readonly [string, string])[]>;

/** What may be chosen: the names of the workloads that the other choices leave, and what the address holds already. */
function choicesOf(rows: readonly WorkloadRow[], values: Partial<Record<Name, string>>): Choices {
  const within = rows.filter((row) => (values.cluster === undefined || clusterOf(row) === values.cluster) && (values.namespace === undefined || row.namespace === values.namespace));
  return {
    cluster: list(rows.map(clusterOf), values.cluster, (name) => name.slice(name.lastIndexOf("/") + 1)),
    namespace: list(within.map((row) => row.namespace), values.namespace),
    workload: list(within.map((row) => row.id), values.workload),
    role: list(within.flatMap((row) => row.roles.map((role) => role.role_arn)), values.role, roleName),
  };
}

function list(names: string[], chosen: string | undefined, word: (name: string) => string = (name) => name) {
  return [...new Set([...names, ...(chosen === undefined ? [] : [chosen])])].toSorted().map((name) => [name, word(name)] as const);
}

const clusterOf = (row: WorkloadRow) => refOfId(row.id)?.cluster ?? row.cluster;

function NoGraph({ filtered }: { filtered: boolean }) {
  if (filtered) return <Empty title="No call matches">Take a filter off: no workload in it made a call that this trail shows.</Empty>;
  return (
    <Empty title="No graph yet" command="podtrail ingest ./cloudtrail-logs">
      It is drawn from the calls of workloads: who called, as which role, through which others, and on what.
    </Empty>
  );
}
