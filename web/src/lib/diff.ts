/** Line diff by Myers' greedy algorithm: the shortest list of removals and additions. */

export type DiffKind = "same" | "removed" | "added";

export interface DiffLine {
  kind: DiffKind;
  text: string;
  /** Line number on the left, from 1; absent for an added line. */
  before?: number;
  /** Line number on the right, from 1; absent for a removed line. */
  after?: number;
}

/** Furthest x on each diagonal, kept for every number of edits. */
type Frontier = Map<number, number>;

function startOf(frontier: Frontier, diagonal: number, edits: number): { x: number; down: boolean } {
  const left = frontier.get(diagonal - 1) ?? -1;
  const above = frontier.get(diagonal + 1) ?? -1;
  const down = diagonal === -edits || (diagonal !== edits && left < above);
  return { x: down ? above : left + 1, down };
}

/** Every frontier up to the number of edits that reaches the end of both sides. */
function frontiers(before: readonly string[], after: readonly string[]): Frontier[] {
  const current: Frontier = new Map([[1, 0]]);
  const trace: Frontier[] = [];
  for (let edits = 0; edits <= before.length + after.length; edits++) {
    trace.push(new Map(current));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let { x } = startOf(current, diagonal, edits);
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x += 1;
      current.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) return trace;
    }
  }
  return trace;
}

/** The diff of two texts' lines, in reading order, removals before additions. */
export function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  const lines: DiffLine[] = [];
  let x = before.length;
  let y = after.length;
  const same = () => lines.push({ kind: "same", text: before[x - 1] ?? "", before: x--, after: y-- });
  const trace = frontiers(before, after);
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const { x: start, down } = startOf(trace[edits] ?? new Map(), x - y, edits);
    const startY = start - (x - y);
    while (x > start && y > startY) same();
    if (edits === 0) break;
    if (down) lines.push({ kind: "added", text: after[y - 1] ?? "", after: y-- });
    else lines.push({ kind: "removed", text: before[x - 1] ?? "", before: x-- });
  }
  return removalsFirst(lines.reverse());
}

/** Within each run of changes, what went comes before what came. */
function removalsFirst(lines: DiffLine[]): DiffLine[] {
  const order: DiffLine[] = [];
  let added: DiffLine[] = [];
  for (const line of lines) {
    if (line.kind === "added") {
      added.push(line);
      continue;
    }
    if (line.kind === "same") {
      order.push(...added);
      added = [];
    }
    order.push(line);
  }
  return [...order, ...added];
}
