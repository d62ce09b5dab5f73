/** Counting findings: how many, how grave, of which workload, and which are new. Pure. */
import type { Finding, Maybe, Severity } from "../api/types";
import { inLastWeek } from "./days";

/** Gravest first, as the server orders them. */
export const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low", "info"];

/** How many there are, and how grave the gravest is. */
export interface FindingCount {
  count: number;
  worst: Severity;
}

export function graver(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) <= SEVERITIES.indexOf(b) ? a : b;
}

/** The findings of each workload that has one; a finding of several workloads counts for each. */
export function countByWorkload(findings: readonly Finding[]): Map<string, FindingCount> {
  const counts = new Map<string, FindingCount>();
  for (const { workloads, severity } of findings) {
    for (const id of workloads) {
      const known = counts.get(id);
      counts.set(id, known === undefined ? { count: 1, worst: severity } : { count: known.count + 1, worst: graver(known.worst, severity) });
    }
  }
  return counts;
}

/** Those that an event of the week before `until` showed first. One that configuration alone shows has no such time. */
export function newFindings(findings: readonly Finding[], until: Maybe<string>): Finding[] {
  return findings.filter((finding) => inLastWeek(finding.first_seen, until));
}

export function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}
