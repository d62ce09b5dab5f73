import type { Denial, Permission, Recommendation } from "../../api/types";

/** A refused action, by the role that it was refused to. */
export interface Refusal {
  role: string;
  denial: Denial;
  /** Today's policies that grant the action all the same. */
  grantedBy: string[];
}

/** What was refused to each role, those without a proposal last. */
export function refusalsOf(proposal: Pick<Recommendation, "recommendations" | "unproposed">, marks: readonly Permission[]): Refusal[] {
  const grantedBy = (role: string, action: string) => marks.find((mark) => mark.status === "denied" && mark.role_arn === role && mark.action === action)?.granted_by ?? [];
  return [...proposal.recommendations, ...proposal.unproposed].flatMap((role) =>
    role.denied_demand.map((denial) => ({ role: role.role_arn, denial, grantedBy: grantedBy(role.role_arn, denial.action) })),
  );
}
