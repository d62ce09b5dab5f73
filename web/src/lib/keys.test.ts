import { describe, expect, test } from "vitest";

import { isOurs, NOTHING, PATIENCE, press, SHORTCUTS, type Command } from "./keys";

/** Types keys one after another, each `gap` milliseconds later. */
function type(keys: string, gap = 100): (Command | undefined)[] {
  let pending = NOTHING;
  return [...keys].map((key, index) => {
    const result = press(pending, key, 1000 + index * gap);
    pending = result.pending;
    return result.command;
  });
}

describe("sequences", () => {
  test.each([
    ["one key", "/", ["search"]],
    ["two keys", "gw", [undefined, "workloads"]],
    ["a wrong start, then right", "xgo", [undefined, undefined, "overview"]],
    ["the first key twice", "gge", [undefined, undefined, "events"]],
    ["a wrong second key that is a shortcut itself", "g?", [undefined, "help"]],
    ["a wrong second key", "gxs", [undefined, undefined, undefined]],
    ["one after another", "gsgw", [undefined, "status", undefined, "workloads"]],
  ])("%s", (_situation, keys, want) => expect(type(keys)).toEqual(want));

  test("too slow a second key does not count", () => expect(type("gw", PATIENCE + 1)).toEqual([undefined, undefined]));
});

test("no shortcut hides behind another", () => {
  for (const { keys } of SHORTCUTS) {
    const starts = SHORTCUTS.filter((other) => other.keys !== keys && keys.every((key, index) => other.keys[index] === key));
    expect(starts).toEqual([]);
  }
});

describe("keys that are the reader's", () => {
  const event = (target: EventTarget | null, rest: object = {}) => ({ ctrlKey: false, metaKey: false, altKey: false, defaultPrevented: false, target, ...rest });

  test("typing in a field", () => expect(isOurs(event(document.createElement("input")))).toBe(false));
  test("a choice in a list", () => expect(isOurs(event(document.createElement("select")))).toBe(false));
  test("inside a dialog", () => {
    const dialog = document.createElement("div");
    dialog.setAttribute("role", "dialog");
    const button = dialog.appendChild(document.createElement("button"));
    expect(isOurs(event(button))).toBe(false);
  });
  test("with a modifier", () => expect(isOurs(event(document.body, { ctrlKey: true }))).toBe(false));
  test("anywhere else they are ours", () => expect(isOurs(event(document.body))).toBe(true));
});
