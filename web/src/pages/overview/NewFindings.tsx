import { Link } from "react-router";

import type { Finding, Maybe } from "../../api/types";
import { shortArn } from "../../lib/arn";
import { newFindings } from "../../lib/findings";
import { plural } from "../../lib/format";
import { paths } from "../../lib/paths";
import { SeverityBadge } from "../../ui/Mark";
import { Time } from "../../ui/values";

const SHOWN = 5;

/** Findings that an event of the trail's last week showed first, gravest first. */
export function NewFindings({ findings, until }: { findings: Finding[]; until: Maybe<string> }) {
  const fresh = newFindings(findings, until);
  return (
    <>
      <h3>
        <Link to={paths.findings({ age: "week" })}>{plural(fresh.length, "finding")}</Link>
      </h3>
      {fresh.length > 0 && (
        <ul className="new-list" aria-label="New findings">
          {fresh.slice(0, SHOWN).map((finding) => (
            <li key={finding.id}>
              <Link to={paths.finding(finding.id)}>{finding.title}</Link>
              <span className="muted">
                <SeverityBadge value={finding.severity} /> <span>{shortArn(finding.workloads[0] ?? finding.subject, 36)}, first seen <Time at={finding.first_seen} /></span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
