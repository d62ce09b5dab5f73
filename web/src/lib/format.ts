/** Numbers, times and sizes as people read them; the exact value always stays at hand. */
import type { Maybe } from "../api/types";

/** What stands where nothing is known. */
export const UNKNOWN = "—";

const whole = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** `12,345` in the reader's locale. */
export function number(value: Maybe<number>): string {
  return value == null ? UNKNOWN : whole.format(value);
}

/** `12.3K`, for places too narrow for the whole number. */
export function compact(value: Maybe<number>): string {
  return value == null ? UNKNOWN : short.format(value);
}

/** `98.4%`. A part that is not everything never reads as 100%, nor one that is something as 0%. */
export function percent(part: number, of: number): string {
  if (of === 0) return UNKNOWN;
  const ratio = part / of;
  if (ratio < 1 && ratio > 0.999) return `>${share.format(0.999)}`;
  if (ratio > 0 && ratio < 0.001) return `<${share.format(0.001)}`;
  return share.format(ratio);
}

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** Decimal sizes: `1.8 MB`. */
export function bytes(value: number): string {
  let left = value;
  let unit = 0;
  while (left >= 1000 && unit < UNITS.length - 1) {
    left /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && left < 10 ? 1 : 0;
  return `${left.toFixed(digits)} ${UNITS[unit] ?? "B"}`;
}

/** `2026-11-02 06:12:44 UTC`; text that is no time comes back as it is. */
export function exactTime(iso: Maybe<string>): string {
  if (iso == null) return UNKNOWN;
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return iso;
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** `3 days ago`, as seen at `now` (milliseconds). */
export function relativeTime(iso: Maybe<string>, now: number): string {
  if (iso == null) return UNKNOWN;
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return iso;
  const seconds = (time - now) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(Math.trunc(seconds), "second");
}

/** `2 d 4 h`: seconds in their two largest units. */
export function duration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor((seconds % 86_400) / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "min"],
  ];
  const largest = parts.findIndex(([count]) => count > 0);
  if (largest === -1) return "under a minute";
  const told = parts.slice(largest, largest + 2).filter(([count]) => count > 0);
  return told.map(([count, unit]) => `${count} ${unit}`).join(" ");
}

/** The duration between two times. */
export function span(from: Maybe<string>, to: Maybe<string>): string {
  const seconds = (Date.parse(to ?? "") - Date.parse(from ?? "")) / 1000;
  return Number.isNaN(seconds) ? UNKNOWN : duration(seconds);
}

/** `1 call`, `2 calls`, with the number by locale. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** Words of the API, which begin in lower case and bear no full stop, as a sentence of a page. */
export function sentence(words: string): string {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
