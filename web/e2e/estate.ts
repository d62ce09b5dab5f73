/** Finds what a journey needs in whatever estate is served, so that none depends on exact data. */
import { expect, type Page } from "@playwright/test";

interface Workload {
  id: string;
  calls: number;
  denied: number;
  unused?: number | null;
}

interface Session {
  session_id: string;
  chain: string[];
  parent_session_id?: string | null;
}

async function items<T>(page: Page, address: string): Promise<T[]> {
  const response = await page.request.get(address);
  expect(response.ok(), `${address} answers`).toBe(true);
  return ((await response.json()) as { items: T[] }).items;
}

/** The address of a workload that has what is asked for. */
export async function workloadWith(page: Page, what: "denied" | "unused"): Promise<string> {
  const rows = await items<Workload>(page, "/api/v1/workloads?limit=1000&sort=-unused");
  const found = rows.find((row) => row.calls > 0 && (row[what] ?? 0) > 0);
  expect(found, `a workload with calls and ${what} permissions`).toBeDefined();
  const parts = (found?.id ?? "").split("/");
  return `/workloads/${[parts.slice(0, -2).join("/"), ...parts.slice(-2)].map(encodeURIComponent).join("/")}`;
}

/** A session that was asked for by another session. */
export async function chainedSession(page: Page): Promise<Session> {
  const rows = await items<Session>(page, "/api/v1/sessions?limit=1000");
  const found = rows.find((row) => row.parent_session_id != null && row.chain.length > 1);
  expect(found, "a chained session").toBeDefined();
  return found ?? { session_id: "", chain: [] };
}

/** Any event's id. */
export async function anyEvent(page: Page): Promise<string> {
  const [first] = await items<{ event_id: string }>(page, "/api/v1/events?limit=1");
  return first?.event_id ?? "";
}
