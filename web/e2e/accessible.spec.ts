/** Every page, in light and dark, on a desk and on a phone: no axe violation, nothing wider than the screen. */
import { createRequire } from "node:module";

import { expect, test, type Page } from "@playwright/test";

import { anyEvent, chainedSession, findingWithEvidence, proposalOf, workloadThatCalls, workloadToMigrate, workloadWithDenied, workloadWithUnused } from "./estate";

const AXE = createRequire(import.meta.url).resolve("axe-core");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

interface AxeResult {
  violations: { id: string; help: string; nodes: { target: string[]; failureSummary?: string }[] }[];
}

async function violations(page: Page): Promise<string[]> {
  const result = await page.evaluate(async (tags) => {
    const { axe } = window as unknown as { axe: { run: (root: Document, options: object) => Promise<AxeResult> } };
    return axe.run(document, { runOnly: { type: "tag", values: tags } });
  }, RULES);
  return result.violations.flatMap((found) => found.nodes.map((node) => `${found.id}: ${found.help}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`));
}

/** Each page by what it is called here, and how to find its address. */
const PAGES: Record<string, (page: Page) => Promise<string>> = {
  overview: () => Promise.resolve("/"),
  workloads: () => Promise.resolve("/workloads"),
  "a workload's permissions": (page) => workloadWithUnused(page),
  "a workload's policy": async (page) => `${await workloadWithUnused(page)}/policy`,
  "a workload's policy, every statement open": async (page) => {
    const address = await workloadWithUnused(page);
    const [role] = (await proposalOf(page, address)).recommendations;
    return `${address}/policy?why=${role?.statements.map((one) => one.sid).join(",")}`;
  },
  "a workload's policy, an action kept on request": async (page) => {
    const address = await workloadWithUnused(page);
    const [role] = (await proposalOf(page, address)).recommendations;
    return `${address}/policy?never_remove=${role?.removed[0]}&group=action`;
  },
  "a workload's policy as Terraform": async (page) => `${await workloadWithUnused(page)}/policy?format=terraform`,
  "a workload's policy, none with these options": async (page) => `${await workloadWithUnused(page, "irsa")}/policy?attach=association&group=level&abac=true`,
  "a workload's policy, an option that is wrong": async (page) => `${await workloadWithUnused(page)}/policy?keep=s3:GetObjec`,
  "a workload's replay": async (page) => `${await workloadWithUnused(page)}/replay`,
  "a workload's sessions": async (page) => `${await workloadWithDenied(page)}/sessions`,
  "a workload's denied calls": async (page) => `${await workloadWithDenied(page)}/denied`,
  "a workload's findings": async (page) => `${await workloadWithDenied(page)}/findings`,
  "a workload's graph": async (page) => `${(await workloadThatCalls(page)).address}/graph`,
  "a workload's explanation": async (page) => `${(await workloadThatCalls(page)).address}/explain`,
  "a workload's migration": async (page) => `${await workloadToMigrate(page)}/migration`,
  findings: () => Promise.resolve("/findings"),
  "a finding": async (page) => `/findings/${(await findingWithEvidence(page)).id}`,
  "a finding beside the list": async (page) => `/findings?open=${(await findingWithEvidence(page)).id}`,
  "no finding that matches": () => Promise.resolve("/findings?q=nothing-is-called-this"),
  graph: () => Promise.resolve("/graph"),
  "explain, without an id": () => Promise.resolve("/explain"),
  "explain, a session": async (page) => `/explain/${encodeURIComponent((await chainedSession(page)).session_id)}`,
  coverage: () => Promise.resolve("/coverage"),
  "a session": async (page) => `/sessions/${encodeURIComponent((await chainedSession(page)).session_id)}`,
  events: () => Promise.resolve("/events?outcome=denied"),
  "an event beside the list": async (page) => `/events?open=${await anyEvent(page)}`,
  "an event": async (page) => `/events/${await anyEvent(page)}`,
  status: () => Promise.resolve("/status"),
  "an error": () => Promise.resolve("/workloads/no/such/workload/permissions"),
  "an empty list": () => Promise.resolve("/events?q=nothing-is-called-this"),
  "no page": () => Promise.resolve("/nowhere"),
};

/** What is opened on a page before it is looked at, by its words. */
const OPENED: Record<string, RegExp> = {
  "a workload's policy": /^Options of the proposal/,
  "a workload's denied calls": /^Denied/,
};

const WIDTHS = [{ width: 1280, height: 900 }, { width: 390, height: 844 }];
/** A folder for a picture of each page, for those who look at them. */
const PICTURES = process.env["PICTURES"];

test.describe("pages", () => {
  // Axe is a script from outside of the page; the policy that would refuse it has its own test below.
  test.use({ bypassCSP: true });
  for (const [name, address] of Object.entries(PAGES)) {
    test(name, async ({ page }) => {
      await page.goto(await address(page));
      await page.waitForLoadState("networkidle");
      await expect(page.getByRole("status", { name: /Loading|Replaying/ })).toHaveCount(0);
      await expect(page.getByRole("heading", { includeHidden: true, level: 1 })).toHaveCount(1);
      const opened = OPENED[name];
      if (opened !== undefined) {
        await page.locator("main summary").filter({ hasText: opened }).first().click();
        await page.waitForLoadState("networkidle");
      }
      await page.addScriptTag({ path: AXE });
      for (const colorScheme of ["light", "dark"] as const) {
        for (const viewport of WIDTHS) {
          const situation = `${name}, ${colorScheme}, ${viewport.width} wide`;
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize(viewport);
          expect.soft(await violations(page), situation).toEqual([]);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect.soft(over, `${situation}: pixels wider than the screen`).toBeLessThanOrEqual(0);
          if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${situation.replaceAll(/[^a-z0-9]+/g, "-")}.png` });
        }
      }
    });
  }
});

test("nothing is loaded that the content security policy refuses", async ({ page }) => {
  const refused: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && message.text().includes("Content Security Policy")) refused.push(message.text());
  });
  await page.goto("/");
  await expect(page.getByRole("img", { name: /^Calls over time/ }).locator("canvas")).toBeVisible();
  expect(refused).toEqual([]);
});

test("no other host is asked for anything", async ({ page, baseURL }) => {
  const others: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(baseURL ?? "") && !request.url().startsWith("data:")) others.push(request.url());
  });
  await page.goto("/");
  await page.waitForLoadState("networkidle");
  expect(others).toEqual([]);
});
