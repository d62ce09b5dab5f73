import { useState } from "react";

import type { Grant, RoleRecommendation } from "../../api/types";
import { number, plural } from "../../lib/format";
import { Panel } from "../../ui/layout";
import { MarkBadge } from "../../ui/Mark";
import { GRANT_REASON, PERMISSION_MARK } from "../../ui/marks";

/** What stays because it was asked for, not because it was used. */
export function onRequest(kept: readonly Grant[]): Grant[] {
  return kept.filter((grant) => grant.reason !== "used");
}

/** Actions by their service, both in order. */
export function byService(actions: readonly string[]): [string, string[]][] {
  const services = new Map<string, string[]>();
  for (const action of actions.toSorted()) {
    const service = action.split(":")[0] ?? action;
    services.set(service, [...(services.get(service) ?? []), action]);
  }
  return [...services];
}

/** What the proposal takes away: a service at a time, since a role may be granted thousands of actions. */
export function Removed({ role }: { role: RoleRecommendation }) {
  const requested = onRequest(role.kept);
  if (role.removed.length === 0 && requested.length === 0) return null;
  const unseen = new Set(role.unobservable);
  const note = unseen.size > 0 ? `${plural(unseen.size, "action")} of these cannot be observed in this trail: check before you apply` : undefined;
  return (
    <Panel title={`Removed: ${plural(role.removed.length, "action")}`} note={note}>
      <ul className="removed" aria-label="Removed actions by service">
        {byService(role.removed).map(([service, actions]) => (
          <li key={service}>
            <Service name={service} actions={actions} unseen={unseen} />
          </li>
        ))}
      </ul>
      <Requested grants={requested} />
    </Panel>
  );
}

/** Unused, and yet not removed. */
function Requested({ grants }: { grants: Grant[] }) {
  if (grants.length === 0) return null;
  return (
    <>
      <h3>Not removed, though no call needs it</h3>
      <ul className="actions-list" aria-label="Kept on request">
        {grants.map((grant) => (
          <li key={grant.action} className="pair">
            <span className="mono">{grant.action}</span>
            <MarkBadge mark={GRANT_REASON[grant.reason]} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Service({ name, actions, unseen }: { name: string; actions: string[]; unseen: Set<string> }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className="mono">{name}</span> <span className="count">{number(actions.length)}</span>
      </summary>
      {open && (
        <ul className="actions-list">
          {actions.map((action) => (
            <li key={action} className="pair">
              <span className="mono">{action}</span>
              {unseen.has(action) && <MarkBadge mark={PERMISSION_MARK.unobservable} />}
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}
