import { expect, test } from "vitest";

import { fileNameOf } from "./formats";

test.each([
  ['attachment; filename="checkout-checkout-api.tf"', "checkout-checkout-api.tf"],
  ["attachment", undefined],
  [null, undefined],
  ['attachment; filename=""', undefined],
  ['attachment; filename="../../etc/passwd"', undefined],
])("the name of a file in %s", (header, name) => expect(fileNameOf(header)).toBe(name));
