import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { coverageQuery } from "../api/queries";
import type { Coverage } from "../api/types";
import { number, plural, span } from "../lib/format";
import { paths } from "../lib/paths";
import { Facts, PageHeader, Panel } from "../ui/layout";
import { MechanismBadge } from "../ui/Mark";
import { Notes } from "../ui/Prose";
import { ScrollTable } from "../ui/ScrollTable";
import { Empty, ProblemBox, Skeleton } from "../ui/states";
import { ExactTime } from "../ui/values";
import { Places } from "./coverage/Places";
import { ClassShares } from "./overview/CoveragePanel";
import { CoverageStrip } from "./overview/CoverageStrip";

/** How far every answer reaches: what the trail holds, what it lacks, and how surely its calls are attributed. */
export function CoveragePage() {
  const coverage = useQuery(coverageQuery);
  return (
    <>
      <title>Coverage · Podtrail</title>
      <PageHeader title="Coverage" lead={coverage.data && <Lead coverage={coverage.data} />} />
      {coverage.error !== null && <ProblemBox error={coverage.error} retry={() => void coverage.refetch()} />}
      {coverage.isPending && <Skeleton lines={12} />}
      {coverage.data && <Body coverage={coverage.data} />}
    </>
  );
}

function Lead({ coverage }: { coverage: Coverage }) {
  const { places } = coverage;
  const missing = places.reduce((sum, place) => sum + place.missing_hours, 0);
  if (places.length === 0) return <>What every answer rests on.</>;
  if (missing === 0) return <>Every hour holds something in {plural(places.length, "account and region", "accounts and regions")}.</>;
  const holes = places.filter((place) => place.missing_hours > 0).length;
  return (
    <>
      <a href="#places">{plural(missing, "hour")}</a> hold nothing, in {number(holes)} of {plural(places.length, "account and region", "accounts and regions")}: they were quiet, or are missing.
    </>
  );
}

function Body({ coverage }: { coverage: Coverage }) {
  if (coverage.trail_days.length === 0) {
    return (
      <Empty title="The lake is empty" command="podtrail ingest ./cloudtrail-logs">
        Once a trail is read, this page shows for each account and region how far it reaches, which hours it lacks, and how late its files come.
      </Empty>
    );
  }
  return (
    <>
      <Missing notes={coverage.notes} />
      {coverage.places.length > 0 && (
        <Panel title="Accounts and regions" note="An hour within the window that holds nothing was quiet, or is missing">
          <Places places={coverage.places} />
        </Panel>
      )}
      <Panel title="Days">
        <CoverageStrip coverage={coverage} />
      </Panel>
      <div className="columns columns-even">
        <Panel title="Attribution" note="Counted calls">
          <ClassShares coverage={coverage} />
        </Panel>
        <Panel title="Window">
          <Window coverage={coverage} />
        </Panel>
      </div>
      <Panel title="Why calls are not attributed" note="Most first">
        <Unattributed coverage={coverage} />
      </Panel>
    </>
  );
}

/** What is missing, in the server's words, and what would help. */
function Missing({ notes }: { notes: string[] }) {
  if (notes.length === 0) return null;
  return (
    <Panel title="What would make the answers better">
      <Notes notes={notes} />
    </Panel>
  );
}

function Window({ coverage }: { coverage: Coverage }) {
  return (
    <Facts
      items={[
        ["First event", <ExactTime key="from" at={coverage.from} />],
        ["Last event", <ExactTime key="to" at={coverage.to} />],
        ["Between them", span(coverage.from, coverage.to)],
        ["Accounts", coverage.accounts.join(", "), "wide"],
        ["Regions", coverage.regions.join(", "), "wide"],
        ["Data events seen of", coverage.data_event_sources.length === 0 ? "no service: what its data actions are used for cannot be seen" : coverage.data_event_sources.join(", "), "wide"],
      ]}
    />
  );
}

function Unattributed({ coverage }: { coverage: Coverage }) {
  if (coverage.unattributed.length === 0) return <p className="muted quiet">Every counted call is attributed.</p>;
  return (
    <ScrollTable
      label="Calls that are not attributed"
      header={["Reason", "Mechanism", { name: "Calls", end: true }]}
      rows={coverage.unattributed.map((row) => ({
        id: `${row.mechanism} ${row.reason}`,
        cells: [row.reason, <MechanismBadge key="mechanism" value={row.mechanism} />, <Link key="calls" to={paths.events({ class: "none", mechanism: row.mechanism })}>{number(row.calls)}</Link>],
      }))}
    />
  );
}
