import type { SessionRow } from "../../api/types";

/** A pod's sessions, placed in the window: 0 is its start, 1 its end. */
export interface Lane {
  name: string;
  bars: { session: SessionRow; start: number; length: number; depth: number }[];
}

/** One lane a pod (sessions whose pod is unknown share one), the pod seen last on top. */
export function lanesOf(sessions: readonly SessionRow[], from: number, to: number): Lane[] {
  const width = to - from;
  if (!(width > 0)) return [];
  const place = (time: number) => Math.min(Math.max((time - from) / width, 0), 1);
  const lanes = new Map<string, Lane>();
  for (const session of sessions) {
    const issued = Date.parse(session.issued_at ?? session.last_call ?? "");
    if (Number.isNaN(issued)) continue;
    const end = Date.parse(session.last_call ?? session.expires_at ?? "");
    const start = place(issued);
    const name = session.pod ?? "pod not known";
    const lane = lanes.get(name) ?? { name, bars: [] };
    lane.bars.push({ session, start, length: Number.isNaN(end) ? 0 : Math.max(place(end) - start, 0), depth: Math.max(session.chain.length - 1, 0) });
    lanes.set(name, lane);
  }
  const latest = (lane: Lane) => Math.max(...lane.bars.map((bar) => bar.start));
  return [...lanes.values()].toSorted((a, b) => latest(b) - latest(a) || a.name.localeCompare(b.name));
}
