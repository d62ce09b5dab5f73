import { useCallback, useMemo } from "react";

import type { Coverage } from "../../api/types";
import { dayWindow, daysBetween } from "../../lib/days";
import { number } from "../../lib/format";
import { paths } from "../../lib/paths";
import { Chart, chartBase, type ChartTable, type Paint } from "../../ui/Chart";
import { keysOf, MECHANISM_MARK } from "../../ui/marks";

/** Calls a day, one colour a mechanism. */
export function CallsChart({ coverage }: { coverage: Coverage }) {
  const { days, mechanisms, calls } = useMemo(() => series(coverage), [coverage]);
  const option = useCallback(
    (paint: Paint) => {
      const base = chartBase(paint);
      return {
        grid: { left: 48, right: 8, top: 12, bottom: 50 },
        legend: { ...base.legend, bottom: 0, left: 0 },
        tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
        xAxis: { type: "category", data: days, ...base.axis, axisLabel: { ...base.axis.axisLabel, formatter: (day: string) => day.slice(5) } },
        yAxis: { type: "value", ...base.axis, minInterval: 1 },
        series: mechanisms.map((mechanism) => ({
          type: "bar",
          stack: "calls",
          barMaxWidth: 26,
          name: MECHANISM_MARK[mechanism].word,
          itemStyle: { color: paint(MECHANISM_MARK[mechanism].color) },
          data: days.map((day) => calls.get(`${day} ${mechanism}`)?.calls ?? 0),
        })),
      };
    },
    [days, mechanisms, calls],
  );
  const target = useCallback(
    (serie: number, item: number) => {
      const [mechanism, day] = [mechanisms[serie], days[item]];
      return mechanism === undefined || day === undefined ? undefined : paths.events({ mechanism, ...dayWindow(day) });
    },
    [mechanisms, days],
  );
  const table: ChartTable = useMemo(
    () => ({
      header: ["Day", "Mechanism", "Calls", "Denied"],
      rows: coverage.days.map((row) => ({
        cells: [row.day, MECHANISM_MARK[row.mechanism].word, number(row.calls), number(row.denied)],
        to: paths.events({ mechanism: row.mechanism, ...dayWindow(row.day) }),
      })),
    }),
    [coverage],
  );
  return <Chart label="Calls over time" height={240} option={option} table={table} target={target} />;
}

function series(coverage: Coverage) {
  const seen = coverage.days.map((row) => row.day).toSorted();
  const days = daysBetween(seen[0] ?? "", seen.at(-1) ?? "");
  const calls = new Map(coverage.days.map((row) => [`${row.day} ${row.mechanism}`, row]));
  const mechanisms = keysOf(MECHANISM_MARK).filter((mechanism) => coverage.days.some((row) => row.mechanism === mechanism));
  return { days, mechanisms, calls };
}
