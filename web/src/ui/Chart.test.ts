import { expect, test } from "vitest";

import { nextStop, type Stop } from "./Chart";

// Two columns: three stops and two.
const stops: Stop[] = [0, 0, 0, 1, 1].map((column, item) => ({ item, column, says: "", to: undefined }));

test.each([
  ["the first key goes to the first stop", undefined, "ArrowDown", 0],
  ["any other first key goes nowhere", undefined, "ArrowUp", undefined],
  ["down, within the column", 0, "ArrowDown", 1],
  ["down, at the column's end", 2, "ArrowDown", 2],
  ["up, at its beginning", 0, "ArrowUp", 0],
  ["right, to the same height", 1, "ArrowRight", 4],
  ["right, to a shorter column", 2, "ArrowRight", 4],
  ["right, at the last column", 4, "ArrowRight", 4],
  ["left", 3, "ArrowLeft", 0],
  ["home", 4, "Home", 0],
  ["a key that is not the picture's", 1, "Tab", undefined],
])("%s", (_name, at, key, next) => {
  expect(nextStop(stops, at, key)).toBe(next);
});

test("nothing to stop at", () => {
  expect(nextStop([], undefined, "Tab")).toBeUndefined();
});
