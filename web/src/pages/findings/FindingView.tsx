import { Link } from "react-router";

import type { Finding } from "../../api/types";
import { plural } from "../../lib/format";
import { pathOfSearch, paths, refOfId } from "../../lib/paths";
import { CommandBlock } from "../../ui/Command";
import { Facts } from "../../ui/layout";
import { SeverityBadge } from "../../ui/Mark";
import { FINDING_KIND } from "../../ui/marks";
import { Prose } from "../../ui/Prose";
import { Arn, ExactTime, Unknown } from "../../ui/values";
import { Patch } from "./Patch";

/** What is wrong, what can come of it, what to do, and what shows it. */
export function FindingView({ finding }: { finding: Finding }) {
  const { why, remedy, evidence } = finding;
  return (
    <div className="event">
      <section aria-label="Finding">
        <h2>What can happen</h2>
        <p className="prose">
          <Prose text={why} />
        </p>
        <About finding={finding} />
      </section>
      <section aria-label="What to do">
        <h2>What to do</h2>
        <p className="prose">
          <Prose text={remedy.summary} />
        </p>
        {remedy.command != null && <CommandBlock text={remedy.command} label="The command" />}
        {remedy.patch != null && <Patch finding={finding} document={remedy.patch} of={remedy.patch_of} />}
        <p className="muted">Podtrail does none of this by itself.</p>
      </section>
      <section aria-label="Evidence">
        <h2>Evidence</h2>
        {evidence.length === 0 ? (
          <p className="muted">None beside the configuration itself.</p>
        ) : (
          <ul className="notes">
            {evidence.map((piece) => (
              <li key={`${piece.event_id ?? ""} ${piece.text}`}>{piece.event_id == null ? <Prose text={piece.text} /> : <Link to={paths.event(piece.event_id)}><Prose text={piece.text} /></Link>}</li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function About({ finding }: { finding: Finding }) {
  return (
    <Facts
      items={[
        ["Severity", <SeverityBadge key="severity" value={finding.severity} />],
        ["Kind", <Link key="kind" to={paths.findings({ kind: finding.kind })}>{FINDING_KIND[finding.kind]}</Link>],
        ["First seen", finding.first_seen == null ? "no event: configuration shows it" : <ExactTime key="first" at={finding.first_seen} />],
        ["Last seen", <ExactTime key="last" at={finding.last_seen} />],
        ["Account, cluster", `${finding.account ?? "unknown"}, ${finding.cluster ?? "unknown"}`],
        ["About", <Subject key="subject" subject={finding.subject} />, "wide"],
        [plural(finding.workloads.length, "workload"), <Workloads key="workloads" ids={finding.workloads} />, "wide"],
        [plural(finding.roles.length, "role"), <Roles key="roles" arns={finding.roles} />, "wide"],
      ]}
    />
  );
}

/** Credentials lead to their session; other subjects are listed below, or have no page. */
function Subject({ subject }: { subject: string }) {
  const to = pathOfSearch(subject);
  return (
    <span className="pair">
      <Arn arn={subject} max={60} copy />
      {to === paths.session(subject) && <Link className="tag" to={to}>session</Link>}
    </span>
  );
}

function Workloads({ ids }: { ids: string[] }) {
  if (ids.length === 0) return <Unknown />;
  return (
    <ul className="stack">
      {ids.map((id) => {
        const ref = refOfId(id);
        return <li key={id}>{ref === undefined ? id : <Link to={paths.workload(ref)}>{id}</Link>}</li>;
      })}
    </ul>
  );
}

function Roles({ arns }: { arns: string[] }) {
  if (arns.length === 0) return <Unknown />;
  return (
    <ul className="stack">
      {arns.map((arn) => (
        <li key={arn}>
          <span className="pair">
            <Arn arn={arn} max={56} copy />
            <Link className="tag" to={paths.events({ role: arn })}>events</Link>
          </span>
        </li>
      ))}
    </ul>
  );
}
