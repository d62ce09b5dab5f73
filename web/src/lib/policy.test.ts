import { expect, test } from "vitest";

import { configTokens, jsonTokens } from "./jsonTokens";
import { documentText, policyLines, statementOf } from "./policy";

test("keys come in the order that policies are read in, lists keep theirs", () => {
  const text = documentText({ Statement: [{ Resource: "*", Action: ["s3:PutObject", "s3:GetObject"], Effect: "Allow", Sid: "x" }], Version: "2012-10-17" });
  expect(Object.keys(JSON.parse(text) as object)).toEqual(["Version", "Statement"]);
  expect(text.indexOf('"Sid"')).toBeLessThan(text.indexOf('"Effect"'));
  expect(text.indexOf('"Effect"')).toBeLessThan(text.indexOf('"Action"'));
  expect(text.indexOf("PutObject")).toBeLessThan(text.indexOf("GetObject"));
});

test("unknown keys stay", () => expect(documentText({ Zed: 1, Version: "x" })).toBe('{\n  "Version": "x",\n  "Zed": 1\n}'));

test("a policy known by name only says so in its place", () => {
  expect(policyLines([{ name: "Known", kind: "inline", characters: 2, document: null }])).toEqual(["// Known: the inventory holds its name only"]);
});

test.each(['  "Action": [', '    "s3:*",', '"a\\"b": -1.5e3, true', "// plain", ""])("tokens join to the line again: %s", (line) => {
  expect(jsonTokens(line).map((token) => token.text).join("")).toBe(line);
});

test("a key is told from a string", () => {
  expect(jsonTokens('"Effect": "Allow"').map((token) => token.kind)).toEqual(["key", "plain", "plain", "string"]);
});

test.each(["# a \"comment\" of the file", '  sid = "S3GetObject7"', '- Sid: "X"', 'data "aws_iam_policy_document" "data-prod_9494c97f" {', ""])("tokens of HCL and YAML join to the line again: %s", (line) => {
  expect(configTokens(line).map((token) => token.text).join("")).toBe(line);
});

test("a comment is one piece, and digits of a name are no number", () => {
  expect(configTokens('    # attach "this" 7').map((token) => token.kind)).toEqual(["comment"]);
  expect(configTokens("ShopProd24cb345f: 7").map((token) => token.kind)).not.toContain("number");
});

const POLICIES = [
  { name: "one", kind: "managed" as const, characters: 2, document: { Statement: [{ Sid: "A", Effect: "Allow" }, { Sid: "B", Effect: "Deny" }] } as never },
  { name: "two", kind: "managed" as const, characters: 2, document: { Statement: { Sid: "A", Effect: "Deny" } } as never },
  { name: "named only", kind: "managed" as const, characters: 0, document: null },
];

test.each([
  ["one", "A", { Sid: "A", Effect: "Allow" }],
  ["one", "B", { Sid: "B", Effect: "Deny" }],
  ["two", "A", { Sid: "A", Effect: "Deny" }],
  ["two", "B", undefined],
  ["named only", "A", undefined],
  ["none", "A", undefined],
])("the statement that a reason is about: %s %s", (policy, sid, statement) => expect(statementOf(POLICIES, { policy, sid })).toEqual(statement));
