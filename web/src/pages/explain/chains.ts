/** Steps put together to chains: each step goes on where the one before it ended. Pure. */
import type { Party, Step } from "../../api/types";

export interface Chain {
  root: Party;
  steps: Step[];
}

function same(a: Party, b: Party): boolean {
  return a.kind === b.kind && (a.id ?? a.label) === (b.id ?? b.label);
}

/** One chain, or several where a step begins anew. */
export function chainsOf(steps: readonly Step[]): Chain[] {
  const chains: Chain[] = [];
  for (const step of steps) {
    const current = chains.at(-1);
    const end = current?.steps.at(-1)?.to;
    if (current !== undefined && end !== undefined && same(end, step.from)) current.steps.push(step);
    else chains.push({ root: step.from, steps: [step] });
  }
  return chains;
}
