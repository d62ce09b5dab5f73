/** Sort orders as the API and the address write them: a column, with `-` for descending. */
import type { SortingState } from "@tanstack/react-table";

export function sortingOf(text: string): SortingState {
  const desc = text.startsWith("-");
  return [{ id: desc ? text.slice(1) : text, desc }];
}

export function sortText(sorting: SortingState): string | undefined {
  const first = sorting[0];
  return first && `${first.desc ? "-" : ""}${first.id}`;
}
