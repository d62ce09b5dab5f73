import { expect, test } from "vitest";

import { changesTo, KNOBS, knobsOf, knobText, type Knobs } from "./knobs";

const TABLE: [string, Knobs, Knobs][] = [
  ["nothing", {}, {}],
  ["defaults are not asked for", { attach: "managed", group: "resources", abac: "false", min_age_days: "0" }, {}],
  ["the other choices are", { attach: "association", group: "level", abac: "true", source_vpce: "true" }, { attach: "association", group: "level", abac: "true", source_vpce: "true" }],
  ["odd words count as not set", { attach: "nailed", group: "all", abac: "yes", source_vpce: "1" }, {}],
  ["days", { since: "2026-10-01", until: "2026-10-31" }, { since: "2026-10-01", until: "2026-10-31" }],
  ["what is no day", { since: "yesterday", until: "2026-13-45" }, {}],
  ["a number of days", { min_age_days: " 030 " }, { min_age_days: "30" }],
  ["what is no number of days", { min_age_days: "-3" }, {}],
  ["lists are trimmed, and left for the server to judge", { keep: " s3:GetObject , nonsense,", never_remove: "backup:*" }, { keep: "s3:GetObject,nonsense", never_remove: "backup:*" }],
  ["empty lists", { keep: " , ", never_remove: "" }, {}],
];

test.each(TABLE)("%s", (_situation, values, knobs) => expect(knobsOf(values)).toEqual(knobs));

test("what was read is read again as it is", () => {
  for (const [, , knobs] of TABLE) expect(knobsOf(knobs)).toEqual(knobs);
});

test("changes name every knob, so that what is not turned leaves the address", () => {
  const changes = changesTo({ attach: "inline", keep: "" });
  expect(Object.keys(changes)).toEqual([...KNOBS]);
  expect(changes.attach).toBe("inline");
  expect(changes.keep).toBeUndefined();
});

test.each([
  ["attach", "association", "Session policy of the Pod Identity association"],
  ["group", "action", "Each action"],
  ["abac", "true", "yes"],
  ["keep", "s3:GetObject,s3:PutObject", "s3:GetObject, s3:PutObject"],
  ["since", "2026-10-01", "2026-10-01"],
] as const)("%s=%s in words", (knob, value, text) => expect(knobText(knob, value)).toBe(text));
