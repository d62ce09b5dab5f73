import type { WorkloadRow } from "../api/types";
import { number } from "../lib/format";
import { StackBar } from "./layout";
import { PERMISSION_MARK } from "./marks";
import { Unknown } from "./values";

/** What is granted: used, not observable, unused, as one bar with its numbers. */
export function GrantBar({ row }: { row: Pick<WorkloadRow, "used" | "granted" | "unused" | "unobservable"> }) {
  if (row.granted == null) return <Unknown />;
  return (
    <span className="grant-bar">
      <StackBar
        segments={[
          { name: PERMISSION_MARK.used.word, value: row.used ?? 0, color: PERMISSION_MARK.used.color },
          { name: PERMISSION_MARK.unobservable.word, value: row.unobservable ?? 0, color: PERMISSION_MARK.unobservable.color },
          { name: PERMISSION_MARK.unused.word, value: row.unused ?? 0, color: PERMISSION_MARK.unused.color },
        ]}
      />
      <span>
        {number(row.unused)}
        <span className="muted">/{number(row.granted)}</span>
        <span className="sr-only"> granted permissions are unused</span>
      </span>
    </span>
  );
}
