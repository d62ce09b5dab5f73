import { useCallback, useMemo } from "react";

import type { WorkloadRow } from "../../api/types";
import { shortenMiddle } from "../../lib/arn";
import { number } from "../../lib/format";
import { paths, refOfId } from "../../lib/paths";
import { Chart, chartBase, type ChartTable, type Paint } from "../../ui/Chart";
import { PERMISSION_MARK } from "../../ui/marks";
import { Empty } from "../../ui/states";

/** As many bars as can be read at a glance; the rest are a link away. */
const SHOWN = 10;

function target(row: WorkloadRow | undefined): string | undefined {
  const ref = refOfId(row?.id ?? "");
  return ref && paths.workload(ref, "permissions", { status: "unused" });
}

/** Workloads by unused grant, worst first. */
export function UnusedChart({ workloads }: { workloads: WorkloadRow[] }) {
  const rows = useMemo(() => workloads.filter((row) => (row.unused ?? 0) > 0).toSorted((a, b) => (b.unused ?? 0) - (a.unused ?? 0)).slice(0, SHOWN), [workloads]);
  const option = useCallback(
    (paint: Paint) => {
      const base = chartBase(paint);
      const bar = { type: "bar", stack: "granted", barMaxWidth: 14 };
      return {
        grid: { left: 190, right: 16, top: 4, bottom: 44 },
        legend: { ...base.legend, bottom: 0, left: 0, selectedMode: false },
        tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
        xAxis: { type: "value", ...base.axis, minInterval: 1 },
        yAxis: { type: "category", inverse: true, ...base.axis, data: rows.map((row) => row.id), axisLabel: { ...base.axis.axisLabel, formatter: (id: string) => shortenMiddle(id, 32) } },
        series: [
          { ...bar, name: PERMISSION_MARK.unused.word, data: rows.map((row) => row.unused), itemStyle: { color: paint(PERMISSION_MARK.unused.color) } },
          { ...bar, name: PERMISSION_MARK.unobservable.word, data: rows.map((row) => row.unobservable), itemStyle: { color: paint(PERMISSION_MARK.unobservable.color) } },
          { ...bar, name: PERMISSION_MARK.used.word, data: rows.map((row) => row.used), itemStyle: { color: paint(PERMISSION_MARK.used.color) } },
        ],
      };
    },
    [rows],
  );
  const pick = useCallback((_series: number, item: number) => target(rows[item]), [rows]);
  const table: ChartTable = useMemo(
    () => ({
      header: ["Workload", "Unused", "Unobservable", "Used"],
      rows: rows.map((row) => ({ cells: [row.id, number(row.unused), number(row.unobservable), number(row.used)], to: target(row) })),
    }),
    [rows],
  );
  if (rows.length === 0) {
    return (
      <Empty title="No unused permission is known" command="podtrail inventory authorization-details.json">
        What a role grants comes from the inventory. Without it, grants cannot be compared with use.
      </Empty>
    );
  }
  return <Chart label="Most unused permissions" height={60 + rows.length * 24} option={option} table={table} target={pick} />;
}
