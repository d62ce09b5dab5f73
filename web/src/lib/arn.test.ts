import { describe, expect, test } from "vitest";

import { arnParts, roleName, shortArn, shortenMiddle } from "./arn";

describe("shortened ARNs", () => {
  test("one that fits stays whole", () => expect(shortArn("arn:aws:s3:::b/k", 44)).toBe("arn:aws:s3:::b/k"));

  test("keeps service, account and both ends of the resource", () => {
    const short = shortArn("arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/payments/stripe-live-key-Ab12Cd", 50);
    expect(short.startsWith("secretsmanager:111111111111:secret:")).toBe(true);
    expect(short.endsWith("Ab12Cd")).toBe(true);
    expect(short).toContain("…");
  });

  test.each([20, 30, 44, 60])("is no longer than asked at %d, but for the account that must stay", (max) => {
    const arn = `arn:aws:iam::111111111111:role/${"path/".repeat(20)}name`;
    expect(shortArn(arn, max).length).toBeLessThanOrEqual(Math.max(max, "iam:111111111111:".length + 12));
  });

  test("a bucket has no account to keep", () => expect(shortArn(`arn:aws:s3:::bucket/${"x".repeat(60)}`, 30)).toMatch(/^s3:…:bucket/));

  test("what is no ARN is cut in the middle", () => expect(shortArn("abcdefghijklmnopqrstuvwxyz", 11)).toBe("abcd…uvwxyz"));
});

test("nothing is cut from what fits", () => expect(shortenMiddle("abc", 3)).toBe("abc"));

test("parts", () => {
  expect(arnParts("arn:aws:sqs:eu-west-1:1:queue:with:colons")).toEqual({ service: "sqs", account: "1", resource: "queue:with:colons" });
  expect(arnParts("*")).toBeUndefined();
  expect(arnParts("not:an:arn:at:all:x")).toBeUndefined();
});

test("a role's name without its path", () => {
  expect(roleName("arn:aws:iam::1:role/team/app")).toBe("app");
  expect(roleName("plain")).toBe("plain");
});
