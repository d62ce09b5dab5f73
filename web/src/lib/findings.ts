/** What findings come to: how grave, of which workload, and which are new. Pure. */
import type { Finding, Maybe, Severity } from "../api/types";
import { inLastWeek } from "./days";

/** Gravest first, as the server orders them. */
export const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low", "info"];

export function graver(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) <= SEVERITIES.indexOf(b) ? a : b;
}

/** The gravest finding of each workload that has one; a finding of several workloads is one of each. */
export function worstByWorkload(findings: readonly Finding[]): Map<string, Severity> {
  const worst = new Map<string, Severity>();
  for (const { workloads, severity } of findings) {
    for (const id of workloads) worst.set(id, graver(worst.get(id) ?? severity, severity));
  }
  return worst;
}

/** Those that an event of the week before `until` showed first. One that configuration alone shows has no such time. */
export function newFindings(findings: readonly Finding[], until: Maybe<string>): Finding[] {
  return findings.filter((finding) => inLastWeek(finding.first_seen, until));
}

export function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}
