import { describe, expect, test } from "vitest";

import { csv, csvCell } from "./csv";

describe("cells", () => {
  test.each([
    ["plain text", "shop/checkout", "shop/checkout"],
    ["a comma", "a,b", '"a,b"'],
    ["a quote", 'a"b', '"a""b"'],
    ["a line end", "a\nb", '"a\nb"'],
    ["a formula", "=HYPERLINK(1)", "'=HYPERLINK(1)"],
    ["a formula after blanks", "  =1+1", "'  =1+1"],
    ["a plus sign", "+49", "'+49"],
    ["an at sign", "@SUM(A1)", "'@SUM(A1)"],
    ["a minus sign before text", "-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"],
    ["a tab in front", "\t=1", "'\t=1"],
    ["a formula with a quote and a comma", '=A("x",1)', `"'=A(""x"",1)"`],
    ["nothing", null, ""],
  ])("%s", (_situation, value, want) => expect(csvCell(value)).toBe(want));

  test("numbers stay numbers, negative ones too", () => {
    expect([12, -3, 0.5].map(csvCell)).toEqual(["12", "-3", "0.5"]);
    expect(csvCell("-3.5")).toBe("-3.5");
  });
});

test("every line ends, the header is one", () => {
  expect(csv(["a", "b"], [["1", null]])).toBe("a,b\n1,\n");
});
