import { useMemo } from "react";
import { Link } from "react-router";

import type { GrantReason, RoleRecommendation, StatementReason, Widened } from "../../api/types";
import { number, plural, sentence } from "../../lib/format";
import { paths } from "../../lib/paths";
import { documentText, statementOf } from "../../lib/policy";
import { listOf, useUrlFilter, withItem } from "../../lib/urlState";
import { JsonText } from "../../ui/Code";
import { Facts, Panel } from "../../ui/layout";
import { MarkBadge } from "../../ui/Mark";
import { GRANT_REASON } from "../../ui/marks";
import { Prose } from "../../ui/Prose";
import { CopyButton, Time } from "../../ui/values";
import { useWorkload } from "./Workload";

/** The open ones stand in the address, so that they are open again on the way back from an event. */
const NAMES = ["why"] as const;

/** Each statement of the proposal with the calls that it rests on. */
export function Statements({ role }: { role: RoleRecommendation }) {
  const url = useUrlFilter(NAMES);
  if (role.statements.length === 0) return null;
  const open = listOf(url.values.why);
  return (
    <Panel title="Why each statement" note="Open one for the calls that it rests on">
      <ul className="denials" aria-label="Statements">
        {role.statements.map((reason) => (
          <li key={`${reason.policy} ${reason.sid}`}>
            <Statement
              reason={reason}
              role={role}
              open={open.includes(reason.sid)}
              onToggle={(on) => {
                if (on !== open.includes(reason.sid)) url.set({ why: withItem(url.values.why, reason.sid, on) }, { replace: true, stay: true });
              }}
            />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

interface StatementProps {
  reason: StatementReason;
  role: RoleRecommendation;
  open: boolean;
  onToggle: (open: boolean) => void;
}

function Statement({ reason, role, open, onToggle }: StatementProps) {
  return (
    <details className="denial" open={open} onToggle={(event) => onToggle(event.currentTarget.open)}>
      <summary>
        <strong className="mono break">{reason.sid}</strong>
        {role.policies.length > 1 && <span className="tag">{reason.policy}</span>}
        {reason.calls === 0 && <MarkBadge mark={GRANT_REASON.keep_list} />}
        <span className="muted">
          {plural(reason.actions.length, "action")}, {plural(reason.calls, "call")}
        </span>
      </summary>
      {open && <Evidence reason={reason} role={role} />}
    </details>
  );
}

function Evidence({ reason, role }: { reason: StatementReason; role: RoleRecommendation }) {
  const statement = statementOf(role.policies, reason);
  const text = statement === undefined ? undefined : documentText(statement);
  return (
    <div className="denial-body">
      <p>
        <Prose text={sentence(reason.why)} />
      </p>
      <Facts
        items={[
          ["Calls", <Calls key="calls" reason={reason} role={role.role_arn} />],
          ["First seen", <Time key="first" at={reason.first_seen} />],
          ["Last seen", <Time key="last" at={reason.last_seen} />],
          ["Sample events", <Samples key="samples" ids={reason.sample_event_ids} />],
          ["Actions", <Actions key="actions" actions={reason.actions} role={role} />, "wide"],
        ]}
      />
      <WidenedNotes widened={reason.widened} />
      {text !== undefined && (
        <>
          <h3>
            The statement <CopyButton text={text} label={`Copy the statement ${reason.sid}`} />
          </h3>
          <JsonText text={text} label={`Statement ${reason.sid}`} />
        </>
      )}
    </div>
  );
}

/** Of several actions there is no list of calls as one: each action leads to its own. */
function Calls({ reason, role }: { reason: StatementReason; role: string }) {
  const { filter } = useWorkload();
  const [action, ...others] = reason.actions;
  if (action === undefined || others.length > 0 || reason.calls === 0) return number(reason.calls);
  return <Link to={paths.events({ ...filter, action, role })}>{number(reason.calls)}</Link>;
}

function Samples({ ids }: { ids: string[] }) {
  if (ids.length === 0) return "none: no call needs it";
  return (
    <span className="samples">
      {ids.map((id) => (
        <Link key={id} to={paths.event(id)} className="evidence mono" title={id}>
          <span className="sr-only">Event </span>
          {id.slice(0, 8)}
        </Link>
      ))}
    </span>
  );
}

/** Each leads to its calls; one that stays though no call needs it says so. */
function Actions({ actions, role }: { actions: string[]; role: RoleRecommendation }) {
  const { filter } = useWorkload();
  const reasons = useMemo(() => new Map<string, GrantReason>(role.kept.map((grant) => [grant.action, grant.reason])), [role]);
  return (
    <ul className="statement-actions">
      {actions.map((action) => {
        const reason = reasons.get(action) ?? "used";
        return (
          <li key={action} className="pair">
            <Link className="mono break" to={paths.events({ ...filter, action, role: role.role_arn })}>
              {action}
            </Link>
            {reason !== "used" && <MarkBadge mark={GRANT_REASON[reason]} />}
          </li>
        );
      })}
    </ul>
  );
}

function WidenedNotes({ widened }: { widened: Widened[] }) {
  if (widened.length === 0) return null;
  return (
    <>
      <h3>What was widened</h3>
      <ul className="notes" aria-label="What was widened">
        {widened.map((one) => (
          <li key={one.pattern}>
            {plural(one.from_count, "name")} became <code>{one.pattern}</code>: <Prose text={one.why} />
          </li>
        ))}
      </ul>
    </>
  );
}
