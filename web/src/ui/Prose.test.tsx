import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";

import { Prose } from "./Prose";

afterEach(cleanup);

test.each([
  ["names between backticks are code", "role `a` of `b`.", "role <code>a</code> of <code>b</code>."],
  ["a single backtick stays", "it`s", "it`s"],
  ["two together stay", "an ``empty`` one", "an `<code>empty</code>` one"],
  ["no markup is taken from the text", "`<b>` & <i>", "<code>&lt;b&gt;</code> &amp; &lt;i&gt;"],
])("%s", (_name, text, html) => {
  expect(render(<Prose text={text} />).container.innerHTML).toBe(html);
});
