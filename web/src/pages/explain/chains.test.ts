import { expect, test } from "vitest";

import type { Party, Step } from "../../api/types";
import { chainsOf } from "./chains";

const party = (kind: Party["kind"], label: string, id: string | null = null): Party => ({ kind, label, id });
const step = (from: Party, to: Party) => ({ from, to, action: "x", class: "exact", method: "m", text: "t" }) as Step;

const account = party("service_account", "shop/checkout", "prod/shop/checkout");
const session = party("session", "checkout as botocore", "ASIA1");

test("steps that go on from each other are one chain", () => {
  const chains = chainsOf([step(account, party("pod", "p", "uid")), step(party("pod", "the same pod, called otherwise", "uid"), session)]);
  expect(chains.map((chain) => [chain.root.label, chain.steps.length])).toEqual([["shop/checkout", 2]]);
});

test("a step that begins elsewhere begins a chain", () => {
  const chains = chainsOf([step(account, session), step(account, party("session", "other", "ASIA2"))]);
  expect(chains.map((chain) => chain.steps.length)).toEqual([1, 1]);
});

test("where no id is known, the name tells parties apart, and never their kind alone", () => {
  expect(chainsOf([step(account, party("unknown", "a pod")), step(party("unknown", "another pod"), session)])).toHaveLength(2);
  expect(chainsOf([step(account, party("pod", "x")), step(party("node", "x"), session)])).toHaveLength(2);
});

test("no step is no chain", () => {
  expect(chainsOf([])).toEqual([]);
});
