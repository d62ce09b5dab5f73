/** Journeys through findings, explanations, the graph, coverage and migration. */
import { expect, test } from "@playwright/test";

import { explainedCall, findingWith, findingWithEvidence, graphOf, workloadThatCalls, workloadToMigrate } from "./estate";

test("a finding: what can happen, a command to copy, and the event that shows it", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const finding = await findingWithEvidence(page);
  await page.goto(`/findings?kind=${finding.kind}`);
  await expect(page.getByRole("combobox", { name: "Kind" })).toHaveValue(finding.kind);
  await page.getByRole("table", { name: "Findings" }).getByRole("link", { name: finding.title }).first().click();
  await expect(page).toHaveURL(/open=/);
  await expect(page.getByRole("dialog").getByRole("region", { name: "What to do" })).toBeVisible();
  await page.goto(`/findings/${finding.id}`);
  await expect(page.getByRole("heading", { level: 1, name: finding.title })).toBeVisible();
  const todo = page.getByRole("region", { name: "What to do" });
  await todo.getByRole("button", { name: "Copy: The command" }).click();
  await expect(todo.getByText("Copied").first()).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(finding.remedy.command);
  await page.getByRole("region", { name: "Evidence" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/events\//);
  await expect(page.getByRole("region", { name: "Attribution" })).toBeVisible();
});

test("findings are narrowed in the address, survive a reload, and come as CSV", async ({ page }) => {
  const finding = await findingWith(page, (row) => row.workloads.length > 0, "finding of a workload");
  await page.goto("/findings");
  const toggle = page.getByRole("button", { name: new RegExp(`^${finding.severity}`, "i") });
  await toggle.click();
  await expect(page).toHaveURL(new RegExp(`severity=${finding.severity}`));
  await page.reload();
  await expect(toggle).toHaveAttribute("aria-pressed", "true");
  const rows = page.getByRole("table", { name: "Findings" }).getByRole("row");
  await expect(rows.nth(1)).toContainText(new RegExp(finding.severity, "i"));
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV" }).click();
  expect((await saved).suggestedFilename()).toBe("podtrail-findings.csv");
});

test("a workload's findings are counted in the list and shown on its page", async ({ page }) => {
  const finding = await findingWith(page, (row) => row.workloads.length === 1, "finding of one workload");
  const name = finding.workloads[0]?.split("/").at(-1) ?? "";
  await page.goto(`/workloads?q=${encodeURIComponent(name)}`);
  await page.getByRole("table", { name: "Workloads" }).getByRole("link", { name: /the gravest/ }).first().click();
  await expect(page).toHaveURL(/\/findings$/);
  await expect(page.getByRole("table", { name: "Findings" }).getByRole("row").nth(1)).toBeVisible();
});

test("open findings and those of the last week are figures that lead to their rows", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("region", { name: "New since last week" }).getByRole("link", { name: /findings?$/ }).first().click();
  await expect(page).toHaveURL(/\/findings\?age=week/);
  await page.goBack();
  await page.getByRole("list", { name: "Key figures" }).getByRole("link", { name: /Open findings/ }).click();
  await expect(page.getByRole("table", { name: "Findings" }).getByRole("row").nth(1)).toBeVisible();
});

test("an id is explained: who, by which credentials, each step with its event, and why not stronger", async ({ page }) => {
  const { event, explanation } = await explainedCall(page, ["service_account", "session"]);
  await page.goto("/explain");
  await page.getByRole("searchbox", { name: /^Event id/ }).fill(event.event_id);
  await page.getByRole("button", { name: "Explain", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/explain/${event.event_id}`));
  const chain = page.getByRole("list", { name: /step by step/ }).first();
  await expect(chain.getByRole("listitem").first()).toContainText("ServiceAccount");
  await expect(page.getByRole("heading", { name: "Why not stronger" })).toBeVisible();
  const shown = explanation.steps.filter((step) => step.evidence_event_id != null);
  await expect(page.getByRole("link", { name: "The event that shows it" })).toHaveCount(shown.length);
  await page.getByRole("link", { name: "The event that shows it" }).first().click();
  await expect(page).toHaveURL(new RegExp(`/events/${shown[0]?.evidence_event_id}`));
});

test("the search box explains credentials by their key, and a workload says how it is known", async ({ page }) => {
  const { event } = await explainedCall(page, ["service_account", "session"]);
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type(event.session_id ?? "");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Explanation" }).getByRole("list", { name: /step by step/ }).first()).toBeVisible();
  const { id, address } = await workloadThatCalls(page);
  await page.goto(`${address}/explain`);
  await expect(page.getByRole("table", { name: "Known by" }).getByRole("row").nth(1)).toBeVisible();
  await page.goto(`/explain/${encodeURIComponent(id)}`);
  await expect(page.getByRole("table", { name: "Newest sessions" }).getByRole("row").nth(1).getByRole("link").first()).toHaveAttribute("href", /^\/sessions\//);
});

test("the graph: its words, its table, the rows behind an edge", async ({ page }) => {
  await page.goto("/graph?limit=10");
  await expect(page.getByRole("application", { name: /^Graph/ }).locator("canvas")).toBeVisible();
  const graph = await graphOf(page, "?limit=10");
  if (graph.omitted.workloads + graph.omitted.resources > 0) await expect(page.getByText("with the fewest calls stand folded", { exact: false })).toBeVisible();
  await page.getByRole("button", { name: "Graph: show as table" }).click();
  const rows = page.getByRole("table", { name: "Graph" }).getByRole("row");
  await expect(rows).toHaveCount(graph.edges.length + 1);
  await rows.getByRole("link", { name: /^Workload / }).first().click();
  await expect(page).toHaveURL(/\/events\?/);
  await expect(page.getByRole("table", { name: "Events" }).getByRole("row").nth(1)).toBeVisible();
});

test("the graph is walked by the arrow keys, and Enter opens what is told", async ({ page }) => {
  const graph = await graphOf(page, "");
  await page.goto("/graph");
  const picture = page.getByRole("application", { name: /^Graph/ });
  await expect(picture.locator("canvas")).toBeVisible();
  await picture.focus();
  await page.keyboard.press("ArrowDown");
  const [first] = graph.nodes;
  await expect(page.getByRole("status").filter({ hasText: `Workload ${first?.detail ?? first?.label}` })).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("status").filter({ hasText: /^Role / })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/events\?.*role=/);
});

test("the graph's filters live in the address, and a workload has its own graph", async ({ page }) => {
  const { id, address } = await workloadThatCalls(page);
  await page.goto("/graph");
  await page.getByRole("combobox", { name: "Workload" }).selectOption(id);
  await expect(page).toHaveURL(/workload=/);
  await page.reload();
  await expect(page.getByRole("combobox", { name: "Workload" })).toHaveValue(id);
  await page.goto(`${address}/graph`);
  await page.getByRole("link", { name: "Open in the graph" }).click();
  await expect(page.getByRole("list", { name: "Active filters" })).toContainText(id);
});

test("coverage: each account and region, and the same in short beside the answers", async ({ page }) => {
  await page.goto("/findings");
  const note = page.getByRole("region", { name: "What this rests on" });
  await expect(note).toContainText(/exact/);
  await note.getByRole("link", { name: "Coverage" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Coverage" })).toBeVisible();
  const row = page.getByRole("table", { name: "Accounts and regions" }).getByRole("row").nth(1);
  await expect(row).toContainText(/\d{12}/);
  await row.getByRole("link").first().click();
  await expect(page).toHaveURL(/\/events\?from=/);
});

test("a workload leaves IRSA: steps in order, the association, the trust policy, what the trail will say", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(await workloadToMigrate(page));
  await page.getByRole("navigation", { name: "About this workload" }).getByRole("link", { name: "Migration" }).click();
  await expect(page.getByRole("list", { name: "Steps, in order" }).getByRole("listitem").first()).toBeVisible();
  await page.getByRole("button", { name: "Copy: Association" }).click();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as { serviceAccount: string };
  expect(copied.serviceAccount).not.toBe("");
  await expect(page.getByRole("region", { name: /^Trust policy afterwards/ })).toContainText("pods.eks.amazonaws.com");
  await expect(page.getByRole("table", { name: "Session tags" })).toContainText("kubernetes-service-account");
});
