/** A chart with its numbers as a table behind a toggle. */
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { ToggleButton } from "react-aria-components";
import { Link, useNavigate } from "react-router";

import { Icon } from "./Icon";

/** Reads a custom property as it stands in the theme that is on. */
export type Paint = (token: `--${string}`) => string;

export interface ChartTable {
  header: string[];
  /** A row's numbers, and where the rows behind it are. */
  rows: { cells: (string | number)[]; to?: string | undefined }[];
}

interface Props {
  label: string;
  height: number;
  option: (paint: Paint) => EChartsCoreOption;
  table: ChartTable;
  /** Where a click on the nth item of a series leads. */
  target: (series: number, item: number) => string | undefined;
}

export function Chart({ label, height, option, table, target }: Props) {
  const [asTable, setAsTable] = useState(false);
  return (
    <div className="chart">
      <ToggleButton className="icon-button chart-toggle" isSelected={asTable} onChange={setAsTable} aria-label={`${label}: show as table`}>
        <Icon name={asTable ? "chart" : "table"} />
      </ToggleButton>
      {asTable ? <NumbersTable label={label} table={table} /> : <Canvas label={label} height={height} option={option} target={target} />}
    </div>
  );
}

function NumbersTable({ label, table }: { label: string; table: ChartTable }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="chart-table" tabIndex={0} aria-label={`${label}, as a table`}>
      <table className="plain" aria-label={label}>
        <thead>
          <tr>
            {table.header.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map(({ cells, to }) => (
            <tr key={cells.join("|")}>
              {cells.map((cell, index) => (
                <td key={table.header[index]}>{index === 0 && to !== undefined ? <Link to={to}>{cell}</Link> : cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function paintOf(element: Element): Paint {
  const style = getComputedStyle(element);
  return (token) => style.getPropertyValue(token).trim();
}

/** Counts up whenever the system changes between dark and light. */
function useTheme(): number {
  const [theme, setTheme] = useState(0);
  useEffect(() => {
    const query = window.matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setTheme((value) => value + 1);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return theme;
}

function Canvas({ label, height, option, target }: Omit<Props, "table">) {
  const ref = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const theme = useTheme();
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    let chart: EChartsType | undefined;
    let left = false;
    const resize = new ResizeObserver(() => chart?.resize());
    void import("./echarts").then(({ init }) => {
      if (left) return;
      chart = init(element, null, { renderer: "canvas" });
      chart.setOption({ animation: false, textStyle: { fontFamily: "inherit" }, ...option(paintOf(element)) });
      chart.on("click", (event) => {
        const to = target(event.seriesIndex ?? 0, event.dataIndex);
        if (to !== undefined) void navigate(to);
      });
      resize.observe(element);
    });
    return () => {
      left = true;
      resize.disconnect();
      chart?.dispose();
    };
    // The theme is read from the page's style, so nothing in here names it.
    // oxlint-disable-next-line react/exhaustive-deps, react/exhaustive-effect-dependencies
  }, [option, target, navigate, theme]);
  // A canvas is drawn into it: an image, though no file.
  // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
  return <div ref={ref} role="img" aria-label={`${label}. The table beside this chart holds its numbers.`} style={{ height }} />;
}

/** What every chart's axes and tooltips look like. Tooltips are drawn, never HTML: names come from the log. */
export function chartBase(paint: Paint) {
  const text = { color: paint("--text-muted"), fontSize: 11 };
  return {
    axis: {
      axisLabel: text,
      axisLine: { lineStyle: { color: paint("--border-strong") } },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: paint("--border") } },
    },
    legend: { textStyle: text, itemWidth: 10, itemHeight: 10, icon: "roundRect", inactiveColor: paint("--border-strong") },
    tooltip: {
      renderMode: "richText" as const,
      backgroundColor: paint("--surface-raised"),
      borderColor: paint("--border-strong"),
      textStyle: { color: paint("--text"), fontSize: 12 },
    },
  };
}
