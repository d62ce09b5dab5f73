import { Link } from "react-router";

import type { Replay, RoleRecommendation } from "../../api/types";
import { exactTime, number } from "../../lib/format";
import { paths } from "../../lib/paths";
import { Facts, Panel } from "../../ui/layout";
import { Arn } from "../../ui/values";
import { Proposal } from "./Proposal";
import { ReplayResult } from "./ReplayResult";
import { useWorkload } from "./Workload";

export function ReplayTab() {
  return <Proposal>{(role, whole) => <RoleReplay role={role} from={whole.window.from} to={whole.window.to} />}</Proposal>;
}

function RoleReplay({ role, from, to }: { role: RoleRecommendation; from?: string | null | undefined; to?: string | null | undefined }) {
  const { filter } = useWorkload();
  const { replay } = role;
  return (
    <>
      <ReplayResult replay={replay} />
      <Panel title="History through the proposal" note={`${exactTime(from)} to ${exactTime(to)}`}>
        <Facts
          items={[
            ["Calls replayed", <Link key="calls" to={paths.events({ ...filter, role: role.role_arn })}>{number(replay.calls)}</Link>],
            ["Allowed", number(replay.allowed)],
            ["Denied", <span key="denied" className={replay.denied > 0 ? "denied-text" : ""}>{number(replay.denied)}</span>],
            ["Undecided", number(replay.unknown)],
          ]}
        />
        <p className="muted">
          Each call that passed authorisation in the window is evaluated against the proposed policies. A call is undecided when a condition needs a key that the record does not
          carry, or when its event maps to no action.
        </p>
      </Panel>
      <Misses replay={replay} />
    </>
  );
}

const DECISION: Record<string, string> = {
  implicit_deny: "denied: nothing allows it",
  explicit_deny: "denied by a statement",
  unknown: "undecided",
};

function Misses({ replay }: { replay: Replay }) {
  if (replay.counterexamples.length === 0) return null;
  return (
    <Panel title="Calls that need a look" note="What is missing to decide them">
      <div className="table-scroll">
        <table className="plain" aria-label="Calls that need a look">
          <thead>
            <tr>
              <th scope="col">Action</th>
              <th scope="col">Resource</th>
              <th scope="col">Decision</th>
              <th scope="col">Missing</th>
              <th scope="col" data-align="end">Calls</th>
              <th scope="col">Sample</th>
            </tr>
          </thead>
          <tbody>
            {replay.counterexamples.map((miss) => (
              <tr key={`${miss.action} ${miss.resource} ${miss.decision}`}>
                <td className="mono">{miss.action}</td>
                <td>
                  <Arn arn={miss.resource} />
                </td>
                <td>{DECISION[miss.decision] ?? miss.decision}</td>
                <td className="mono">{miss.missing_keys.join(", ") || "no action known for this event"}</td>
                <td data-align="end">{number(miss.calls)}</td>
                <td>
                  <Link to={paths.event(miss.sample_event_id)}>event</Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
