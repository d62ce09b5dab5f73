import type { Finding } from "../../api/types";
import { csv } from "../../lib/csv";

const HEADER = ["id", "severity", "kind", "title", "subject", "account", "cluster", "workloads", "roles", "first_seen", "last_seen", "why", "what_to_do", "command", "evidence"];

/** A line a finding; lists are separated by blanks, evidence is the events' ids. */
export function findingsCsv(rows: readonly Finding[]): string {
  return csv(
    HEADER,
    rows.map((row) => [
      row.id, row.severity, row.kind, row.title, row.subject, row.account, row.cluster, row.workloads.join(" "), row.roles.join(" "),
      row.first_seen, row.last_seen, row.why, row.remedy.summary, row.remedy.command,
      row.evidence.flatMap((piece) => piece.event_id ?? []).join(" "),
    ]),
  );
}
