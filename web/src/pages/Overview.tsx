import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { allWorkloadsQuery, coverageQuery, findingsQuery } from "../api/queries";
import type { Coverage, WorkloadRow } from "../api/types";
import { number, plural } from "../lib/format";
import { paths } from "../lib/paths";
import { PageHeader, Panel } from "../ui/layout";
import { Empty, ProblemBox, Skeleton } from "../ui/states";
import { CallsChart } from "./overview/CallsChart";
import { CoveragePanel } from "./overview/CoveragePanel";
import { Figures } from "./overview/Figures";
import { NewFindings } from "./overview/NewFindings";
import { NewWorkloads } from "./overview/NewWorkloads";
import { UnusedChart } from "./overview/UnusedChart";

export function Overview() {
  const coverage = useQuery(coverageQuery);
  const workloads = useQuery(allWorkloadsQuery);
  const failed = coverage.error ?? workloads.error;
  return (
    <>
      <title>Overview · Podtrail</title>
      <PageHeader title="Overview" lead={workloads.data && <Lead rows={workloads.data} />} />
      {failed !== null && <ProblemBox error={failed} retry={() => void Promise.all([coverage.refetch(), workloads.refetch()])} />}
      {failed === null && (coverage.data === undefined || workloads.data === undefined) && <Skeleton lines={14} />}
      {coverage.data && workloads.data && <Estate coverage={coverage.data} workloads={workloads.data} />}
    </>
  );
}

function Lead({ rows }: { rows: WorkloadRow[] }) {
  const over = rows.filter((row) => (row.unused ?? 0) > 0).length;
  if (rows.length === 0) return null;
  if (over === 0) return <>No workload holds a permission that this trail shows as unused.</>;
  return (
    <>
      <Link to={paths.workloads({ sort: "-unused" })}>{number(over)}</Link> of {plural(rows.length, "workload")} hold permissions that they
      were never seen to use.
    </>
  );
}

function Estate({ coverage, workloads }: { coverage: Coverage; workloads: WorkloadRow[] }) {
  if (coverage.trail_days.length === 0) {
    return (
      <Empty title="The lake is empty" command="podtrail ingest ./cloudtrail-logs">
        Read a folder of CloudTrail files, and this page shows how far the trail reaches, who called, and which grants nobody used.
      </Empty>
    );
  }
  return <Filled coverage={coverage} workloads={workloads} />;
}

function Filled({ coverage, workloads }: { coverage: Coverage; workloads: WorkloadRow[] }) {
  // What still works is shown where the findings cannot be had.
  const findings = useQuery(findingsQuery());
  return (
    <>
      <Figures coverage={coverage} workloads={workloads} findings={findings.data?.items} />
      <CoveragePanel coverage={coverage} />
      <div className="columns">
        <Panel title="Most unused permissions" note="Granted, observable, never used; worst first">
          <UnusedChart workloads={workloads} />
        </Panel>
        <Panel title="New since last week" note="First seen in the trail's last 7 days">
          {findings.error !== null && <ProblemBox error={findings.error} retry={() => void findings.refetch()} />}
          {findings.isPending && <Skeleton lines={3} label="Loading findings" />}
          {findings.data && <NewFindings findings={findings.data.items} until={coverage.to} />}
          <h3>Workloads</h3>
          <NewWorkloads workloads={workloads} until={coverage.to} />
        </Panel>
      </div>
      <Panel title="Calls over time" note="Counted calls a day, by how the caller came by its credentials">
        <CallsChart coverage={coverage} />
      </Panel>
    </>
  );
}
