import { describe, expect, test } from "vitest";

import { diffLines, type DiffLine } from "./diff";

const signs = { same: " ", removed: "-", added: "+" };
const shown = (lines: DiffLine[]) => lines.map((line) => signs[line.kind] + line.text);

describe("situations", () => {
  test.each([
    ["equal", ["a", "b"], ["a", "b"], [" a", " b"]],
    ["both empty", [], [], []],
    ["all new", [], ["a"], ["+a"]],
    ["all gone", ["a"], [], ["-a"]],
    ["one changed, removal first", ["a", "b", "c"], ["a", "x", "c"], [" a", "-b", "+x", " c"]],
    ["a block changed, removals together", ["a", "b", "c", "d"], ["a", "x", "y", "d"], [" a", "-b", "-c", "+x", "+y", " d"]],
    ["added at the end", ["a"], ["a", "b"], [" a", "+b"]],
    ["removed at the start", ["a", "b"], ["b"], ["-a", " b"]],
    ["repeated lines", ["a", "a", "b"], ["a", "b", "b"], [" a", "-a", " b", "+b"]],
  ])("%s", (_situation, before, after, want) => expect(shown(diffLines(before, after))).toEqual(want));
});

/** Random texts over three lines, so that much repeats. */
function texts(seed: number): [string[], string[]] {
  let state = seed;
  const next = () => (state = (state * 48_271) % 2_147_483_647);
  const text = () => Array.from({ length: next() % 14 }, () => "abc"[next() % 3] ?? "a");
  return [text(), text()];
}

/** Length of the longest common subsequence, the slow way. */
function common(before: string[], after: string[]): number {
  const rows = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0));
  for (let i = 1; i <= before.length; i++) {
    for (let j = 1; j <= after.length; j++) {
      const row = rows[i] ?? [];
      row[j] = before[i - 1] === after[j - 1] ? (rows[i - 1]?.[j - 1] ?? 0) + 1 : Math.max(rows[i - 1]?.[j] ?? 0, row[j - 1] ?? 0);
    }
  }
  return rows[before.length]?.[after.length] ?? 0;
}

test("both sides can be read back, their lines are numbered, and no shorter diff exists", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const [before, after] = texts(seed);
    const lines = diffLines(before, after);
    const left = lines.filter((line) => line.kind !== "added");
    const right = lines.filter((line) => line.kind !== "removed");
    expect(left.map((line) => line.text)).toEqual(before);
    expect(right.map((line) => line.text)).toEqual(after);
    expect(left.map((line) => line.before)).toEqual(before.map((_, index) => index + 1));
    expect(right.map((line) => line.after)).toEqual(after.map((_, index) => index + 1));
    expect(lines.filter((line) => line.kind === "same")).toHaveLength(common(before, after));
  }
});

test("two long policies that share nothing are still quick", () => {
  const side = (name: string) => Array.from({ length: 1500 }, (_, index) => `${name}${index}`);
  expect(diffLines(side("a"), side("b"))).toHaveLength(3000);
});
