import { useMemo } from "react";

import type { RoleRecommendation } from "../../api/types";
import { plural } from "../../lib/format";
import { documentText } from "../../lib/policy";
import { DiffView } from "../../ui/Code";
import { Panel } from "../../ui/layout";
import { Prose } from "../../ui/Prose";
import { Document } from "./Document";
import { Kept } from "./Kept";
import { Proposal } from "./Proposal";
import { Removed } from "./Removed";
import { ReplayResult } from "./ReplayResult";
import { Statements } from "./Statements";

export function Policy() {
  return <Proposal>{(role) => <RolePolicy role={role} />}</Proposal>;
}

function RolePolicy({ role }: { role: RoleRecommendation }) {
  return (
    <>
      <ReplayResult replay={role.replay} />
      <Warnings role={role} />
      <Document role={role} />
      <Statements role={role} />
      <TrustDiff role={role} />
      <Kept role={role} />
      <Removed role={role} />
    </>
  );
}

function Warnings({ role }: { role: RoleRecommendation }) {
  if (role.warnings.length === 0 && role.widened.length === 0) return null;
  return (
    <Panel title="Before you apply it">
      <ul className="notes">
        {role.warnings.map((warning) => (
          <li key={`${warning.code} ${warning.message}`}>
            <code>{warning.code}</code> <Prose text={warning.message} />
            {warning.statement != null && (
              <>
                {" "}
                (statement <code>{warning.statement}</code>)
              </>
            )}
          </li>
        ))}
        {role.widened.map((widened) => (
          <li key={widened.pattern}>
            {plural(widened.from_count, "resource")} became the pattern <code>{widened.pattern}</code>: {widened.why}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function TrustDiff({ role }: { role: RoleRecommendation }) {
  const { current, proposed, why } = role.trust;
  const lines = useMemo(() => [current, proposed].map((document) => (document == null ? [] : documentText(document).split("\n"))), [current, proposed]);
  const [before = [], after = []] = lines;
  return (
    <Panel title="Trust policy" note={why.length === 0 ? "No change is proposed." : undefined}>
      {why.length > 0 && (
        <ul className="notes">
          {why.map((reason) => (
            <li key={reason}>
              <Prose text={reason} />
            </li>
          ))}
        </ul>
      )}
      {after.length > 0 && <DiffView before={before} after={after} label="Trust policy diff" />}
    </Panel>
  );
}
