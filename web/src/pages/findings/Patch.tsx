import { useQuery } from "@tanstack/react-query";

import { recommendationQuery } from "../../api/queries";
import { asJson, type Finding, type Json, type Maybe } from "../../api/types";
import { documentText } from "../../lib/policy";
import { refOfId } from "../../lib/paths";
import { DiffView } from "../../ui/Code";
import { DocumentActions, DocumentBlock } from "../../ui/Command";
import { Skeleton } from "../../ui/states";

const FILE = "policy.json";

/** The document that mends it; a trust policy beside today's, where the inventory holds that. */
export function Patch({ finding, document, of }: { finding: Finding; document: unknown; of: Maybe<string> }) {
  const label = of == null ? "The document" : `In place of: ${of}`;
  const ref = refOfId(finding.workloads[0] ?? "");
  const compared = isTrust(asJson(document)) && ref !== undefined;
  const proposal = useQuery({ ...recommendationQuery(ref ?? { cluster: "", namespace: "", service_account: "" }), enabled: compared });
  const today = proposal.data?.recommendations.find((role) => finding.roles.includes(role.role_arn))?.trust.current;
  return (
    <>
      <h3>{label}</h3>
      {compared && proposal.isPending && <Skeleton lines={6} label="Loading today's policy" />}
      {!(compared && proposal.isPending) &&
        (today == null ? (
          <DocumentBlock document={document} label={label} file={FILE} />
        ) : (
          <div className="block">
            <DocumentActions document={document} label={label} file={FILE} />
            <DiffView before={documentText(today).split("\n")} after={documentText(document).split("\n")} label={`${label}, against today's`} />
          </div>
        ))}
    </>
  );
}

/** Only a trust policy names principals. */
function isTrust(document: Json): boolean {
  if (document === null || typeof document !== "object" || Array.isArray(document)) return false;
  return [document["Statement"]].flat().some((statement) => statement !== null && typeof statement === "object" && "Principal" in statement);
}
