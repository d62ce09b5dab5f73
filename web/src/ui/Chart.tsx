/** A chart with its numbers as a table behind a toggle. */
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from "react";
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

/** An item that the arrow keys stop at. */
export interface Stop {
  /** Its place in the first series. */
  item: number;
  column: number;
  says: string;
  to: string | undefined;
}

interface Props {
  label: string;
  height: number;
  /** Pixels below which it is not drawn narrower but scrolls. */
  narrowest?: number;
  option: (paint: Paint) => EChartsCoreOption;
  table: ChartTable;
  /** Where a click on the nth item of a series leads; of a graph, on the nth `node` or `edge`. */
  target: (series: number, item: number, part: string | undefined) => string | undefined;
  /** What the arrow keys go through, where the picture can be walked. */
  stops?: readonly Stop[];
  /** What stands over the picture, and scrolls with it. */
  above?: ReactNode;
}

const NO_STOPS: readonly Stop[] = [];

export function Chart({ label, height, narrowest = 0, option, table, target, stops = NO_STOPS, above }: Props) {
  const [asTable, setAsTable] = useState(false);
  return (
    <div className="chart">
      <ToggleButton className="icon-button chart-toggle" isSelected={asTable} onChange={setAsTable} aria-label={`${label}: show as table`}>
        <Icon name={asTable ? "chart" : "table"} />
      </ToggleButton>
      {asTable ? <NumbersTable label={label} table={table} /> : <Canvas label={label} height={height} narrowest={narrowest} option={option} target={target} stops={stops} above={above} />}
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

type CanvasProps = Required<Omit<Props, "table">>;

function Canvas({ label, height, narrowest, option, target, stops, above }: CanvasProps) {
  const ref = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  const navigate = useNavigate();
  const theme = useTheme();
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    let left = false;
    const resize = new ResizeObserver(() => chart.current?.resize());
    void import("./echarts").then(({ init }) => {
      if (left) return;
      const made = init(element, null, { renderer: "canvas" });
      chart.current = made;
      made.setOption({ animation: false, textStyle: { fontFamily: "inherit" }, ...option(paintOf(element)) });
      made.on("click", (event) => {
        const to = target(event.seriesIndex ?? 0, event.dataIndex, event.dataType);
        if (to !== undefined) void navigate(to);
      });
      resize.observe(element);
    });
    return () => {
      left = true;
      resize.disconnect();
      chart.current?.dispose();
      chart.current = undefined;
    };
    // The theme is read from the page's style, so nothing in here names it.
    // oxlint-disable-next-line react/exhaustive-deps, react/exhaustive-effect-dependencies
  }, [option, target, navigate, theme]);
  const walk = useWalk(chart, stops, (to) => void navigate(to));
  const picture = (
    // A canvas is drawn into it: an image, though no file.
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
    <div ref={ref} role="img" aria-label={`${label}. The table beside this chart holds its numbers.`} style={{ height, minWidth: narrowest }} />
  );
  if (stops.length === 0) return picture;
  return (
    <>
      {/* The arrow keys go through the picture, so they are its own; tab leaves it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/prefer-tag-over-role, jsx-a11y/no-noninteractive-element-interactions */}
      <div className="chart-scroll" role="application" aria-label={`${label}: arrow keys walk, Enter opens`} tabIndex={0} onKeyDown={walk.onKeyDown} onBlur={walk.leave}>
        {above !== undefined && <div style={{ minWidth: narrowest }}>{above}</div>}
        {picture}
      </div>
      <output className="chart-said">{walk.says}</output>
    </>
  );
}

/** The keys that lead from one stop to another: within a column, and to the one beside it. */
export function nextStop(stops: readonly Stop[], at: number | undefined, key: string): number | undefined {
  const current = at === undefined ? undefined : stops[at];
  if (current === undefined) return ["ArrowDown", "ArrowRight", "Home"].includes(key) ? 0 : undefined;
  const inColumn = (column: number) => stops.flatMap((stop, index) => (stop.column === column ? [index] : []));
  const own = inColumn(current.column);
  const place = own.indexOf(at ?? 0);
  if (key === "ArrowDown") return own[Math.min(place + 1, own.length - 1)];
  if (key === "ArrowUp") return own[Math.max(place - 1, 0)];
  if (key === "Home") return 0;
  const beside = key === "ArrowRight" ? inColumn(current.column + 1) : key === "ArrowLeft" ? inColumn(current.column - 1) : [];
  if (beside.length > 0) return beside[Math.min(place, beside.length - 1)];
  return key === "ArrowRight" || key === "ArrowLeft" ? at : undefined;
}

function useWalk(chart: RefObject<EChartsType | undefined>, stops: readonly Stop[], go: (to: string) => void) {
  const [at, setAt] = useState<number>();
  const stop = at === undefined ? undefined : stops[at];
  const show = (item: number | undefined) => {
    chart.current?.dispatchAction({ type: "downplay", seriesIndex: 0 });
    if (item === undefined) chart.current?.dispatchAction({ type: "hideTip" });
    else {
      chart.current?.dispatchAction({ type: "highlight", seriesIndex: 0, dataIndex: item });
      chart.current?.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: item });
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && stop?.to !== undefined) {
      go(stop.to);
      return;
    }
    const next = nextStop(stops, at, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
    show(stops[next]?.item);
  };
  const leave = () => {
    setAt(undefined);
    show(undefined);
  };
  return { says: stop === undefined ? "" : `${stop.says}.${stop.to === undefined ? "" : " Enter opens it."}`, onKeyDown, leave };
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
