import { useQuery } from "@tanstack/react-query";

import { statusQuery } from "../api/queries";
import { pairs, type SourceStatus, type Status } from "../api/types";
import { bytes, exactTime, number, plural } from "../lib/format";
import { Facts, PageHeader, Panel } from "../ui/layout";
import { Shape } from "../ui/Mark";
import { OUTCOME_MARK } from "../ui/marks";
import { Empty, ProblemBox, Skeleton } from "../ui/states";
import { Time } from "../ui/values";
import { Rejects } from "./status/Rejects";

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

/** Whether every record read is accounted for: stored, held already, or rejected. */
export function balances(source: SourceStatus): boolean {
  return source.read === source.stored + source.duplicate + source.rejected;
}

function Lead({ status }: { status: Status }) {
  const off = status.sources.filter((source) => !balances(source)).length;
  if (status.sources.length === 0) return <>Nothing has been read yet.</>;
  if (off > 0) return <span className="denied-text">{plural(off, "ledger does", "ledgers do")} not balance: some records are not accounted for.</span>;
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
      <Panel title="Sources" note="read = stored + duplicate + rejected">
        <Ledger sources={status.sources} />
      </Panel>
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

const COLUMNS = ["read", "stored", "duplicate", "rejected", "conflict"] as const;

function Ledger({ sources }: { sources: SourceStatus[] }) {
  if (sources.length === 0) {
    return (
      <Empty title="No source yet" command="podtrail ingest ./cloudtrail-logs">
        Each source that is read appears here with its ledger.
      </Empty>
    );
  }
  return (
    <div className="table-scroll">
      <table className="plain" aria-label="Sources">
        <thead>
          <tr>
            <th scope="col">Source</th>
            {COLUMNS.map((name) => (
              <th key={name} scope="col" data-align="end">
                {name}
              </th>
            ))}
            <th scope="col">Ledger</th>
            <th scope="col">Last run</th>
          </tr>
        </thead>
        <tbody>
          {sources.map((source) => (
            <tr key={source.source}>
              <td className="mono break">{source.source}</td>
              {COLUMNS.map((name) => (
                <td key={name} data-align="end">
                  {name === "rejected" && source.rejected > 0 ? <a href="#rejects">{number(source.rejected)}</a> : number(source[name])}
                </td>
              ))}
              <td>
                <span className="mark">
                  <Shape mark={balances(source) ? OUTCOME_MARK.ok : OUTCOME_MARK.denied} />
                  {balances(source) ? "balances" : "does not balance"}
                </span>
              </td>
              <td>
                <Time at={source.last_run} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
