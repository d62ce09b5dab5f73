import { Explained } from "../explain/Explained";
import { Roots } from "../explain/Roots";
import { Panel } from "../../ui/layout";
import { useWorkload } from "./Workload";

/** How calls come to be this workload's: the chain, and by what each step is known. */
export function WorkloadExplain() {
  const { detail } = useWorkload();
  return (
    <Panel title="Explanation" note="Who, by which credentials, as which role; each step with the event that shows it">
      <Explained id={detail.workload.id} after={Roots} />
    </Panel>
  );
}
