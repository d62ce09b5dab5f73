import { Link } from "react-router";

import type { Replay } from "../../api/types";
import { number, plural } from "../../lib/format";
import { Shape } from "../../ui/Mark";
import { OUTCOME_MARK } from "../../ui/marks";
import { useTabAddress } from "./useKnobs";
import { useWorkload } from "./Workload";

/** Whether the proposal would have let the history pass, in one sentence. */
export function ReplayResult({ replay }: { replay: Replay }) {
  const { path } = useWorkload();
  const address = useTabAddress(path);
  const broken = replay.denied > 0;
  return (
    <p className={broken ? "verdict verdict-broken" : "verdict"}>
      <Shape mark={broken ? OUTCOME_MARK.denied : OUTCOME_MARK.ok} />
      <span>
        <strong>{number(replay.denied)} denied</strong> of {plural(replay.calls, "call")} replayed through the proposal: {number(replay.allowed)} allowed
        {replay.unknown > 0 && (
          <>
            , <Link to={address("replay")}>{number(replay.unknown)} undecided</Link>
          </>
        )}
        .
      </span>
    </p>
  );
}
