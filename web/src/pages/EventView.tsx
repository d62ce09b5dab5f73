import { Link } from "react-router";

import { asJson, type EventDetail } from "../api/types";
import { roleName } from "../lib/arn";
import { paths, refOfRow } from "../lib/paths";
import { JsonTree } from "../ui/Code";
import { Facts } from "../ui/layout";
import { ClassBadge, MechanismBadge, OutcomeBadge } from "../ui/Mark";
import { Notes } from "../ui/Prose";
import { Arn, CopyButton, ExactTime, Unknown } from "../ui/values";
import { Explained } from "./explain/Explained";

/** Who made a call, why we say so, and the record itself. */
export function EventView({ detail }: { detail: EventDetail }) {
  const { event } = detail;
  return (
    <div className="event">
      <section aria-label="Attribution">
        <h2>Attribution</h2>
        <Who detail={detail} />
        <h3>Why</h3>
        <Explained id={event.event_id} otherwise={<Notes notes={detail.explanation} />} />
        {event.evidence_event_id != null && event.evidence_event_id !== event.event_id && (
          <p>
            Evidence: <Link to={paths.event(event.evidence_event_id)}>the event that issued the credentials</Link>
          </p>
        )}
      </section>
      <section aria-label="Call">
        <h2>Call</h2>
        <Call detail={detail} />
      </section>
      <section aria-label="Record">
        <h2>
          Record <CopyButton text={JSON.stringify(detail.record, null, 2)} label="Copy the record" />
        </h2>
        <p className="muted">As stored: credentials are removed before anything is written.</p>
        <div className="code tree-box">
          <JsonTree value={asJson(detail.record)} open />
        </div>
      </section>
    </div>
  );
}

function Who({ detail: { event, chain } }: { detail: EventDetail }) {
  const ref = refOfRow(event);
  return (
    <Facts
      items={[
        ["Workload", ref == null ? <Unknown key="workload" /> : <Link key="workload" to={paths.workload(ref)}>{`${event.cluster ?? ref.cluster}/${ref.namespace}/${ref.service_account}`}</Link>],
        ["Workload trust", <ClassBadge key="class" value={event.workload_class} />],
        ["Pod", event.pod == null ? <Unknown key="pod" /> : <span key="pod" className="mono">{event.pod}</span>],
        ["Pod trust", <ClassBadge key="podclass" value={event.pod_class} />],
        ["Mechanism", <MechanismBadge key="mechanism" value={event.mechanism} />],
        ["Found by", event.method],
        ["Session", event.session_id == null ? <Unknown key="session" /> : <Link key="session" className="mono" to={paths.session(event.session_id)}>{event.session_id}</Link>],
        ["Roles, root first", chain.length === 0 ? <Unknown key="chain" /> : <span key="chain" className="mono" title={chain.join("\n→ ")}>{chain.map(roleName).join(" → ")}</span>, "wide"],
      ]}
    />
  );
}

function Call({ detail: { event } }: { detail: EventDetail }) {
  return (
    <Facts
      items={[
        ["Event", <span key="event" className="mono">{`${event.event_source ?? "?"} ${event.event_name ?? "?"}`}</span>, "wide"],
        ["Time", <ExactTime key="time" at={event.event_time} />],
        ["Outcome", <span key="outcome" className="pair"><OutcomeBadge value={event.outcome} />{event.error_code != null && <code>{event.error_code}</code>}</span>],
        ["Role", <Arn key="role" arn={event.role_arn} max={60} copy />, "wide"],
        ["Account, region", `${event.recipient_account_id ?? "unknown"}, ${event.aws_region ?? "unknown"}`],
        ["Counted", event.counted ? "yes" : "no: the second record of one use"],
        ["Actions", event.actions.length === 0 ? "maps to no IAM action" : <span key="actions" className="mono">{event.actions.join(", ")}</span>, "wide"],
        ["Resources", <span key="resources" className="stack">{event.resources.map((arn) => <Arn key={arn} arn={arn} max={60} copy />)}</span>, "wide"],
        ["Event id", <span key="id" className="pair"><span className="mono">{event.event_id}</span><CopyButton text={event.event_id} label="Copy the event id" /></span>, "wide"],
      ]}
    />
  );
}
