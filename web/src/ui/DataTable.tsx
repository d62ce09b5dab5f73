/** The one table: columns and sorting by TanStack Table, only the rows in sight in the page. */
import {
  columnVisibilityFeature, createColumnHelper, createSortedRowModel, metaHelper, rowSortingFeature,
  sortFn_basic, sortFn_text, FlexRender, tableFeatures, useTable,
  type ColumnDef, type ColumnVisibilityState, type Row, type SortingState, type Updater,
} from "@tanstack/react-table";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";

/** How a column is laid out. */
interface ColumnMeta {
  /** Share of the width, as a CSS width. */
  width?: string;
  align?: "end";
  /** Left out on a phone. */
  wide?: boolean;
  /** What the column is called where its header is not plain text. */
  label?: string;
}

export const features = tableFeatures({
  columnMeta: metaHelper<ColumnMeta>(),
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic, text: sortFn_text },
});

export type Features = typeof features;
// The value types of a table's columns differ; only the row's type is common to them.
// oxlint-disable-next-line typescript/no-explicit-any
export type Column<T extends object> = ColumnDef<Features, T, any>;

export function columnsFor<T extends object>() {
  return createColumnHelper<Features, T>();
}

const ROW = 37;

interface Props<T extends object> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowId: (row: T) => string;
  sorting?: SortingState;
  onSorting?: (sorting: SortingState) => void;
  /** The server has sorted: the rows stay as they come. */
  sorted?: boolean;
  visibility?: ColumnVisibilityState;
  /** Rows in all, when more are to come. */
  total?: number | undefined;
  /** Called when the end of what is loaded comes into sight. */
  onEnd?: (() => void) | undefined;
  loadingMore?: boolean;
  current?: string | undefined;
  empty?: ReactNode;
}

const NO_SORTING: SortingState = [];
const ALL_VISIBLE: ColumnVisibilityState = {};

export function DataTable<T extends object>(props: Props<T>) {
  const { label, columns, rows, rowId, onSorting, sorted = false, onEnd } = props;
  const sorting = props.sorting ?? NO_SORTING;
  const visibility = props.visibility ?? ALL_VISIBLE;
  const table = useTable({
    features,
    columns: columns as Column<T>[],
    data: rows as T[],
    getRowId: rowId,
    manualSorting: sorted,
    enableMultiSort: false,
    enableSortingRemoval: false,
    enableSorting: onSorting !== undefined,
    state: { sorting, columnVisibility: visibility },
    onSortingChange: (updater: Updater<SortingState>) =>
      onSorting?.(typeof updater === "function" ? updater(sorting) : updater),
  });
  const all = table.getRowModel().rows;
  const { ref, virtualizer, top, bottom } = useRowsInSight(all.length, onEnd);
  const count = table.getVisibleLeafColumns().length;
  if (rows.length === 0 && props.empty !== undefined) return props.empty;
  return (
    <div className="table-scroll" ref={ref}>
      <table aria-label={label} aria-rowcount={rowCount(props.total, all.length, onEnd !== undefined || props.loadingMore === true)} className="data">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} aria-rowindex={1}>
              {group.headers.map((header) => (
                <HeaderCell key={header.id} header={header}>
                  <table.FlexRender header={header} />
                </HeaderCell>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          <Spacer height={top} columns={count} />
          {virtualizer.getVirtualItems().map((item) => {
            const row = all[item.index];
            if (row === undefined) return null;
            return <BodyRow key={row.id} row={row} index={item.index} current={props.current === row.id} columns={columns} visibility={visibility} />;
          })}
          <Spacer height={bottom} columns={count} />
        </tbody>
      </table>
      {props.loadingMore === true && <output className="table-foot">Loading more rows…</output>}
    </div>
  );
}

/** Rows with the header's; -1 where more are to come and nobody has counted them. */
function rowCount(total: number | undefined, loaded: number, more: boolean): number {
  if (total !== undefined) return total + 1;
  return more ? -1 : loaded + 1;
}

interface RowProps<T extends object> {
  row: Row<Features, T>;
  index: number;
  current: boolean;
  /** What the cells are made from: a row is drawn again only when one of these changes. */
  columns: readonly Column<T>[];
  visibility: ColumnVisibilityState;
}

function BodyRowCells<T extends object>({ row, index, current }: RowProps<T>) {
  return (
    <tr aria-rowindex={index + 2} data-current={current || undefined}>
      {row.getVisibleCells().map((cell) => {
        const meta = cell.column.columnDef.meta;
        return (
          <td key={cell.id} data-align={meta?.align} data-wide={meta?.wide}>
            <FlexRender cell={cell} />
          </td>
        );
      })}
    </tr>
  );
}

/** Scrolling draws the table many times a second; rows that were in sight before are left as they are. */
const BodyRow = memo(BodyRowCells) as typeof BodyRowCells;

/** Which rows are on screen, and how much room those above and below take. */
function useRowsInSight(count: number, onEnd: (() => void) | undefined) {
  const ref = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  const shown = count > 0;
  useLayoutEffect(() => {
    const page = ref.current?.parentElement;
    if (!shown || page == null) return undefined;
    const measure = () => setOffset(Math.round((ref.current?.getBoundingClientRect().top ?? 0) + window.scrollY));
    measure();
    // What stands above the table may grow: chips, an opened part, another width.
    const resize = new ResizeObserver(measure);
    resize.observe(page);
    return () => resize.disconnect();
  }, [shown]);
  const virtualizer = useWindowVirtualizer({ count, estimateSize: () => ROW, overscan: 12, scrollMargin: offset });
  const items = virtualizer.getVirtualItems();
  const first = items[0];
  const last = items.at(-1);
  const nearEnd = last !== undefined && last.index >= count - 20;
  useEffect(() => {
    if (nearEnd) onEnd?.();
  }, [nearEnd, onEnd, count]);
  const top = first === undefined ? 0 : first.start - offset;
  const bottom = last === undefined ? 0 : virtualizer.getTotalSize() - (last.end - offset);
  return { ref, virtualizer, top, bottom };
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true" className="spacer">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

interface HeaderLike {
  column: {
    columnDef: { meta?: ColumnMeta };
    getCanSort: () => boolean;
    getIsSorted: () => false | "asc" | "desc";
    toggleSorting: () => void;
  };
}

const ARIA_SORT = { asc: "ascending", desc: "descending" } as const;

function HeaderCell({ header, children }: { header: HeaderLike; children: ReactNode }) {
  const { column } = header;
  const meta = column.columnDef.meta;
  const sorted = column.getIsSorted();
  const width = meta?.width === undefined ? {} : { style: { width: meta.width } };
  return (
    <th scope="col" data-align={meta?.align} data-wide={meta?.wide} aria-sort={sorted === false ? undefined : ARIA_SORT[sorted]} {...width}>
      {column.getCanSort() ? (
        <button type="button" className="sort" onClick={() => column.toggleSorting()}>
          {children}
          <span aria-hidden="true" className="sort-arrow">
            {sorted === "asc" ? "↑" : sorted === "desc" ? "↓" : ""}
          </span>
        </button>
      ) : (
        children
      )}
    </th>
  );
}
