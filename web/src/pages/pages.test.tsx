/** Pages against the mock estate, by role and label. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { events } from "../../mock/estate";
import { findings } from "../../mock/findings";
import { answer, responseOf } from "../../mock/handlers";
import { queryDefaults } from "../api/defaults";
import { routes } from "../routes";

// Pages are chunks that are loaded when opened, which takes a while on a busy machine.
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 30_000 });

// Nothing here has a canvas: the browser journeys look at the charts, these tests at what stands beside them.
vi.mock("../ui/echarts", () => ({
  init: () => ({ setOption: () => undefined, on: () => undefined, resize: () => undefined, dispose: () => undefined, dispatchAction: () => undefined }),
}));

const asked: Request[] = [];

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal("scrollTo", () => undefined);
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(request);
    const found = answer(new URL(request.url));
    const { text, headers } = responseOf(found);
    return Promise.resolve(new Response(text, { status: found.status, headers }));
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function open(address: string) {
  const queries = new QueryClient({ defaultOptions: { queries: { ...queryDefaults, retry: false } } });
  const router = createMemoryRouter(routes, { initialEntries: [address] });
  const view = render(
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return { router, ...view };
}

test("an unknown workload is told kindly, with the nearest names as links", async () => {
  open("/workloads/prod-eu/shop/chekout/permissions");
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("no workload prod-eu/shop/chekout");
  const names = within(within(alert).getByRole("list", { name: "Suggestions" })).getAllByRole("link");
  expect(names[0]?.getAttribute("href")).toBe("/workloads/prod-eu/shop/checkout");
  expect(within(alert).queryByRole("button", { name: "Try again" })).toBeNull();
});

test("a server that fails can be asked again", async () => {
  open("/workloads?q=error-503");
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("the object store did not answer");
  const before = asked.length;
  await userEvent.click(within(alert).getByRole("button", { name: "Try again" }));
  expect(asked.length).toBeGreaterThan(before);
});

test("a filter that nothing passes says so", async () => {
  open("/workloads?q=nothing-has-this-name");
  expect(await screen.findByText("No workload matches")).toBeDefined();
});

test("filters in the address reach the server, odd values do not", async () => {
  open("/events?outcome=denied&class=odd&namespace=shop");
  await screen.findByRole("heading", { name: "Events" });
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0));
  const query = new URL(asked.at(-1)?.url ?? "").searchParams;
  expect([query.get("outcome"), query.get("class"), query.get("namespace")]).toEqual(["denied", null, "shop"]);
});

test("a chip takes its filter out of the address and leaves the others", async () => {
  const { router } = open("/events?outcome=denied&namespace=shop");
  await userEvent.click(await screen.findByRole("button", { name: "Remove filter Outcome" }));
  expect(router.state.location.search).toBe("?namespace=shop");
});

test("a request is aborted when its page is left", async () => {
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(request);
    return new Promise(() => undefined);
  });
  const { router } = open("/status");
  await vi.waitFor(() => expect(asked.some((request) => request.url.endsWith("/status"))).toBe(true));
  await router.navigate("/nowhere");
  await vi.waitFor(() => expect(asked.find((request) => request.url.endsWith("/status"))?.signal.aborted).toBe(true));
});

test("the proposal's replay is told in numbers, with the policies as a diff", async () => {
  open("/workloads/prod-eu/shop/orders-export/policy");
  expect((await screen.findByText("0 denied")).textContent).toBe("0 denied");
  const diff = screen.getByRole("region", { name: "Permissions policy diff" });
  expect(diff.textContent).toContain('removed:       "Action": "s3:*"');
  expect(within(diff).getAllByText("added:").length).toBeGreaterThan(0);
});

test("an action that does not exist is told beside the options, which stand open to mend it", async () => {
  const { router } = open("/workloads/prod-eu/shop/orders-export/policy?keep=s3:GetObjec&attach=odd");
  expect((await screen.findByRole("alert")).textContent).toContain("did you mean s3:");
  expect(asked.some((request) => request.url.includes("attach="))).toBe(false);
  const keep = screen.getByRole("textbox", { name: "Keep" });
  expect(keep).toHaveProperty("value", "s3:GetObjec");
  await userEvent.clear(keep);
  await userEvent.type(keep, "s3:DeleteBucket{Enter}");
  await vi.waitFor(() => expect(router.state.location.search).toBe("?keep=s3%3ADeleteBucket"));
  expect(await screen.findByRole("region", { name: "Permissions policy diff" })).toBeDefined();
});

test("options go with the reader from tab to tab, and the file is made with them", async () => {
  open("/workloads/prod-eu/shop/checkout/policy?attach=inline&group=action&format=eksctl");
  expect(await screen.findByRole("region", { name: "eksctl" })).toBeDefined();
  const file = asked.find((request) => request.url.includes("format=eksctl"));
  expect(new URL(file?.url ?? "").searchParams.get("attach")).toBe("inline");
  const tabs = within(screen.getByRole("navigation", { name: "About this workload" }));
  expect(tabs.getByRole("link", { name: /^Replay/ }).getAttribute("href")).toBe("/workloads/prod-eu/shop/checkout/replay?attach=inline&group=action");
});

test("what stays on request is marked so: among the removed, the kept and the permissions", async () => {
  const asks = "?keep=dynamodb:Scan&never_remove=s3:Delete*";
  const { unmount } = open(`/workloads/prod-eu/shop/checkout/policy${asks}`);
  const stays = await screen.findByRole("list", { name: "Kept on request" });
  expect(within(stays).getAllByRole("listitem").map((item) => item.textContent)).toContain("dynamodb:ScanOn request");
  expect(stays.textContent).toContain("s3:DeleteBucketNever removed");
  const kept = within(screen.getByRole("table", { name: "Kept actions" }));
  expect(kept.getByRole("row", { name: /dynamodb:Scan On request/ })).toBeDefined();
  expect(kept.getByRole("row", { name: /dynamodb:GetItem/ }).textContent).not.toContain("On request");
  unmount();
  open(`/workloads/prod-eu/shop/checkout/permissions${asks}&find=dynamodb`);
  const marked = await screen.findAllByText("On request");
  expect(marked.map((mark) => mark.closest("tr")?.textContent?.startsWith("dynamodb:Scan"))).toEqual([true]);
});

test("beside the proposal of one role stands why another has none", async () => {
  vi.stubGlobal("fetch", (request: Request) => {
    const found = answer(new URL(request.url));
    const body = request.url.includes("/recommendation") ? { ...(found.body as object), unproposed: [{ role_arn: "arn:x", why: "no recommendation for `arn:x`: no call is in the window", denied_demand: [] }] } : found.body;
    return Promise.resolve(Response.json(body, { status: found.status }));
  });
  open("/workloads/prod-eu/shop/checkout/policy");
  const why = await screen.findByRole("list", { name: "Roles without a proposal" });
  expect(why.textContent).toBe("No recommendation for arn:x: no call is in the window.");
  expect(screen.getByRole("region", { name: "Permissions policy diff" })).toBeDefined();
});

test("keys go to pages, but not while one types", async () => {
  const { router } = open("/status");
  await screen.findByRole("heading", { name: "Status" });
  await userEvent.keyboard("gw");
  await vi.waitFor(() => expect(router.state.location.pathname).toBe("/workloads"));
  await screen.findByRole("heading", { name: "Workloads" });
  await userEvent.keyboard("/");
  const search = screen.getByRole("searchbox", { name: "Search" });
  expect(document.activeElement).toBe(search);
  await userEvent.keyboard("ge{Enter}");
  await vi.waitFor(() => expect(router.state.location.search).toBe("?q=ge"));
});

test("a source says how far it is behind, what waits, and what could not be read", async () => {
  open("/status");
  const table = await screen.findByRole("table", { name: "Sources" });
  const row = within(table).getByRole("row", { name: /222222222222/ });
  for (const words of ["2 h 5 min", "12 objects, 34 kB", "3 objects"]) expect(row.textContent).toContain(words);
  const failure = within(screen.getByRole("list", { name: "Not readable" })).getByRole("listitem");
  expect(failure.textContent).toContain("allow s3:GetObject");
  expect(within(failure).getByRole("button", { name: /^Copy podtrail ingest s3:/ })).toBeDefined();
  expect(screen.getByText(/1 source has objects that could not be read/)).toBeDefined();
});

test("a source that never said is unknown, not zero", async () => {
  open("/status");
  const table = await screen.findByRole("table", { name: "Sources" });
  const row = within(table).getByRole("row", { name: /an-old-folder/ });
  expect(within(row).getAllByText("unknown")).toHaveLength(4);
});

test("findings are narrowed by severity and age in the address, and each filter says how many it leaves", async () => {
  const { router } = open("/findings");
  const table = await screen.findByRole("table", { name: "Findings" });
  expect(within(table).getAllByRole("row")[1]?.textContent).toContain("Critical");
  const fresh = screen.getByRole("button", { name: /^New since last week/ });
  expect(fresh.textContent).toContain("2");
  await userEvent.click(fresh);
  expect(router.state.location.search).toBe("?age=week");
  expect(within(screen.getByRole("table", { name: "Findings" })).getAllByRole("row")).toHaveLength(3);
  await userEvent.click(screen.getByRole("button", { name: /^High/ }));
  expect(router.state.location.search).toBe("?age=week&severity=high");
  expect(within(screen.getByRole("table", { name: "Findings" })).getAllByRole("row")).toHaveLength(2);
});

test("odd values among the filters of findings are not asked for", async () => {
  open("/findings?kind=odd&severity=odd&age=year&workload=prod-eu%2Fci%2Frunner");
  await screen.findByRole("table", { name: "Findings" });
  const query = new URL(asked.find((request) => request.url.includes("/findings?"))?.url ?? "").searchParams;
  expect([query.get("kind"), query.get("severity"), query.get("workload")]).toEqual([null, null, "prod-eu/ci/runner"]);
});

/** Everything as it is, but the list of findings. */
function answerFindings(code: number, findingsBody: object) {
  vi.stubGlobal("fetch", (request: Request) => {
    const url = new URL(request.url);
    const { status, body } = url.pathname.endsWith("/findings") ? { status: code, body: findingsBody } : answer(url);
    return Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } }));
  });
}

test("an estate without findings is told what would be here", async () => {
  const none = { items: [], next: null, total: 0, counts: { critical: 0, high: 0, medium: 0, low: 0, info: 0 } };
  answerFindings(200, none);
  open("/findings");
  expect(await screen.findByText("No finding is open")).toBeDefined();
  expect(screen.getByRole("button", { name: "Copy podtrail inventory inventory/*.json" })).toBeDefined();
});

test("a finding says what to do, with the trust policy against today's and the events that show it", async () => {
  const wildcard = findings.find((row) => row.kind === "trust_wildcard_sub");
  open(`/findings/${wildcard?.id}`);
  const todo = await screen.findByRole("region", { name: "What to do" });
  expect((await within(todo).findByRole("region", { name: "The command" })).textContent).toContain("aws iam update-assume-role-policy");
  expect((await within(todo).findByRole("region", { name: /against today's$/ })).textContent).toContain("removed:");
  cleanup();
  const [critical] = findings;
  open(`/findings/${critical?.id}`);
  const evidence = await screen.findByRole("region", { name: "Evidence" });
  expect(within(evidence).getAllByRole("link")[0]?.getAttribute("href")).toBe(`/events/${critical?.evidence[0]?.event_id}`);
});

test("the overview stands where the findings cannot be had", async () => {
  answerFindings(503, { title: "Down", status: 503, detail: "no findings now" });
  open("/");
  const figures = await screen.findByRole("list", { name: "Key figures" });
  expect(within(figures).getByRole("link", { name: /^Workloads 16/ })).toBeDefined();
  expect((await screen.findByRole("alert")).textContent).toContain("no findings now");
});

test("workloads count their findings, with the gravest beside the count", async () => {
  open("/workloads?q=runner");
  const table = await screen.findByRole("table", { name: "Workloads" });
  const count = await within(table).findByRole("link", { name: /the gravest High/ });
  expect([count.textContent, count.getAttribute("href")]).toEqual(["3, the gravest High", "/workloads/prod-eu/ci/runner/findings"]);
});

test("an explanation is a chain, each step with its event, its trust, and why not a stronger one", async () => {
  const event = events.find((row) => row.pod_class === "claimed" && row.event_source !== "sts.amazonaws.com");
  open(`/explain/${event?.event_id}`);
  const chain = await screen.findByRole("list", { name: "Chain, step by step" });
  const steps = within(chain).getAllByRole("listitem");
  expect(steps.map((step) => step.querySelector(".party-kind")?.textContent)).toEqual(["ServiceAccount", "Pod", "Credentials", "Service"]);
  expect(within(chain).getAllByRole("link", { name: "The event that shows it" }).at(-1)?.getAttribute("href")).toBe(`/events/${event?.event_id}`);
  expect(screen.getByRole("heading", { name: "Why not stronger" })).toBeDefined();
  expect(within(chain).getByText("No event in the lake shows it.", { exact: false })).toBeDefined();
});

test("what cannot be explained is told kindly", async () => {
  open("/explain/ASIANOTINTHELAKE0000");
  expect((await screen.findByRole("alert")).textContent).toContain("ASIANOTINTHELAKE0000");
});

test("the graph is a table behind its toggle, and each edge leads to its events", async () => {
  open("/graph?limit=160&cluster=prod-eu");
  await userEvent.click(await screen.findByRole("button", { name: "Graph: show as table" }));
  const rows = within(screen.getByRole("table", { name: "Graph" })).getAllByRole("row");
  expect(rows.length).toBeGreaterThan(20);
  const link = within(rows[1] ?? document.body).getByRole("link");
  expect(link.getAttribute("href")).toMatch(/^\/events\?cluster=prod-eu&/);
});

test("coverage lists the gaps of each place, and what is not known as unknown", async () => {
  open("/coverage");
  const table = await screen.findByRole("table", { name: "Accounts and regions" });
  expect(within(table).getByRole("row", { name: /222222222222 eu-west-1/ }).textContent).toContain("75 hours in 4 gaps");
  expect(within(within(table).getByRole("row", { name: /us-east-1/ })).getAllByText("unknown")).toHaveLength(1);
  const gaps = screen.getByRole("list", { name: "Gaps" });
  await userEvent.click(within(gaps).getByText("4 gaps in", { exact: false }));
  expect(gaps.textContent).toContain("2026-10-15 00:00:00 UTC to 2026-10-18 00:00:00 UTC: 3 d");
  expect(gaps.textContent).toContain("And 1 shorter gap.");
});

test("a workload's page says what it rests on", async () => {
  open("/workloads/prod-eu/ci/runner/permissions");
  const note = await screen.findByRole("region", { name: "What this rests on" });
  expect(within(note).getByRole("link", { name: "78 hours hold nothing" }).getAttribute("href")).toBe("/coverage#places");
});

test("only a workload with IRSA has a way to Pod Identity: steps in order, and what stands in the way", async () => {
  open("/workloads/prod-eu/shop/orders-export/migration");
  const steps = within(await screen.findByRole("list", { name: "Steps, in order" })).getAllByRole("heading");
  expect(steps.map((step) => step.textContent?.trim()).at(0)).toBe("1 Install the agent");
  expect(screen.getByRole("list", { name: "What stands in the way" }).textContent).toContain("shared by 3 workloads");
  expect(screen.getByRole("region", { name: "Trust policy while it moves, against today's" }).textContent).toContain("added:");
  cleanup();
  open("/workloads/prod-eu/shop/checkout/permissions");
  const tabs = await screen.findByRole("navigation", { name: "About this workload" });
  expect(within(tabs).queryByRole("link", { name: /Migration/ })).toBeNull();
});
