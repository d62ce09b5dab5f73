import { useState } from "react";

import type { RoleRecommendation } from "../../api/types";
import { number, plural } from "../../lib/format";
import { Panel } from "../../ui/layout";
import { MarkBadge } from "../../ui/Mark";
import { PERMISSION_MARK } from "../../ui/marks";

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
  if (role.removed.length === 0) return null;
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
    </Panel>
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
