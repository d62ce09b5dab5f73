import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { recommendationQuery } from "../../api/queries";
import type { Recommendation, RoleRecommendation } from "../../api/types";
import { roleName } from "../../lib/arn";
import { useUrlFilter } from "../../lib/urlState";
import { FilterSelect } from "../../ui/filters";
import { Empty, ProblemBox, Skeleton } from "../../ui/states";
import { useWorkload } from "./Workload";

const NAMES = ["role"] as const;

/** Fetches the recommendation and shows the chosen role's part of it; one role at a time. */
export function Proposal({ children }: { children: (role: RoleRecommendation, whole: Recommendation) => ReactNode }) {
  const { path } = useWorkload();
  const url = useUrlFilter(NAMES);
  const proposal = useQuery(recommendationQuery(path));
  if (proposal.error !== null) return <ProblemBox error={proposal.error} retry={() => void proposal.refetch()} />;
  if (proposal.data === undefined) return <Skeleton lines={10} label="Replaying the history through a proposal" />;
  const roles = proposal.data.recommendations;
  const role = roles.find((one) => one.role_arn === url.values.role) ?? roles[0];
  if (role === undefined) {
    return (
      <Empty title="Nothing to recommend" command="podtrail ingest ./more-logs">
        {proposal.data.note ?? "A recommendation needs use to rest on."}
      </Empty>
    );
  }
  return (
    <>
      {roles.length > 1 && (
        <div className="filters">
          <FilterSelect
            label={`Role (this workload used ${roles.length})`}
            value={role.role_arn}
            options={roles.map((one) => [one.role_arn, roleName(one.role_arn)] as const)}
            onCommit={(value) => url.set({ role: value })}
          />
        </div>
      )}
      {children(role, proposal.data)}
    </>
  );
}
