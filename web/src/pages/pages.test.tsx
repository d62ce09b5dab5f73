/** Pages against the mock estate, by role and label. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { answer } from "../../mock/handlers";
import { queryDefaults } from "../api/defaults";
import { routes } from "../routes";

// Pages are chunks that are loaded when opened, which takes a while on a busy machine.
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 30_000 });

const asked: Request[] = [];

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal("scrollTo", () => undefined);
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(request);
    const { status, body } = answer(new URL(request.url));
    const type = status < 400 ? "application/json" : "application/problem+json";
    return Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "Content-Type": type } }));
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
  expect(alert.textContent).toContain("no workload `prod-eu/shop/chekout`");
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
