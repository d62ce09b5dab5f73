/** A small table of fixed rows, which scrolls by itself where the screen is too narrow for it. */
import type { ReactNode } from "react";

type Head = string | { name: string; end: boolean };

export interface ScrollRow {
  id: string;
  cells: ReactNode[];
}

const nameOf = (head: Head) => (typeof head === "string" ? head : head.name);
const alignOf = (head: Head | undefined) => (typeof head === "object" && head.end ? "end" : undefined);

export function ScrollTable({ label, header, rows }: { label: string; header: readonly Head[]; rows: readonly ScrollRow[] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <section className="table-scroll" aria-label={`${label}, to be scrolled`} tabIndex={0}>
      <table className="plain" aria-label={label}>
        <thead>
          <tr>
            {header.map((head) => (
              <th key={nameOf(head)} scope="col" data-align={alignOf(head)}>
                {nameOf(head)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              {row.cells.map((cell, index) => (
                <td key={nameOf(header[index] ?? "")} data-align={alignOf(header[index])}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
