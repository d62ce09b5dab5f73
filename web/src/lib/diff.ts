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

/** The furthest line of the left side on each diagonal: `values[diagonal + middle]`. */
interface Frontier {
  values: Int32Array;
  middle: number;
}

function at(frontier: Frontier, diagonal: number): number {
  return frontier.values[diagonal + frontier.middle] ?? 0;
}

/** Where a diagonal starts after one more edit: a step down (an addition) or right (a removal). */
function startOf(frontier: Frontier, diagonal: number, edits: number): { x: number; down: boolean } {
  const left = at(frontier, diagonal - 1);
  const above = at(frontier, diagonal + 1);
  const down = diagonal === -edits || (diagonal !== edits && left < above);
  return { x: down ? above : left + 1, down };
}

/** For each number of edits the frontier before it, up to the number that reaches the end of both sides. */
function frontiers(before: readonly string[], after: readonly string[]): Frontier[] {
  const most = before.length + after.length;
  const current: Frontier = { values: new Int32Array(2 * most + 3), middle: most + 1 };
  const trace: Frontier[] = [];
  for (let edits = 0; edits <= most; edits++) {
    const middle = edits + 1;
    trace.push({ values: current.values.slice(current.middle - middle, current.middle + middle + 1), middle });
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let { x } = startOf(current, diagonal, edits);
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x += 1;
      current.values[diagonal + current.middle] = x;
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
  const trace = frontiers(before, after);
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const frontier = trace[edits];
    if (frontier === undefined) break;
    const { x: start, down } = startOf(frontier, x - y, edits);
    const startY = start - (x - y);
    for (; x > start && y > startY; x--, y--) lines.push({ kind: "same", text: before[x - 1] ?? "", before: x, after: y });
    if (edits === 0) break;
    if (down) lines.push({ kind: "added", text: after[y - 1] ?? "", after: y-- });
    else lines.push({ kind: "removed", text: before[x - 1] ?? "", before: x-- });
  }
  return removalsFirst(lines.toReversed());
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
