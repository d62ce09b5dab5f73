import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { eventQuery, permissionsQuery, recommendationQuery } from "../../api/queries";
import { asJson, type Denial, type Permission, type Recommendation } from "../../api/types";
import { plural } from "../../lib/format";
import { paths } from "../../lib/paths";
import { documentText, minimalStatement } from "../../lib/policy";
import { JsonText } from "../../ui/Code";
import { MarkBadge } from "../../ui/Mark";
import { PERMISSION_MARK } from "../../ui/marks";
import { Empty, ProblemBox, Skeleton } from "../../ui/states";
import { Arn, CopyButton, Time } from "../../ui/values";
import { useWorkload } from "./Workload";

/** What the workload asked for and did not get: demand, never granted by itself. */
export function Denied() {
  const { path } = useWorkload();
  const marks = useQuery(permissionsQuery(path));
  const proposal = useQuery(recommendationQuery(path));
  const failed = marks.error ?? proposal.error;
  if (failed !== null) return <ProblemBox error={failed} retry={() => void Promise.all([marks.refetch(), proposal.refetch()])} />;
  if (marks.data === undefined || proposal.data === undefined) return <Skeleton lines={6} />;
  const refused = marks.data.items.filter((mark) => mark.status === "denied");
  const denials = denialsOf(proposal.data, refused);
  if (denials.length === 0) return <Empty title="Nothing was denied">No call of this workload was refused in the window.</Empty>;
  const grants = new Map(refused.map((mark) => [mark.action, mark.granted_by]));
  return (
    <>
      <p className="muted quiet">A denied call is a wish, not a need: nothing below is part of the proposal. Open one to see why it was refused and what would allow it.</p>
      <ul className="denials" aria-label="Denied actions">
        {denials.map((denial) => (
          <li key={`${denial.action} ${denial.resource}`}>
            <DenialItem denial={denial} grantedBy={grants.get(denial.action) ?? []} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** The refused demand of every role; a mark without one (a role never used with success) stands for itself. */
function denialsOf(proposal: Recommendation, refused: Permission[]): Denial[] {
  const known = proposal.recommendations.flatMap((role) => role.denied_demand);
  const actions = new Set(known.map((denial) => denial.action));
  const rest = refused.filter((mark) => !actions.has(mark.action));
  return [
    ...known,
    ...rest.map((mark) => withoutRole(mark)),
  ];
}

/** A denial through a role that was never used with success: no policy of it was judged. */
function withoutRole(mark: Permission): Denial {
  const resource = mark.resources[0] ?? "*";
  return {
    action: mark.action,
    resource,
    calls: mark.calls,
    last_seen: mark.last_seen ?? null,
    sample_event_id: "",
    layer: "unstated",
    explicit: false,
    reason: "The role was never used with success, so it has no proposal to judge this call by.",
    statement: JSON.parse(minimalStatement(mark.action, resource)) as Record<string, never>,
    why_not: null,
  };
}

function DenialItem({ denial, grantedBy }: { denial: Denial; grantedBy: string[] }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="denial" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <MarkBadge mark={PERMISSION_MARK.denied} />
        <strong className="mono">{denial.action}</strong>
        <Arn arn={denial.resource} max={64} />
        <span className="muted">
          {plural(denial.calls, "call")}, last <Time at={denial.last_seen} />
        </span>
      </summary>
      {open && <DenialReason denial={denial} grantedBy={grantedBy} />}
    </details>
  );
}

function DenialReason({ denial, grantedBy }: { denial: Denial; grantedBy: string[] }) {
  const { filter } = useWorkload();
  const known = denial.sample_event_id !== "";
  const sample = useQuery({ ...eventQuery(denial.sample_event_id), enabled: known });
  return (
    <div className="denial-body">
      <h3>Why not</h3>
      {sample.error !== null && <ProblemBox error={sample.error} retry={() => void sample.refetch()} />}
      {known && sample.isPending && <Skeleton lines={2} />}
      {sample.data && <p className="quote">{errorMessage(sample.data.record) ?? sample.data.event.error_code ?? "The record gives no reason."}</p>}
      <p>{sentence(denial.reason)}</p>
      {grantedBy.length > 0 && <p>The action is granted by {grantedBy.join(", ")}, so the resource, a condition or another policy refused it.</p>}
      {denial.why_not && <p className="why-not">{sentence(denial.why_not)}</p>}
      <p>
        <Link to={paths.events({ ...filter, action: denial.action, outcome: "denied" })}>All {plural(denial.calls, "denied call")}</Link>
        {known && (
          <>
            {" "}
            · <Link to={paths.event(denial.sample_event_id)}>one of them</Link>
          </>
        )}
      </p>
      {denial.statement && <Statement denial={denial} text={documentText(denial.statement)} />}
    </div>
  );
}

function Statement({ denial, text }: { denial: Denial; text: string }) {
  return (
    <>
      <h3>
        The smallest statement that allows it <CopyButton text={text} label={`Copy the statement for ${denial.action}`} />
      </h3>
      <JsonText text={text} label={`Statement for ${denial.action}`} />
    </>
  );
}

/** An answer's words as a sentence of a page. */
function sentence(words: string): string {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** CloudTrail's own words, which name the kind of policy that was missing or denied. */
function errorMessage(record: unknown): string | undefined {
  const columns = asJson(record);
  if (columns === null || typeof columns !== "object" || Array.isArray(columns)) return undefined;
  const message = columns["error_message"] ?? columns["errorMessage"];
  return typeof message === "string" && message !== "" ? message : undefined;
}
