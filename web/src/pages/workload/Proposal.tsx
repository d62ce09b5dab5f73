import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { ApiError } from "../../api/client";
import { recommendationQuery } from "../../api/queries";
import type { Maybe, Recommendation, RoleRecommendation } from "../../api/types";
import { roleName } from "../../lib/arn";
import { sentence } from "../../lib/format";
import { useUrlFilter } from "../../lib/urlState";
import { FilterSelect } from "../../ui/filters";
import { Notes, Prose } from "../../ui/Prose";
import { Empty, ProblemBox, Skeleton } from "../../ui/states";
import { Options } from "./Options";
import { useKnobs } from "./useKnobs";
import { useWorkload } from "./Workload";

const NAMES = ["role"] as const;

/** The proposal as the options in the address ask for it. */
export function useProposal() {
  const { path } = useWorkload();
  const { knobs } = useKnobs();
  return useQuery(recommendationQuery(path, knobs));
}

/** An option that the server does not take, as a misspelt action. */
export function isWrong(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 400;
}

/** The options of the proposal, then the chosen role's part of it; one role at a time. */
export function Proposal({ children }: { children: (role: RoleRecommendation, whole: Recommendation) => ReactNode }) {
  const proposal = useProposal();
  return (
    <>
      <Options wrong={isWrong(proposal.error)} />
      {proposal.error !== null && <ProposalProblem error={proposal.error} retry={() => void proposal.refetch()} />}
      {proposal.isPending && <Skeleton lines={10} label="Replaying the history through a proposal" />}
      {proposal.data !== undefined && <OneRole whole={proposal.data}>{children}</OneRole>}
    </>
  );
}

export function ProposalProblem({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <>
      <ProblemBox error={error} retry={retry} />
      {isWrong(error) && <p className="muted quiet">Mend the option above and apply again, or take it off. Permissions, Sessions and Graph do not depend on it.</p>}
    </>
  );
}

function OneRole({ whole, children }: { whole: Recommendation; children: (role: RoleRecommendation, whole: Recommendation) => ReactNode }) {
  const url = useUrlFilter(NAMES);
  const roles = whole.recommendations;
  const role = roles.find((one) => one.role_arn === url.values.role) ?? roles[0];
  if (role === undefined) return <NoProposal note={whole.note} />;
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
      {whole.unproposed.length > 0 && (
        <div className="callout">
          <p>
            <strong>Not every role has a proposal</strong>
          </p>
          <Notes label="Roles without a proposal" notes={whole.unproposed.map((one) => sentence(one.why))} />
        </div>
      )}
      {children(role, whole)}
    </>
  );
}

/** Why there is none; when options were asked for, they may be why. */
function NoProposal({ note }: { note: Maybe<string> }) {
  const { knobs, url } = useKnobs();
  const asked = Object.keys(knobs).length > 0;
  return (
    <Empty title={asked ? "No proposal with these options" : "Nothing to recommend"} {...(asked ? {} : { command: "podtrail ingest ./more-logs" })}>
      <Prose text={note == null ? "A recommendation needs use to rest on." : sentence(note)} />
      {asked && (
        <>
          {" "}
          <button type="button" className="link-button" onClick={url.clear}>
            Back to the defaults
          </button>
        </>
      )}
    </Empty>
  );
}
