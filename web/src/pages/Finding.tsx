import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { findingQuery } from "../api/queries";
import { PageHeader } from "../ui/layout";
import { FINDING_KIND } from "../ui/marks";
import { ProblemBox, Skeleton } from "../ui/states";
import { CopyButton } from "../ui/values";
import { FindingView } from "./findings/FindingView";

/** One finding at an address of its own, which stays while its evidence grows. */
export function FindingPage() {
  const { id = "" } = useParams();
  const finding = useQuery(findingQuery(id));
  return (
    <>
      <title>{`${finding.data?.title ?? id} · Podtrail`}</title>
      <PageHeader
        title={finding.data?.title ?? <span className="mono">{id}</span>}
        lead={
          finding.data && (
            <>
              {FINDING_KIND[finding.data.kind]} · <span className="mono">{id}</span> <CopyButton text={id} label="Copy the finding's id" />
            </>
          )
        }
      />
      {finding.error !== null && <ProblemBox error={finding.error} retry={() => void finding.refetch()} />}
      {finding.isPending && <Skeleton lines={12} />}
      {finding.data && <FindingView finding={finding.data} />}
    </>
  );
}
