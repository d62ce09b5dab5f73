/** The promise of a quick first load, held by measuring it. */
import { gzipSync } from "node:zlib";

import { expect, test } from "@playwright/test";

const LIMIT = 300_000;

test("the first load is under 300 KB of compressed script, charts apart", async ({ page }) => {
  const sizes = new Map<string, number>();
  page.on("response", async (response) => {
    if (response.request().resourceType() !== "script") return;
    sizes.set(new URL(response.url()).pathname, gzipSync(await response.body()).length);
  });
  await page.goto("/");
  await page.waitForLoadState("networkidle");
  const charts = [...sizes.keys()].filter((name) => name.includes("echarts"));
  const sum = [...sizes].filter(([name]) => !charts.includes(name)).reduce((total, [, size]) => total + size, 0);
  const lazy = charts.reduce((total, name) => total + (sizes.get(name) ?? 0), 0);
  test.info().annotations.push({ type: "bytes", description: `${sum} first, ${lazy} charts` });
  // oxlint-disable-next-line no-console
  console.log(`first load: ${sum} bytes of gzipped script; the chart chunk, fetched after it: ${lazy}`);
  expect(charts, "charts are a chunk of their own").toHaveLength(1);
  expect(sum).toBeLessThan(LIMIT);
});
