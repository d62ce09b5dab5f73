import { Link } from "react-router";

import type { SessionRow, WorkloadDetail } from "../../api/types";
import { shortenMiddle } from "../../lib/arn";
import { exactTime, number } from "../../lib/format";
import { paths } from "../../lib/paths";
import { Panel } from "../../ui/layout";
import { lanesOf, type Lane } from "./lanesOf";

const SHOWN = 12;

/** A lane a pod: where in the window it held which credentials. */
export function Lanes({ sessions, window }: { sessions: SessionRow[]; window: WorkloadDetail["window"] }) {
  const lanes = lanesOf(sessions, Date.parse(window.from ?? ""), Date.parse(window.to ?? ""));
  if (lanes.length === 0) return null;
  return (
    <Panel title="Pods over time" note={lanes.length > SHOWN ? `The ${SHOWN} latest of ${number(lanes.length)}; a chained session is outlined` : "A bar is a session; a chained one is outlined"}>
      <ol className="lanes">
        {lanes.slice(0, SHOWN).map((lane) => (
          <LaneRow key={lane.name} lane={lane} />
        ))}
      </ol>
      <p className="lane-axis muted">
        <span>{window.from?.slice(0, 10)}</span>
        <span>{window.to?.slice(0, 10)}</span>
      </p>
    </Panel>
  );
}

function LaneRow({ lane }: { lane: Lane }) {
  const latest = lane.bars[0]?.session.session_id ?? "";
  return (
    <li>
      <Link to={paths.session(latest)} className="lane-name mono" title={`${lane.name}: its latest session`}>
        {shortenMiddle(lane.name, 30)}
      </Link>
      {/* The table below has each session as a row and a link; the track only shows when. */}
      <span className="lane-track" aria-hidden="true">
        {lane.bars.map(({ session, start, length, depth }) => (
          <span
            key={session.session_id}
            className="lane-bar"
            data-chained={depth > 0 || undefined}
            data-denied={session.denied > 0 || undefined}
            style={{ left: `${start * 100}%`, width: `${Math.max(length * 100, 0.8)}%` }}
            title={`${session.session_id}\nissued ${exactTime(session.issued_at)}\n${number(session.calls)} calls, ${number(session.denied)} denied`}
          />
        ))}
      </span>
    </li>
  );
}
