import { expect, test } from "vitest";

import { shortArn } from "./arn";
import { wholeArns } from "./wholeArns";

const long = (name: string) => `arn:aws:iam::111111111111:role/a/very/long/path/that/nobody/reads/${name}`;
const pair = (arn: string) => ({ shown: shortArn(arn, 40), whole: arn });

test("a selected row is copied with its ARN whole, the rest as it is", () => {
  const one = pair(long("one"));
  expect(wholeArns(`shop/web\t${one.shown}\t3`, [one])).toBe(`shop/web\t${one.whole}\t3`);
});

test("two that look alike each become their own", () => {
  const [a, b] = [pair(`arn:aws:iam::111111111111:role/a/long/path/${"x".repeat(20)}/the-same-end`), pair(`arn:aws:iam::111111111111:role/a/long/path/${"y".repeat(20)}/the-same-end`)];
  expect(a.shown).toBe(b.shown);
  expect(wholeArns(`${a.shown}\n${b.shown}`, [a, b])).toBe(`${a.whole}\n${b.whole}`);
});

test("a part of one stays a part, and one shown whole is left alone", () => {
  const one = pair(long("one"));
  expect(wholeArns(one.shown.slice(0, 8), [one])).toBe(one.shown.slice(0, 8));
  expect(wholeArns("arn:aws:s3:::b", [pair("arn:aws:s3:::b")])).toBe("arn:aws:s3:::b");
});
