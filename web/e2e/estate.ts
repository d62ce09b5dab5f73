/** Finds what a journey needs in whatever estate is served, so that none depends on exact data. */
import { expect, type Page } from "@playwright/test";

import type { Denial, EventRow, Explanation, Finding, Graph, Mechanism, Migration, PartyKind, Permission, Recommendation, SessionRow, WorkloadRow } from "../src/api/types";

interface List<T> {
  items: T[];
  next?: string | null;
}

async function get<T>(page: Page, address: string): Promise<T> {
  const response = await page.request.get(address);
  expect(response.ok(), `${address} answers`).toBe(true);
  return (await response.json()) as T;
}

/** The first row of a list, over at most twenty of its pages, that is what is asked for. */
async function find<T>(page: Page, address: string, wanted: (row: T) => boolean | Promise<boolean>, what: string): Promise<T> {
  let cursor: string | null | undefined;
  for (let turn = 0; turn < 20; turn++) {
    const list: List<T> = await get(page, `${address}${cursor == null ? "" : `&cursor=${cursor}`}`);
    for (const row of list.items) if (await wanted(row)) return row;
    cursor = list.next;
    if (cursor == null) break;
  }
  throw new Error(`the estate has no ${what}`);
}

function pathOf(row: WorkloadRow): string {
  const parts = row.id.split("/");
  return [parts.slice(0, -2).join("/"), ...parts.slice(-2)].map(encodeURIComponent).join("/");
}

/** The address of a workload for which a policy is proposed that is smaller than what it is granted; of one mechanism alone. */
export async function workloadWithUnused(page: Page, mechanism?: Mechanism): Promise<string> {
  const wanted = async (row: WorkloadRow) => {
    if (row.calls === 0 || (row.unused ?? 0) === 0 || (mechanism !== undefined && row.mechanisms.join() !== mechanism)) return false;
    const proposal: Recommendation = await get(page, `/api/v1/workloads/${pathOf(row)}/recommendation`);
    return proposal.recommendations[0]?.policies.some((policy) => policy.document != null) ?? false;
  };
  return `/workloads/${pathOf(await find(page, "/api/v1/workloads?limit=100&sort=-unused", wanted, "workload with unused permissions"))}`;
}

/** What is proposed for the workload of a page's address, with the options of a query. */
export function proposalOf(page: Page, address: string, query = ""): Promise<Recommendation> {
  return get(page, `/api/v1${address}/recommendation${query}`);
}

/** The address of a workload that asked for something and was refused. */
export async function workloadWithDenied(page: Page): Promise<string> {
  const wanted = async (row: WorkloadRow) => {
    if (row.denied === 0) return false;
    const marks: List<Permission> = await get(page, `/api/v1/workloads/${pathOf(row)}/permissions`);
    return marks.items.some((mark) => mark.status === "denied");
  };
  return `/workloads/${pathOf(await find(page, "/api/v1/workloads?limit=100&sort=-calls", wanted, "workload with a denied action"))}`;
}

/** A refusal that a wider role would not mend, with the address of its workload. */
export async function denialWithWhyNot(page: Page): Promise<{ address: string; denial: Denial }> {
  let denial: Denial | undefined;
  const wanted = async (row: WorkloadRow) => {
    if (row.denied === 0) return false;
    const proposal = await proposalOf(page, `/workloads/${pathOf(row)}`);
    denial = proposal.recommendations.flatMap((role) => role.denied_demand).find((one) => one.why_not != null && one.layer !== "identity");
    return denial !== undefined;
  };
  const row = await find(page, "/api/v1/workloads?limit=100&sort=-calls", wanted, "denial that a wider role would not mend");
  if (denial === undefined) throw new Error("no denial");
  return { address: `/workloads/${pathOf(row)}`, denial };
}

/** A session that was asked for by another session. */
export function chainedSession(page: Page): Promise<SessionRow> {
  const wanted = (row: SessionRow) => row.parent_session_id != null && row.chain.length > 1;
  return find(page, "/api/v1/sessions?limit=1000", wanted, "chained session");
}

/** A call whose pod is known, with the event that proves it. */
export function callOfPod(page: Page): Promise<EventRow> {
  const wanted = (row: EventRow) => row.session_id != null && row.pod != null && row.evidence_event_id != null && row.evidence_event_id !== row.event_id;
  return find(page, "/api/v1/events?class=exact&limit=1000", wanted, "call of a known pod");
}

/** Any event's id. */
export async function anyEvent(page: Page): Promise<string> {
  return (await find<EventRow>(page, "/api/v1/events?limit=1", () => true, "event")).event_id;
}

/** A finding that is as wanted. */
export function findingWith(page: Page, wanted: (finding: Finding) => boolean, what: string): Promise<Finding> {
  return find(page, "/api/v1/findings?limit=1000", wanted, what);
}

/** A finding with a command to copy and an event that shows it. */
export function findingWithEvidence(page: Page): Promise<Finding> {
  return findingWith(page, (row) => row.remedy.command != null && row.workloads.length > 0 && row.evidence.some((piece) => piece.event_id != null), "finding with a command and an event");
}

/** The address of a workload with IRSA for which steps to Pod Identity are known. */
export async function workloadToMigrate(page: Page): Promise<string> {
  const wanted = async (row: WorkloadRow) => {
    if (!row.mechanisms.includes("irsa")) return false;
    const plan: Migration = await get(page, `/api/v1/workloads/${pathOf(row)}/migration`);
    return plan.steps.length > 0 && plan.association != null && plan.trust_policy != null;
  };
  return `/workloads/${pathOf(await find(page, "/api/v1/workloads?limit=100&sort=-calls", wanted, "workload that can move to Pod Identity"))}`;
}

/** A workload that called, with its address. */
export async function workloadThatCalls(page: Page): Promise<{ id: string; address: string }> {
  const row = await find<WorkloadRow>(page, "/api/v1/workloads?limit=100&sort=-calls", (one) => one.calls > 0 && one.roles.length > 0, "workload that calls");
  return { id: row.id, address: `/workloads/${pathOf(row)}` };
}

/** A call whose explanation passes through each of the kinds, with that. */
export async function explainedCall(page: Page, kinds: PartyKind[]): Promise<{ event: EventRow; explanation: Explanation }> {
  let explanation: Explanation | undefined;
  const wanted = async (row: EventRow) => {
    if (row.session_id == null || row.event_source === "sts.amazonaws.com") return false;
    explanation = await get<Explanation>(page, `/api/v1/explain/${encodeURIComponent(row.event_id)}`);
    const seen = new Set(explanation.steps.flatMap((step) => [step.from.kind, step.to.kind]));
    return kinds.every((kind) => seen.has(kind)) && explanation.why_not_stronger.length > 0;
  };
  // Of an IRSA session the workload is exact and the pod mostly is not, so there is something to say about both.
  const event = await find(page, "/api/v1/events?class=exact&mechanism=irsa&limit=50", wanted, `call explained by ${kinds.join(", ")}`);
  if (explanation === undefined) throw new Error("no explanation");
  return { event, explanation };
}

export function graphOf(page: Page, query: string): Promise<Graph> {
  return get(page, `/api/v1/graph${query}`);
}
