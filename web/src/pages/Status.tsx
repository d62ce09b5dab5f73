import { useQuery } from "@tanstack/react-query";

import { statusQuery } from "../api/queries";
import { pairs, type Status } from "../api/types";
import { bytes, exactTime, number, plural } from "../lib/format";
import { Facts, PageHeader, Panel } from "../ui/layout";
import { Empty, ProblemBox, Skeleton } from "../ui/states";
import { balances, Ledger } from "./status/Ledger";
import { Rejects } from "./status/Rejects";
import { fails, Sources } from "./status/Sources";

export function StatusPage() {
  const status = useQuery(statusQuery);
  return (
    <>
      <title>Status · Podtrail</title>
      <PageHeader title="Status" lead={status.data && <Lead status={status.data} />} />
      {status.error !== null && <ProblemBox error={status.error} retry={() => void status.refetch()} />}
      {status.isPending && <Skeleton lines={12} />}
      {status.data && <Body status={status.data} />}
    </>
  );
}

function Lead({ status }: { status: Status }) {
  const off = status.sources.filter((source) => !balances(source)).length;
  if (status.sources.length === 0) return <>Nothing has been read yet.</>;
  if (off > 0) return <span className="denied-text">{plural(off, "ledger does", "ledgers do")} not balance: some records are not accounted for.</span>;
  const failing = status.sources.filter(fails).length;
  if (failing > 0) {
    return (
      <>
        {plural(failing, "source has", "sources have")} objects that could not be read: <a href="#failures">see why</a>. Every record that was read is accounted for.
      </>
    );
  }
  return (
    <>
      Every record read is accounted for: {plural(status.lake.events, "distinct event")} from {plural(status.sources.length, "source")}.
    </>
  );
}

function Body({ status }: { status: Status }) {
  const { lake } = status;
  return (
    <>
      <Panel title="Sources" note="How far the lake is behind, and what waits">
        <Sources sources={status.sources} />
      </Panel>
      {status.sources.length > 0 && (
        <Panel title="Ledger" note="Over all runs: read = stored + duplicate + rejected">
          <Ledger sources={status.sources} />
        </Panel>
      )}
      <div className="columns columns-even">
        <Panel title="Lake">
          <Facts
            items={[
              ["Distinct events", number(lake.events)],
              ["First event", <span key="first">{exactTime(lake.first_event)}</span>],
              ["Last event", <span key="last">{exactTime(lake.last_event)}</span>],
              ["Size", `${bytes(lake.bytes)} in ${plural(lake.files, "file")}`],
              ["Events", `version ${number(lake.events_version)}`],
              ["Sessions and usage", lake.derived_version == null ? "derived with the next question" : `version ${number(lake.derived_version)}`],
            ]}
          />
        </Panel>
        <Panel title="Versions and inventory">
          <Facts
            items={[
              ["Podtrail", status.version],
              ["IAM data", status.iam_data_date],
              ...pairs(status.inventory).map(([kind, count]) => [kind.replaceAll("_", " "), number(count)] as const),
            ]}
          />
          {status.inventory.length === 0 && (
            <Empty title="No inventory" command="podtrail inventory authorization-details.json clusters.json pods.json">
              With it, grants can be compared with use, and calls without an issue event can be inferred.
            </Empty>
          )}
        </Panel>
      </div>
      <Panel title="Rejects" note={plural(lake.rejects, "piece of input", "pieces of input") + " could not be read; kept with the reason"}>
        {lake.rejects === 0 ? <p className="muted quiet">None.</p> : <Rejects />}
      </Panel>
    </>
  );
}
