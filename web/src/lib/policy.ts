/** Policy documents as text: the same order of keys on both sides of a diff. */
import { asJson, type Json, type PolicyOut, type StatementReason } from "../api/types";

const KEY_ORDER = ["Version", "Id", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

function rank(key: string): number {
  const at = KEY_ORDER.indexOf(key);
  return at < 0 ? KEY_ORDER.length : at;
}

/** The same document with its keys in the order that policies are read in; others keep theirs, after. */
export function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value).toSorted((a, b) => rank(a) - rank(b));
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key] ?? null)]));
}

/** Indented JSON, ready to paste. */
export function documentText(document: unknown): string {
  return JSON.stringify(ordered(asJson(document)), null, 2);
}

/** One side of a diff: each policy's text; one that is known by name only says so in its place. */
export function policyLines(policies: readonly PolicyOut[]): string[] {
  return policies.flatMap((policy) =>
    policy.document == null ? [`// ${policy.name}: the inventory holds its name only`] : documentText(policy.document).split("\n"),
  );
}

/** The statement that a reason is about, where its policy's document is known. */
export function statementOf(policies: readonly PolicyOut[], reason: Pick<StatementReason, "policy" | "sid">): Json | undefined {
  const document = asJson(policies.find((policy) => policy.name === reason.policy)?.document);
  if (document === null || typeof document !== "object" || Array.isArray(document)) return undefined;
  return [document["Statement"] ?? []].flat().find((one) => one !== null && typeof one === "object" && !Array.isArray(one) && one["Sid"] === reason.sid);
}
