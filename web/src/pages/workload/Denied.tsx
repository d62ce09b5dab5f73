import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { eventQuery, permissionsQuery, recommendationQuery } from "../../api/queries";
import { asJson, type Denial } from "../../api/types";
import { plural, sentence } from "../../lib/format";
import type { Knob, Knobs } from "../../lib/knobs";
import { paths } from "../../lib/paths";
import { documentText } from "../../lib/policy";
import { JsonText } from "../../ui/Code";
import { Facts } from "../../ui/layout";
import { MarkBadge } from "../../ui/Mark";
import { DENIAL_LAYER, PERMISSION_MARK } from "../../ui/marks";
import { Prose } from "../../ui/Prose";
import { Empty, ProblemBox, Skeleton } from "../../ui/states";
import { Arn, CopyButton, Time, Unknown } from "../../ui/values";
import { Options } from "./Options";
import { refusalsOf, type Refusal } from "./refusals";
import { useKnobs } from "./useKnobs";
import { useWorkload } from "./Workload";

/** How a proposal is attached or kept small changes nothing in what was refused. */
const HISTORY: readonly Knob[] = ["since", "until"];

/** What the workload asked for and did not get: demand, never granted by itself. */
export function Denied() {
  const { path } = useWorkload();
  const { since, until } = useKnobs().knobs;
  const span: Knobs = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
  const marks = useQuery(permissionsQuery(path));
  const proposal = useQuery(recommendationQuery(path, span));
  const failed = marks.error ?? proposal.error;
  return (
    <>
      <Options only={HISTORY} title="Which history" />
      {failed !== null && <ProblemBox error={failed} retry={() => void Promise.all([marks.refetch(), proposal.refetch()])} />}
      {failed === null && (marks.isPending || proposal.isPending) && <Skeleton lines={6} />}
      {marks.data !== undefined && proposal.data !== undefined && <Refusals refusals={refusalsOf(proposal.data, marks.data.items)} />}
    </>
  );
}

function Refusals({ refusals }: { refusals: Refusal[] }) {
  if (refusals.length === 0) return <NothingDenied />;
  return (
    <>
      <p className="muted quiet">A denied call is a wish, not a need: nothing below is part of the proposal. Open one to see why it was refused and what would allow it.</p>
      <h2 className="sr-only">Denied actions</h2>
      <ul className="denials" aria-label="Denied actions">
        {refusals.map((refusal) => (
          <li key={`${refusal.role} ${refusal.denial.action} ${refusal.denial.resource}`}>
            <DenialItem refusal={refusal} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Calls may be refused that map to no action: of these there is nothing to say but that they are there. */
function NothingDenied() {
  const { detail, filter } = useWorkload();
  const { denied } = detail.workload;
  if (denied === 0) return <Empty title="Nothing was denied">No call of this workload was refused.</Empty>;
  return (
    <Empty title="No denied action to explain">
      Refused calls of this workload are in the lake, but none is in this history and known by its action:{" "}
      <Link to={paths.events({ ...filter, outcome: "denied" })}>{plural(denied, "denied call")}</Link>.
    </Empty>
  );
}

function DenialItem({ refusal }: { refusal: Refusal }) {
  const [open, setOpen] = useState(false);
  const { denial } = refusal;
  return (
    <details className="denial" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <MarkBadge mark={PERMISSION_MARK.denied} />
        <strong className="mono">{denial.action}</strong>
        <Arn arn={denial.resource} max={52} />
        <Layer denial={denial} />
        <span className="muted">
          {plural(denial.calls, "call")}, last <Time at={denial.last_seen} />
        </span>
      </summary>
      {open && <DenialReason refusal={refusal} />}
    </details>
  );
}

/** Which kind of policy refused it, and whether by a Deny or for want of an Allow. */
function Layer({ denial }: { denial: Denial }) {
  const { word, says } = DENIAL_LAYER[denial.layer];
  if (denial.layer === "unstated") return <span className="tag" title={says}>By which policy is not known</span>;
  return (
    <span className="tag" title={says}>
      {word}: {denial.explicit ? "a Deny" : "no Allow"}
    </span>
  );
}

function DenialReason({ refusal }: { refusal: Refusal }) {
  const { denial, grantedBy } = refusal;
  return (
    <div className="denial-body">
      <h3>Why not</h3>
      <p>
        <Prose text={sentence(denial.reason)} />
        {grantedBy.length > 0 && <> The action is granted by {grantedBy.join(", ")}, so the resource, a condition or another policy refused it.</>}
      </p>
      {denial.sample_event_id !== "" && <Message id={denial.sample_event_id} />}
      <DenialFacts refusal={refusal} />
      {denial.why_not != null && (
        <p className="callout">
          <Prose text={sentence(denial.why_not)} />
        </p>
      )}
      {denial.statement != null && <Statement denial={denial} text={documentText(denial.statement)} />}
    </div>
  );
}

/** CloudTrail's own words, which name the kind of policy that was missing or denied. */
function Message({ id }: { id: string }) {
  const sample = useQuery(eventQuery(id));
  if (sample.error !== null) return <ProblemBox error={sample.error} retry={() => void sample.refetch()} />;
  if (sample.data === undefined) return <Skeleton lines={2} label="Loading what the call was answered" />;
  return <blockquote className="quote">{errorMessage(sample.data.record) ?? sample.data.event.error_code ?? "The record gives no reason."}</blockquote>;
}

function DenialFacts({ refusal: { denial, role } }: { refusal: Refusal }) {
  const { filter } = useWorkload();
  const { word, says } = DENIAL_LAYER[denial.layer];
  const { action, sample_event_id: sample } = denial;
  return (
    <Facts
      items={[
        ["Refused by", <span key="layer" title={says}>{word}</span>],
        ["How", denial.explicit ? "a Deny, which wins over every Allow" : denial.layer === "unstated" ? "not known" : "no Allow"],
        ["Calls", <Link key="calls" to={paths.events({ ...filter, role, action, outcome: "denied" })}>{plural(denial.calls, "denied call")}</Link>],
        ["Sample event", sample === "" ? <Unknown key="sample" /> : <Link key="sample" className="mono" title={sample} to={paths.event(sample)}>{sample.slice(0, 8)}</Link>],
        ["Resource", <Arn key="resource" arn={denial.resource} max={72} copy />, "wide"],
        ["Role", <Arn key="role" arn={role} max={64} />, "wide"],
      ]}
    />
  );
}

function Statement({ denial, text }: { denial: Denial; text: string }) {
  return (
    <>
      <h3>
        The smallest statement that allows it, for {DENIAL_LAYER[denial.layer].into} <CopyButton text={text} label={`Copy the statement for ${denial.action}`} />
      </h3>
      <JsonText text={text} label={`Statement for ${denial.action}`} />
    </>
  );
}

function errorMessage(record: unknown): string | undefined {
  const columns = asJson(record);
  if (columns === null || typeof columns !== "object" || Array.isArray(columns)) return undefined;
  const message = columns["error_message"] ?? columns["errorMessage"];
  return typeof message === "string" && message !== "" ? message : undefined;
}
