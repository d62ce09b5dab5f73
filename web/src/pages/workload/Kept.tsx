import { Link } from "react-router";

import type { Grant, RoleRecommendation } from "../../api/types";
import { number } from "../../lib/format";
import { paths } from "../../lib/paths";
import { Panel } from "../../ui/layout";
import { MarkBadge } from "../../ui/Mark";
import { GRANT_REASON } from "../../ui/marks";
import { Arn, Num, Time } from "../../ui/values";
import { useWorkload } from "./Workload";

/** Why each action stays: the calls behind it. */
export function Kept({ role }: { role: RoleRecommendation }) {
  const { filter } = useWorkload();
  return (
    <Panel title="Why each action stays" note="The use behind every line of the proposal, or the request">
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
                <td>
                  <span className="mono">{grant.action}</span>
                  {grant.reason !== "used" && (
                    <>
                      {" "}
                      <MarkBadge mark={GRANT_REASON[grant.reason]} />
                    </>
                  )}
                </td>
                <td data-align="end">
                  {grant.calls === 0 ? (
                    <span className="muted">0</span>
                  ) : (
                    <Link to={paths.events({ ...filter, action: grant.action })}>
                      <Num value={grant.calls} />
                    </Link>
                  )}
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
