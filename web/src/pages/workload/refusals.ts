import type { Denial, Maybe, Permission, Recommendation } from "../../api/types";
import { minimalStatement } from "../../lib/policy";

/** A refused action, by the role that it was refused to. */
export interface Refusal {
  role: string;
  denial: Denial;
  /** Today's policies that grant the action all the same. */
  grantedBy: string[];
}

/**
 * What was refused to each role. Of a role without a proposal only the mark of its permission is known; `since` is
 * the day from which history counts.
 */
export function refusalsOf(proposal: Pick<Recommendation, "recommendations" | "note">, marks: readonly Permission[], since: string | undefined): Refusal[] {
  const refused = marks.filter((mark) => mark.status === "denied");
  const judged = new Set(proposal.recommendations.map((role) => role.role_arn));
  const grantedBy = (role: string, action: string) => refused.find((mark) => mark.role_arn === role && mark.action === action)?.granted_by ?? [];
  const known = proposal.recommendations.flatMap((role) =>
    role.denied_demand.map((denial) => ({ role: role.role_arn, denial, grantedBy: grantedBy(role.role_arn, denial.action) })),
  );
  const others = refused.filter((mark) => !judged.has(mark.role_arn) && (since === undefined || (mark.last_seen ?? "") >= since));
  return [...known, ...others.map((mark) => ({ role: mark.role_arn, denial: unjudged(mark, proposal.note), grantedBy: mark.granted_by }))];
}

/** A denial that no policy was judged for. */
function unjudged(mark: Permission, note: Maybe<string>): Denial {
  const resource = mark.resources[0] ?? "*";
  return {
    action: mark.action,
    resource,
    calls: mark.calls,
    last_seen: mark.last_seen ?? null,
    sample_event_id: "",
    layer: "unstated",
    explicit: false,
    reason: note ?? "the role was never used with success, so it has no proposal to judge this call by",
    statement: JSON.parse(minimalStatement(mark.action, resource)) as Record<string, never>,
    why_not: null,
  };
}
