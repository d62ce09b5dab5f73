import { describe, expect, test } from "vitest";

import { bytes, duration, exactTime, number, percent, plural, relativeTime, sentence, span, UNKNOWN } from "./format";

const NOW = Date.parse("2026-11-02T12:00:00Z");

describe("relative times", () => {
  test.each([
    ["three days before", "2026-10-30T11:00:00Z", "3 days ago"],
    ["the day before", "2026-11-01T12:00:00Z", "yesterday"],
    ["minutes before", "2026-11-02T11:55:10Z", "4 minutes ago"],
    ["this second", "2026-11-02T12:00:00Z", "now"],
    ["hours ahead, for an expiry", "2026-11-02T15:00:00Z", "in 3 hours"],
    ["two years before", "2024-06-01T00:00:00Z", "2 years ago"],
  ])("%s", (_situation, time, want) => expect(relativeTime(time, NOW)).toBe(want));

  test("unknown, and text that is no time", () => {
    expect(relativeTime(null, NOW)).toBe(UNKNOWN);
    expect(relativeTime("soon", NOW)).toBe("soon");
  });
});

test("exact times are UTC to the second", () => {
  expect(exactTime("2026-11-02T06:12:44.123Z")).toBe("2026-11-02 06:12:44 UTC");
  expect(exactTime("2026-11-02T08:12:44+02:00")).toBe("2026-11-02 06:12:44 UTC");
  expect(exactTime(undefined)).toBe(UNKNOWN);
});

describe("shares", () => {
  test.each([
    [0, 0, UNKNOWN],
    [0, 10, "0%"],
    [10, 10, "100%"],
    [9_999_999, 10_000_000, ">99.9%"],
    [1, 10_000_000, "<0.1%"],
    [861, 1000, "86.1%"],
  ])("%d of %d", (part, of, want) => expect(percent(part, of)).toBe(want));
});

test("sizes", () => {
  expect([0, 999, 1000, 1_842_113, 52_000_000_000].map(bytes)).toEqual(["0 B", "999 B", "1.0 kB", "1.8 MB", "52 GB"]);
});

test("numbers and plurals by locale", () => {
  expect(number(12_345)).toBe("12,345");
  expect(number(null)).toBe(UNKNOWN);
  expect(plural(1, "call")).toBe("1 call");
  expect(plural(0, "call")).toBe("0 calls");
  expect(plural(2, "piece of input", "pieces of input")).toBe("2 pieces of input");
});

test("durations skip no unit between the two that they show", () => {
  expect([0, 59, 60, 7500, 86_400 + 59 * 60, 187_200].map(duration)).toEqual(["under a minute", "under a minute", "1 min", "2 h 5 min", "1 d", "2 d 4 h"]);
});

test("spans show their two largest units", () => {
  expect(span("2026-10-05T00:00:00Z", "2026-11-01T20:35:51Z")).toBe("27 d 20 h");
  expect(span("2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z")).toBe("1 h");
  expect(span("2026-11-01T00:00:00Z", "2026-11-01T00:00:30Z")).toBe("under a minute");
  expect(span(null, "2026-11-01T00:00:00Z")).toBe(UNKNOWN);
});

test.each([
  ["kept on request", "Kept on request."],
  ["Ends already.", "Ends already."],
  ["is it?", "Is it?"],
])("%s as a sentence", (words, said) => expect(sentence(words)).toBe(said));
