import { expect, test } from "@playwright/test";

import { callOfPod, chainedSession, denialWithWhyNot, proposalOf, workloadWithDenied, workloadWithUnused } from "./estate";

test("the pod behind a call: event, attribution, session, chain root first", async ({ page }) => {
  const call = await callOfPod(page);
  await page.goto(`/events?class=exact&session_id=${encodeURIComponent(call.session_id ?? "")}`);
  const table = page.getByRole("table", { name: "Events" });
  await table.getByTitle(call.event_id).click();
  const panel = page.getByRole("dialog");
  const attribution = panel.getByRole("region", { name: "Attribution" });
  await expect(attribution.getByText("Exact").first()).toBeVisible();
  await expect(attribution).toContainText(call.pod ?? "");
  await expect(attribution.getByRole("heading", { name: "Why", exact: true })).toBeVisible();
  await expect(attribution.getByRole("listitem").first()).not.toBeEmpty();
  await expect(panel.getByRole("region", { name: "Record" })).toContainText(call.event_name ?? "");
  await attribution.locator('a[href^="/sessions/"]').first().click();
  await expect(page).toHaveURL(/\/sessions\//);
  const chain = page.getByRole("list", { name: "Chain, root first" });
  await expect(chain.getByRole("listitem").first()).toContainText("Root");
  await page.goBack();
  await expect(page.getByRole("dialog")).toBeVisible();
});

test("a chained session shows every hop, the root first and itself last", async ({ page }) => {
  const session = await chainedSession(page);
  await page.goto(`/sessions/${encodeURIComponent(session.session_id)}`);
  const hops = page.getByRole("list", { name: "Chain, root first" }).getByRole("listitem");
  await expect(hops.nth(1)).toBeVisible();
  await expect(hops.first()).toContainText("Root");
  await expect(hops.last()).toContainText(session.session_id);
  await hops.first().getByRole("link").first().click();
  await expect(page.getByRole("heading", { level: 1 })).not.toContainText(session.session_id);
});

test("what a workload does not use, and the policy proposed instead", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(await workloadWithUnused(page));
  await page.getByRole("button", { name: /^Unused/ }).click();
  await expect(page).toHaveURL(/status=unused/);
  const rows = page.getByRole("table", { name: "Permissions" }).getByRole("row");
  await expect(rows.nth(1)).toContainText("Unused");
  await expect(page.getByRole("table", { name: "Permissions" })).not.toContainText("Denied");
  await page.getByRole("navigation", { name: "About this workload" }).getByRole("link", { name: "Policy" }).click();
  await expect(page.getByText(/^0 denied$/)).toBeVisible();
  const diff = page.getByRole("region", { name: "Permissions policy diff" });
  await expect(diff).toContainText("added:");
  await page.getByRole("button", { name: /^Copy .+/ }).filter({ hasText: "Copy" }).first().click();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as { Statement: unknown[] };
  expect(copied.Statement.length).toBeGreaterThan(0);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Download / }).first().click();
  expect((await saved).suggestedFilename()).toMatch(/\.json$/);
});

test("the policy comes as a file to apply: the format is in the address, the text can be copied and saved", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`${await workloadWithUnused(page)}/policy`);
  const formats = page.getByRole("group", { name: "Format" });
  await expect(formats.getByRole("radio", { name: "IAM", exact: true })).toBeChecked();
  await formats.getByText("Terraform", { exact: true }).click();
  await expect(page).toHaveURL(/format=terraform/);
  const text = page.getByRole("region", { name: "Terraform", exact: true });
  await expect(text).toContainText('data "aws_iam_policy_document"');
  await page.getByRole("button", { name: "Copy Terraform" }).click();
  await expect(page.getByText("Copied").first()).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("statement {");
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download Terraform" }).click();
  expect((await saved).suggestedFilename()).toMatch(/\.tf$/);
  await page.reload();
  await expect(text).toBeVisible();
  await formats.getByRole("radio", { name: "Terraform" }).press("ArrowRight");
  await expect(page.getByRole("region", { name: "CloudFormation" })).toContainText("AWSTemplateFormatVersion");
});

test("a statement says what it rests on: calls, times, and events that are one click away", async ({ page }) => {
  const address = await workloadWithUnused(page);
  const proposal = await proposalOf(page, address);
  const reason = proposal.recommendations[0]?.statements.find((one) => one.sample_event_ids.length > 0);
  await page.goto(`${address}/policy`);
  const item = page.getByRole("list", { name: "Statements" }).getByRole("listitem").filter({ hasText: reason?.sid ?? "" }).first();
  await item.locator("summary").press("Enter");
  await expect(page).toHaveURL(new RegExp(`why=${reason?.sid}`));
  await expect(item.locator("summary")).toBeInViewport();
  await expect(item.getByText("First seen", { exact: true })).toBeVisible();
  await expect(item.getByRole("region", { name: `Statement ${reason?.sid}` })).toContainText('"Effect": "Allow"');
  for (const widened of reason?.widened ?? []) await expect(item.getByRole("list", { name: "What was widened" })).toContainText(widened.pattern);
  await item.getByRole("link", { name: /^Event / }).first().click();
  await expect(page).toHaveURL(new RegExp(`/events/${reason?.sample_event_ids[0]}`));
  await expect(page.getByRole("region", { name: "Attribution" })).toBeVisible();
  await page.goBack();
  await expect(item.getByText("First seen", { exact: true })).toBeVisible();
});

test("options of the proposal: a session policy for Pod Identity, and why there is none for IRSA", async ({ page }) => {
  await page.goto(`${await workloadWithUnused(page, "pod_identity")}/policy`);
  await page.getByText("Options of the proposal").click();
  const attach = page.getByRole("combobox", { name: "Attach as" });
  await attach.selectOption({ label: "Session policy of the Pod Identity association" });
  await expect(page).not.toHaveURL(/attach/);
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page).toHaveURL(/attach=association/);
  const policy = page.getByRole("region", { name: "Permissions policy", exact: true });
  await expect(policy).toContainText("session policy of the Pod Identity association");
  await page.reload();
  await expect(page.getByRole("list", { name: "Active filters" })).toContainText("Session policy");
  await page.getByRole("navigation", { name: "About this workload" }).getByRole("link", { name: /^Replay/ }).click();
  await expect(page).toHaveURL(/replay\?attach=association/);
  await page.goto(`${await workloadWithUnused(page, "irsa")}/policy?attach=association`);
  await expect(page.getByText("No proposal with these options")).toBeVisible();
  await expect(page.getByText(/only a Pod Identity association takes a session policy/)).toBeVisible();
  await page.getByRole("button", { name: "Back to the defaults" }).last().click();
  await expect(page).not.toHaveURL(/attach/);
  await expect(policy).toBeVisible();
});

test("a misspelt action is told beside the field, with the nearest that exists", async ({ page }) => {
  await page.goto(`${await workloadWithUnused(page)}/policy`);
  await page.getByText("Options of the proposal").click();
  const keep = page.getByRole("textbox", { name: "Keep" });
  await keep.fill("s3:GetObjec");
  await keep.press("Enter");
  await expect(page.getByRole("alert")).toContainText(/s3:GetObjec.*did you mean/);
  await keep.fill("s3:GetObject");
  await keep.press("Enter");
  await expect(page).toHaveURL(/keep=s3%3AGetObject(&|$)/);
  await expect(page.getByRole("region", { name: "Permissions policy", exact: true })).toBeVisible();
});

test("the replay says how many calls were tried and that none is denied", async ({ page }) => {
  await page.goto(`${await workloadWithUnused(page)}/replay`);
  await expect(page.getByText(/^0 denied$/)).toBeVisible();
  await expect(page.getByText("Calls replayed", { exact: true })).toBeVisible();
});

test("a denied action is explained", async ({ page }) => {
  await page.goto(`${await workloadWithDenied(page)}/denied`);
  const first = page.getByRole("list", { name: "Denied actions" }).getByRole("listitem").first();
  await first.locator("summary").click();
  await expect(first.getByRole("heading", { name: "Why not" })).toBeVisible();
  await expect(first.getByText("Refused by", { exact: true })).toBeVisible();
  await expect(first.getByRole("region", { name: /^Statement for/ })).toContainText('"Effect": "Allow"');
  await first.getByRole("link", { name: /denied call/ }).click();
  await expect(page).toHaveURL(/outcome=denied/);
  await expect(page.getByRole("table", { name: "Events" }).getByRole("row").nth(1)).toContainText("Denied");
});

test("a denied action says which policy refused it, and where a wider role would not help", async ({ page }) => {
  const { address, denial } = await denialWithWhyNot(page);
  const layer = { boundary: "Permissions boundary", session: "Session policy", service_control: "Service control policy" }[denial.layer as string] ?? "Role's policies";
  await page.goto(`${address}/denied`);
  const item = page.getByRole("list", { name: "Denied actions" }).getByRole("listitem").filter({ hasText: denial.action }).filter({ hasText: layer }).first();
  await expect(item).toContainText(denial.explicit ? "a Deny" : "no Allow");
  await item.locator("summary").press("Enter");
  await expect(item.getByText(/widening the role|wins over every Allow:/i)).toBeVisible();
  const statement = item.getByRole("heading", { name: new RegExp(`smallest statement.*${layer}`, "i") });
  await expect(statement).toHaveCount(denial.statement == null ? 0 : 1);
});

test("an unused action that is to be kept is not removed, and says that it stays on request", async ({ page }) => {
  const address = await workloadWithUnused(page);
  const removed = (await proposalOf(page, address)).recommendations[0]?.removed[0] ?? "";
  await page.goto(`${address}/policy?never_remove=${removed}`);
  await expect(page.getByRole("list", { name: "Kept on request" })).toContainText(removed);
  await page.getByRole("navigation", { name: "About this workload" }).getByRole("link", { name: "Permissions" }).click();
  await page.getByRole("searchbox", { name: "Find" }).fill(removed);
  await expect(page.getByRole("table", { name: "Permissions" }).getByRole("row").filter({ hasText: removed }).first()).toContainText("Never removed");
});

test("filters live in the address: they survive a reload, and back undoes them", async ({ page }) => {
  await page.goto("/events");
  await page.getByRole("combobox", { name: "Outcome" }).selectOption({ label: "Denied" });
  await expect(page).toHaveURL(/outcome=denied/);
  await page.getByRole("combobox", { name: "Trust" }).selectOption({ label: "Exact" });
  await expect(page).toHaveURL(/class=exact/);
  await page.reload();
  await expect(page.getByRole("combobox", { name: "Outcome" })).toHaveValue("denied");
  await expect(page.getByRole("list", { name: "Active filters" })).toContainText("Exact");
  await page.goBack();
  await expect(page).not.toHaveURL(/class=exact/);
  await page.getByRole("button", { name: "Remove filter Outcome" }).click();
  await expect(page).toHaveURL(/\/events$/);
});

test("typing filters the workloads, sorting asks the server", async ({ page }) => {
  await page.goto("/workloads");
  const table = page.getByRole("table", { name: "Workloads" });
  await expect(table.getByRole("row").nth(1)).toBeVisible();
  await table.getByRole("button", { name: "Calls" }).click();
  await expect(page).toHaveURL(/sort=-?calls/);
  const name = (await table.getByRole("row").nth(1).locator("strong").textContent()) ?? "";
  await page.getByRole("searchbox", { name: "Filter" }).fill(name);
  await expect(page).toHaveURL(new RegExp(`q=${name}`));
  await expect(table.getByRole("row").nth(1)).toContainText(name);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV" }).click();
  expect((await saved).suggestedFilename()).toBe("podtrail-workloads.csv");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Cluster" }).click();
  await expect(page).toHaveURL(/hide=cluster/);
});

test("an unknown workload gets a kind error with the nearest names", async ({ page }) => {
  const known = await workloadWithUnused(page);
  const wrong = `${known.slice(0, -1)}${known.endsWith("x") ? "y" : "x"}`;
  await page.goto(wrong);
  const alert = page.getByRole("alert");
  await expect(alert).toBeVisible();
  await alert.getByRole("list", { name: "Suggestions" }).getByRole("link").first().click();
  await expect(page.getByRole("navigation", { name: "About this workload" })).toBeVisible();
  await expect(alert).toBeHidden();
});

test("the keyboard reaches everything", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  for (const [keys, title] of [["gw", "Workloads"], ["gf", "Findings"], ["gr", "Graph"], ["gi", "Explain"], ["ge", "Events"], ["gc", "Coverage"], ["gs", "Status"], ["go", "Overview"]] as const) {
    for (const key of keys) await page.keyboard.press(key);
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  }
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Help" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search" })).toBeFocused();
  await page.keyboard.type("s3:GetObject");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/action=s3%3AGetObject/);
});

test("the first stop of the tab key skips to the content", async ({ page }) => {
  await page.goto("/status");
  await expect(page.getByRole("heading", { level: 1, name: "Status" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
});

test("figures lead to the rows behind them", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("list", { name: "Key figures" }).getByRole("link", { name: /Denied calls/ }).click();
  await expect(page).toHaveURL(/\/events\?outcome=denied/);
  await expect(page.getByRole("table", { name: "Events" }).getByRole("row").nth(1)).toContainText("Denied");
});

test("charts have their numbers as a table", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Calls over time: show as table" }).click();
  const table = page.getByRole("table", { name: "Calls over time" });
  await expect(table.getByRole("row").nth(1).getByRole("link")).toHaveAttribute("href", /\/events\?mechanism=/);
});
