import { useCallback, useMemo } from "react";

import type { Coverage } from "../../api/types";
import { dayWindow, daysBetween } from "../../lib/days";
import { number } from "../../lib/format";
import { paths } from "../../lib/paths";
import { Chart, chartBase, type ChartTable, type Paint } from "../../ui/Chart";

interface Cell {
  account: string;
  day: string;
  events: number;
  hours: number;
}

/** One cell an account and day; a day of which the lake holds nothing is a cell too. */
export function coverageCells(coverage: Coverage): { days: string[]; accounts: string[]; cells: Cell[] } {
  const seen = coverage.trail_days;
  const all = seen.map((row) => row.day).toSorted();
  const days = daysBetween(all[0] ?? "", all.at(-1) ?? "");
  const accounts = [...new Set([...coverage.accounts, ...seen.map((row) => row.account)])].toSorted();
  const found = new Map<string, Cell>();
  for (const row of seen) {
    const key = `${row.account} ${row.day}`;
    const cell = found.get(key) ?? { account: row.account, day: row.day, events: 0, hours: 0 };
    found.set(key, { ...cell, events: cell.events + row.events, hours: Math.max(cell.hours, row.hours) });
  }
  const cells = accounts.flatMap((account) => days.map((day) => found.get(`${account} ${day}`) ?? { account, day, events: 0, hours: 0 }));
  return { days, accounts, cells };
}

/** Accounts × days: darker where more hours of the day hold an event, hollow where none does. */
export function CoverageStrip({ coverage }: { coverage: Coverage }) {
  const { days, accounts, cells } = useMemo(() => coverageCells(coverage), [coverage]);
  const option = useCallback(
    (paint: Paint) => {
      const base = chartBase(paint);
      const category = { type: "category", axisLabel: base.axis.axisLabel, axisLine: { show: false }, axisTick: { show: false } };
      return {
        grid: { left: 92, right: 8, top: 8, bottom: 26 },
        xAxis: { ...category, data: days, axisLabel: { ...base.axis.axisLabel, formatter: (day: string) => day.slice(5) } },
        yAxis: { ...category, data: accounts, inverse: true },
        visualMap: { show: false, min: 0, max: 24, inRange: { color: [paint("--heat-low"), paint("--heat-high")] } },
        tooltip: { ...base.tooltip, formatter: ({ dataIndex }: { dataIndex: number }) => sentence(cells[dataIndex]) },
        series: [
          {
            type: "heatmap",
            data: cells.map((cell) => ({
              value: [cell.day, cell.account, cell.hours],
              itemStyle: cell.events === 0 ? { color: paint("--surface"), borderColor: paint("--gap-line"), borderWidth: 1, borderType: "dashed" } : { borderColor: paint("--surface"), borderWidth: 2 },
            })),
          },
        ],
      };
    },
    [days, accounts, cells],
  );
  const target = useCallback(
    (_series: number, item: number) => {
      const cell = cells[item];
      return cell === undefined ? undefined : paths.events(dayWindow(cell.day));
    },
    [cells],
  );
  const table: ChartTable = useMemo(
    () => ({
      header: ["Day", "Account", "Events", "Hours with events"],
      rows: cells.map((cell) => ({ cells: [cell.day, cell.account, cell.events === 0 ? "none: a gap" : number(cell.events), cell.hours], to: paths.events(dayWindow(cell.day)) })),
    }),
    [cells],
  );
  const gaps = cells.filter((cell) => cell.events === 0).length;
  return (
    <div>
      <h3>
        Trail by account and day <span className="muted">· {gaps === 0 ? "no gaps" : `${number(gaps)} empty, dashed`}</span>
      </h3>
      <Chart label="Trail by account and day" height={Math.min(60 + accounts.length * 34, 320)} option={option} table={table} target={target} />
    </div>
  );
}

function sentence(cell: Cell | undefined): string {
  if (cell === undefined) return "";
  if (cell.events === 0) return `${cell.day}  ${cell.account}\nno events: a gap`;
  return `${cell.day}  ${cell.account}\n${number(cell.events)} events in ${cell.hours} of 24 hours`;
}
