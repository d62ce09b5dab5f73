/** How a proposal is asked for: parameters of the address, and the same of the API. */
import type { Grouping, PolicyKind } from "../api/types";
import { listOf } from "./urlState";

export const KNOBS = ["attach", "group", "since", "until", "min_age_days", "keep", "never_remove", "abac", "source_vpce"] as const;

export type Knob = (typeof KNOBS)[number];
export type Knobs = Partial<Record<Knob, string>>;

/** The first of each is what the API does when it is not asked. */
export const ATTACH: Record<PolicyKind, string> = {
  managed: "Managed policy",
  inline: "Inline policy of the role",
  association: "Session policy of the Pod Identity association",
};

export const GROUPING: Record<Grouping, string> = {
  resources: "Actions on the same resources",
  level: "The same resources and access level",
  action: "Each action",
};

/** What each is called in a few words. */
export const KNOB_WORD: Record<Knob, string> = {
  attach: "Attach as",
  group: "One statement for",
  since: "History from",
  until: "History to",
  min_age_days: "Minimum age in days",
  keep: "Keep",
  never_remove: "Never remove",
  abac: "Names as session tags",
  source_vpce: "Only through VPC endpoints",
};

const isDay = (text: string) => (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined);
const isTrue = (text: string) => (text === "true" ? text : undefined);
const list = (text: string) => listOf(text).join(",");
/** One of the keys but the first, which is what is done anyway. */
const choice = (words: Record<string, string>) => (text: string) => Object.keys(words).slice(1).find((key) => key === text);

/** What of an address or a form is asked of the API, if anything; actions are the server's to judge. */
const READ: Record<Knob, (text: string) => string | undefined> = {
  attach: choice(ATTACH),
  group: choice(GROUPING),
  since: isDay,
  until: isDay,
  min_age_days: (text) => (/^\d{1,9}$/.test(text) && Number(text) > 0 ? String(Number(text)) : undefined),
  keep: list,
  never_remove: list,
  abac: isTrue,
  source_vpce: isTrue,
};

/** The knobs that are turned; what asks for the default or cannot be read is left out. */
export function knobsOf(values: Knobs): Knobs {
  const found: Knobs = {};
  for (const knob of KNOBS) {
    const value = READ[knob](values[knob]?.trim() ?? "");
    if (value !== undefined && value !== "") found[knob] = value;
  }
  return found;
}

/** What brings an address from any knobs to these: those that are not turned are taken out. */
export function changesTo(knobs: Knobs): Record<Knob, string | undefined> {
  const next = knobsOf(knobs);
  return Object.fromEntries(KNOBS.map((knob) => [knob, next[knob]])) as Record<Knob, string | undefined>;
}

/** A knob's value in words. */
export function knobText(knob: Knob, value: string): string {
  const words: Record<string, string> = knob === "attach" ? ATTACH : knob === "group" ? GROUPING : { true: "yes" };
  return words[value] ?? value.split(",").join(", ");
}
