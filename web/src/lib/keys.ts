/** The keyboard map: one list for the keys and for the help that explains them. */

export type Command = "search" | "help" | "overview" | "workloads" | "findings" | "graph" | "explain" | "events" | "coverage" | "status";

export interface Shortcut {
  keys: readonly string[];
  command: Command;
  does: string;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ["/"], command: "search", does: "Search" },
  { keys: ["?"], command: "help", does: "Show this help" },
  { keys: ["g", "o"], command: "overview", does: "Go to the overview" },
  { keys: ["g", "w"], command: "workloads", does: "Go to workloads" },
  { keys: ["g", "f"], command: "findings", does: "Go to findings" },
  { keys: ["g", "r"], command: "graph", does: "Go to the graph" },
  { keys: ["g", "i"], command: "explain", does: "Explain an id" },
  { keys: ["g", "e"], command: "events", does: "Go to events" },
  { keys: ["g", "c"], command: "coverage", does: "Go to coverage" },
  { keys: ["g", "s"], command: "status", does: "Go to status" },
];

/** The most milliseconds between the keys of one shortcut. */
export const PATIENCE = 1200;

/** What has been typed so far, and when. */
export interface Pending {
  keys: readonly string[];
  at: number;
}

export const NOTHING: Pending = { keys: [], at: 0 };

const isStart = (keys: readonly string[], whole: readonly string[]) => keys.every((key, index) => whole[index] === key);

/** Takes one more key: the command it completes, and what then is pending. */
export function press(pending: Pending, key: string, now: number): { command?: Command; pending: Pending } {
  const fresh = now - pending.at <= PATIENCE ? pending.keys : [];
  for (const keys of [[...fresh, key], [key]]) {
    const hit = SHORTCUTS.find((shortcut) => shortcut.keys.length === keys.length && isStart(keys, shortcut.keys));
    if (hit !== undefined) return { command: hit.command, pending: NOTHING };
    if (SHORTCUTS.some((shortcut) => isStart(keys, shortcut.keys))) return { pending: { keys, at: now } };
  }
  return { pending: NOTHING };
}

/** Keys belong to the reader, not to us, while text is typed or a modifier is held. */
export function isOurs(event: Pick<KeyboardEvent, "ctrlKey" | "metaKey" | "altKey" | "defaultPrevented" | "target">): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return true;
  return !target.isContentEditable && target.closest("input, textarea, select, [role=dialog], [role=menu]") === null;
}
