/** Calendar days as the API writes them: `YYYY-MM-DD`, UTC. */
import type { Maybe } from "../api/types";


const DAY = 86_400_000;

/** Every day from the first to the last, both included, so that days without rows show as gaps. */
export function daysBetween(first: string, last: string): string[] {
  const start = Date.parse(`${first}T00:00:00Z`);
  const end = Date.parse(`${last}T00:00:00Z`);
  if (Number.isNaN(start) || Number.isNaN(end) || end < start) return [];
  const count = Math.round((end - start) / DAY) + 1;
  return Array.from({ length: count }, (_, index) => new Date(start + index * DAY).toISOString().slice(0, 10));
}

/** The first and last second of a day, for the filters `from` and `to`. */
export function dayWindow(day: string): { from: string; to: string } {
  return { from: `${day}T00:00:00Z`, to: `${day}T23:59:59Z` };
}

/** Whether a time lies in the seven days before another: what is new is so by the trail's end, not by the clock. */
export function inLastWeek(at: Maybe<string>, until: Maybe<string>): boolean {
  const [time, end] = [Date.parse(at ?? ""), Date.parse(until ?? "")];
  return time >= end - 7 * DAY && time <= end;
}
