/** The promise of a quick first load, held by measuring it. */
import { gzipSync } from "node:zlib";

import { expect, test } from "@playwright/test";

const LIMIT = 300_000;

test("the first load is under 300 KB of compressed script, charts apart", async ({ page }) => {
  const sizes = new Map<string, number>();
  const measured: Promise<void>[] = [];
  page.on("response", (response) => {
    if (response.request().resourceType() !== "script") return;
    const { pathname } = new URL(response.url());
    measured.push(response.body().then((body) => void sizes.set(pathname, gzipSync(body).length)));
  });
  // The charts come last, when the page has something to draw.
  const last = page.waitForResponse((response) => response.url().includes("echarts"));
  await page.goto("/");
  await last;
  await page.waitForLoadState("networkidle");
  await Promise.all(measured);
  const charts = [...sizes.keys()].filter((name) => name.includes("echarts"));
  const sum = [...sizes].filter(([name]) => !charts.includes(name)).reduce((total, [, size]) => total + size, 0);
  const lazy = charts.reduce((total, name) => total + (sizes.get(name) ?? 0), 0);
  test.info().annotations.push({ type: "bytes", description: `${sum} first, ${lazy} charts` });
  // oxlint-disable-next-line no-console
  console.log(`first load: ${sum} bytes of gzipped script; the chart chunk, fetched after it: ${lazy}`);
  expect(charts, "charts are a chunk of their own").toHaveLength(1);
  expect(sum).toBeLessThan(LIMIT);
});
