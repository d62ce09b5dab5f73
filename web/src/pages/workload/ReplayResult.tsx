import { Link } from "react-router";

import type { Replay, WorkloadRef } from "../../api/types";
import { number, plural } from "../../lib/format";
import { paths } from "../../lib/paths";
import { Shape } from "../../ui/Mark";
import { OUTCOME_MARK } from "../../ui/marks";

/** Whether the proposal would have let the history pass, in one sentence. */
export function ReplayResult({ replay, path }: { replay: Replay; path: WorkloadRef }) {
  const broken = replay.denied > 0;
  return (
    <p className={broken ? "verdict verdict-broken" : "verdict"}>
      <Shape mark={broken ? OUTCOME_MARK.denied : OUTCOME_MARK.ok} />
      <span>
        <strong>{number(replay.denied)} denied</strong> of {plural(replay.calls, "call")} replayed through the proposal: {number(replay.allowed)} allowed
        {replay.unknown > 0 && (
          <>
            , <Link to={paths.workload(path, "replay")}>{number(replay.unknown)} undecided</Link>
          </>
        )}
        .
      </span>
    </p>
  );
}
