import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";

import { sessionQuery } from "../api/queries";
import type { Hop, SessionDetail, SessionRow } from "../api/types";
import { roleName } from "../lib/arn";
import { number, plural, span } from "../lib/format";
import { paths, refOfRow } from "../lib/paths";
import { DataTable } from "../ui/DataTable";
import { Facts, PageHeader, Panel } from "../ui/layout";
import { ClassBadge, MechanismBadge, OutcomeBadge } from "../ui/Mark";
import { Empty, ProblemBox, Skeleton } from "../ui/states";
import { Arn, CopyButton, ExactTime, Time, Unknown } from "../ui/values";
import { callColumns } from "./eventColumns";
import { Explained } from "./explain/Explained";
import { sessionColumns } from "./sessionColumns";

export function Session() {
  const { session_id = "" } = useParams();
  const detail = useQuery(sessionQuery(session_id));
  return (
    <>
      <title>{`Session ${session_id} · Podtrail`}</title>
      <PageHeader
        title={
          <>
            <span className="muted">Session</span> <span className="mono">{session_id}</span> <CopyButton text={session_id} label="Copy the session id" />
          </>
        }
        lead={detail.data && <Lead session={detail.data.session} />}
      />
      {detail.error !== null && <ProblemBox error={detail.error} retry={() => void detail.refetch()} />}
      {detail.isPending && <Skeleton lines={12} />}
      {detail.data && <Body detail={detail.data} />}
    </>
  );
}

function Lead({ session }: { session: SessionRow }) {
  const ref = refOfRow(session);
  if (ref == null) return <>Not attributed to a workload: {session.method}.</>;
  return (
    <>
      Credentials of <Link to={paths.workload(ref)}>{`${session.cluster ?? ref.cluster}/${ref.namespace}/${ref.service_account}`}</Link>
      {session.pod != null && (
        <>
          , pod <span className="mono">{session.pod}</span>
        </>
      )}
      .
    </>
  );
}

function Body({ detail }: { detail: SessionDetail }) {
  const { session, hops, children, calls } = detail;
  const shown = calls.length < session.calls ? `The latest ${number(calls.length)}` : undefined;
  return (
    <>
      <Facts
        items={[
          ["Mechanism", <MechanismBadge key="mechanism" value={session.mechanism} />],
          ["Workload", <ClassBadge key="class" value={session.workload_class} />],
          ["Pod", <ClassBadge key="pod" value={session.pod_class} />],
          ["Found by", session.method],
          ["Calls", <Link key="calls" to={paths.events({ session_id: session.session_id })}>{number(session.calls)}</Link>],
          ["Denied", <Link key="denied" className={session.denied > 0 ? "denied-link" : "quiet-link"} to={paths.events({ session_id: session.session_id, outcome: "denied" })}>{number(session.denied)}</Link>],
          ["Last call", <Time key="last" at={session.last_call} />],
        ]}
      />
      <Panel title="Explanation" note="Who holds these credentials, and what shows each step">
        <Explained id={session.session_id} />
      </Panel>
      <Panel title="Chain" note="Root first: each step asked for the next one's credentials">
        <ol className="chain" aria-label="Chain, root first">
          {hops.map((hop, index) => (
            <HopItem key={hop.session.session_id} hop={hop} index={index} last={index === hops.length - 1} />
          ))}
        </ol>
      </Panel>
      {children.length > 0 && (
        <Panel title="Sessions it asked for" note={plural(children.length, "session")}>
          <DataTable label="Sessions it asked for" columns={sessionColumns} rows={children} rowId={(row) => row.session_id} sorted />
        </Panel>
      )}
      <Panel title="Calls" note={shown} actions={<Link to={paths.events({ session_id: session.session_id })}>Open in events</Link>}>
        <DataTable
          label="Calls"
          columns={callColumns}
          rows={calls}
          rowId={(row) => `${row.event_id} ${row.recipient_account_id ?? ""}`}
          sorted
          empty={<Empty title="No call was made with these credentials">They were issued, and this trail shows no use of them.</Empty>}
        />
      </Panel>
    </>
  );
}

function HopItem({ hop, index, last }: { hop: Hop; index: number; last: boolean }) {
  const { session, issue } = hop;
  return (
    <li className="hop" aria-current={last ? "true" : undefined}>
      <p className="hop-title">
        <span className="hop-step">{index === 0 ? "Root" : `Hop ${index}`}</span>
        <strong className="mono">{session.role_arn == null ? <Unknown /> : roleName(session.role_arn)}</strong>
        <ClassBadge value={session.workload_class} />
      </p>
      <div className="hop-body">
        <Arn arn={session.role_arn} max={80} copy />
        <p>
          {last ? <span className="mono">{session.session_id}</span> : <Link className="mono" to={paths.session(session.session_id)}>{session.session_id}</Link>}
          {session.session_name != null && <span className="muted"> as “{session.session_name}”</span>}
        </p>
        <p>
          Issued <ExactTime at={session.issued_at} />
          {session.expires_at != null && <span className="muted">, valid for {span(session.issued_at, session.expires_at)}</span>}
        </p>
        {issue == null ? (
          <p className="muted">Its issue event is not in the lake: {session.method}.</p>
        ) : (
          <p>
            By <Link to={paths.event(issue.event_id)}>{issue.event_name ?? "the issue event"}</Link> <OutcomeBadge value={issue.outcome} />
          </p>
        )}
      </div>
    </li>
  );
}
