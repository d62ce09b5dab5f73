import { expect, test } from "vitest";

import { daysBetween, dayWindow } from "./days";
import { sortingOf, sortText } from "./sort";
import { listOf, oneOf, readFilter, withItem, writeFilter } from "./urlState";

const NAMES = ["q", "outcome"] as const;

test("only the named parameters that hold something are read", () => {
  expect(readFilter(new URLSearchParams("q=%20a%20&outcome=&other=1"), NAMES)).toEqual({ q: "a" });
});

test("changes leave the rest of the address alone", () => {
  const before = new URLSearchParams("q=a&other=1&outcome=ok");
  const after = writeFilter(before, { q: "b", outcome: undefined });
  expect(after.toString()).toBe("q=b&other=1");
  expect(before.toString()).toBe("q=a&other=1&outcome=ok");
});

test("what is written is read again", () => {
  const values = { q: "arn:aws:s3:::a b/&=?#é", outcome: "denied" };
  const text = writeFilter(new URLSearchParams(), values).toString();
  expect(readFilter(new URLSearchParams(text), NAMES)).toEqual(values);
});

test("a value outside of the list counts as not set", () => {
  expect(oneOf("denied", ["ok", "denied"])).toBe("denied");
  expect(oneOf("odd", ["ok", "denied"])).toBeUndefined();
  expect(oneOf(undefined, ["ok"])).toBeUndefined();
});

test("sort orders there and back", () => {
  expect(sortingOf("-unused")).toEqual([{ id: "unused", desc: true }]);
  for (const text of ["name", "-last_seen"]) expect(sortText(sortingOf(text))).toBe(text);
  expect(sortText([])).toBeUndefined();
});

test("days without rows are days too, over a month's end", () => {
  expect(daysBetween("2026-10-30", "2026-11-02")).toEqual(["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"]);
  expect(daysBetween("", "2026-11-02")).toEqual([]);
  expect(daysBetween("2026-11-02", "2026-11-01")).toEqual([]);
  expect(dayWindow("2026-11-02")).toEqual({ from: "2026-11-02T00:00:00Z", to: "2026-11-02T23:59:59Z" });
});

test("a list in a parameter: entries are trimmed, empty ones are none", () => {
  expect(listOf(" a, b ,,")).toEqual(["a", "b"]);
  expect(listOf(undefined)).toEqual([]);
});

test.each([
  [undefined, "a", true, "a"],
  ["a", "b", true, "a,b"],
  ["a,b", "a", true, "b,a"],
  ["a,b", "a", false, "b"],
  ["a", "a", false, undefined],
  [undefined, "a", false, undefined],
])("%s with %s set to %s is %s", (value, item, on, after) => expect(withItem(value, item, on)).toBe(after));
