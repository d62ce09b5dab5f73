import { Link } from "react-router";

import type { Party, Step } from "../../api/types";
import { shortenMiddle } from "../../lib/arn";
import { paths, refOfId } from "../../lib/paths";
import { Icon } from "../../ui/Icon";
import { ClassBadge } from "../../ui/Mark";
import { PARTY } from "../../ui/marks";
import { Prose } from "../../ui/Prose";
import { ExactTime } from "../../ui/values";
import type { Chain } from "./chains";

/** Where a party leads: to itself where it has a page, else to what it did. */
function targetOf(party: Party): string | undefined {
  const { kind, id } = party;
  if (id == null) return undefined;
  if (kind === "service_account") {
    const ref = refOfId(id);
    return ref && paths.workload(ref);
  }
  if (kind === "session") return paths.session(id);
  if (kind === "role") return paths.events({ role: id });
  if (kind === "service") return paths.events({ event_source: id });
  return undefined;
}

function PartyBox({ party }: { party: Party }) {
  const { word, icon } = PARTY[party.kind];
  const to = targetOf(party);
  return (
    <div className="party" data-kind={party.kind}>
      <Icon name={icon} />
      <span className="party-kind">{word}</span>
      <span className="party-name" title={party.role_arn ?? party.id ?? party.label}>
        {to === undefined ? party.label : <Link to={to}>{party.label}</Link>}
      </span>
      {party.kind === "session" && party.id != null && <span className="party-key mono">{shortenMiddle(party.id, 28)}</span>}
    </div>
  );
}

function StepArrow({ step }: { step: Step }) {
  return (
    <div className="step">
      <p className="step-title">
        <code>{step.action}</code>
        <ClassBadge value={step.class} />
        {step.at != null && <ExactTime at={step.at} />}
      </p>
      <p>
        <Prose text={step.text} />
      </p>
      <p className="muted">
        Known by: {step.method}.{" "}
        {step.evidence_event_id == null ? "No event in the lake shows it." : <Link to={paths.event(step.evidence_event_id)}>The event that shows it</Link>}
      </p>
    </div>
  );
}

/** Who, then what came of it, down to the call: an arrow a step, with what shows it. */
export function ChainView({ chain, label }: { chain: Chain; label: string }) {
  return (
    <ol className="explain" aria-label={label}>
      <li>
        <PartyBox party={chain.root} />
      </li>
      {chain.steps.map((step, index) => (
        // The steps of an answer do not move: their place is their identity.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={index}>
          <StepArrow step={step} />
          <PartyBox party={step.to} />
        </li>
      ))}
    </ol>
  );
}
