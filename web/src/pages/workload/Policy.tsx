import { useMemo } from "react";
import { Button } from "react-aria-components";
import { Link } from "react-router";

import type { Grant, PolicyOut, RoleRecommendation } from "../../api/types";
import { roleName } from "../../lib/arn";
import { number, plural } from "../../lib/format";
import { paths } from "../../lib/paths";
import { documentText, policyLines } from "../../lib/policy";
import { Icon } from "../../ui/Icon";
import { DiffView } from "../../ui/Code";
import { Panel } from "../../ui/layout";
import { POLICY_KIND } from "../../ui/marks";
import { Empty } from "../../ui/states";
import { Arn, CopyButton, download, Num, Time } from "../../ui/values";
import { Proposal } from "./Proposal";
import { Removed } from "./Removed";
import { ReplayResult } from "./ReplayResult";
import { useWorkload } from "./Workload";

export function Policy() {
  return <Proposal>{(role) => <RolePolicy role={role} />}</Proposal>;
}

function RolePolicy({ role }: { role: RoleRecommendation }) {
  const { path } = useWorkload();
  return (
    <>
      <ReplayResult replay={role.replay} path={path} />
      <Warnings role={role} />
      <PolicyDiff role={role} />
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
            <code>{warning.code}</code> {warning.message}
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

function PolicyDiff({ role }: { role: RoleRecommendation }) {
  const before = useMemo(() => policyLines(role.current_policies), [role]);
  const after = useMemo(() => policyLines(role.policies), [role]);
  return (
    <Panel title="Permissions policy: today and proposed" note={<Sizes role={role} />}>
      <div className="format">
        <span className="tag">IAM JSON</span>
        {role.policies.map((policy) => (
          <PolicyActions key={policy.name} policy={policy} role={role.role_arn} />
        ))}
      </div>
      {role.current_policies.length === 0 && (
        <p className="muted">
          Today's policies are not in the inventory, so everything proposed shows as added. Run <code>podtrail inventory authorization-details.json</code> to compare.
        </p>
      )}
      {before.length + after.length === 0 ? <Empty title="No policy is proposed" /> : <DiffView before={before} after={after} label="Permissions policy diff" />}
    </Panel>
  );
}

function Sizes({ role }: { role: RoleRecommendation }) {
  return (
    <>
      {number(role.granted)} actions granted today, {number(role.kept.length)} kept
    </>
  );
}

function PolicyActions({ policy, role }: { policy: PolicyOut; role: string }) {
  if (policy.document == null) return null;
  const text = documentText(policy.document);
  return (
    <span className="pair">
      <span>
        <strong>{policy.name}</strong> <span className="muted">{POLICY_KIND[policy.kind]}, {plural(policy.characters, "character")}</span>
      </span>
      <CopyButton text={text} label={`Copy ${policy.name}`}>
        Copy
      </CopyButton>
      <Button className="button" aria-label={`Download ${policy.name}`} onPress={() => download(`${roleName(role)}-${policy.name}.json`, "application/json", `${text}\n`)}>
        <Icon name="download" />
        Download
      </Button>
    </span>
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
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {after.length > 0 && <DiffView before={before} after={after} label="Trust policy diff" />}
    </Panel>
  );
}

/** Why each action stays: the calls behind it. */
function Kept({ role }: { role: RoleRecommendation }) {
  const { filter } = useWorkload();
  return (
    <Panel title="Why each action stays" note="The use behind every line of the proposal">
      <div className="table-scroll">
        <table className="plain" aria-label="Kept actions">
          <thead>
            <tr>
              <th scope="col">Action</th>
              <th scope="col" data-align="end">Calls</th>
              <th scope="col">Last</th>
              <th scope="col">On</th>
              <th scope="col">Evidence</th>
            </tr>
          </thead>
          <tbody>
            {role.kept.map((grant) => (
              <tr key={grant.action}>
                <td className="mono">{grant.action}</td>
                <td data-align="end">
                  <Link to={paths.events({ ...filter, action: grant.action })}>
                    <Num value={grant.calls} />
                  </Link>
                </td>
                <td>
                  <Time at={grant.last_seen} />
                </td>
                <td>
                  <GrantResources grant={grant} />
                </td>
                <td>
                  {(role.evidence[grant.action] ?? []).map((id, index) => (
                    <Link key={id} to={paths.event(id)} className="evidence" title={id}>
                      <span className="sr-only">Event </span>
                      {index + 1}
                    </Link>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function GrantResources({ grant }: { grant: Grant }) {
  const [first, ...others] = grant.resources;
  return (
    <span className="pair">
      <Arn arn={first} max={48} />
      {others.length > 0 && (
        <span className="tag" title={grant.resources.join("\n")}>
          +{number(others.length)}
        </span>
      )}
    </span>
  );
}
