import { Link } from "react-router";

import type { Coverage } from "../../api/types";
import { exactTime, number, percent, span } from "../../lib/format";
import { paths } from "../../lib/paths";
import { Facts, Panel, StackBar } from "../../ui/layout";
import { Shape } from "../../ui/Mark";
import { CLASS_MARK, MECHANISM_MARK } from "../../ui/marks";
import { Time } from "../../ui/values";
import { CoverageStrip } from "./CoverageStrip";

/** What every answer rests on: which days of which accounts, and how surely the calls are attributed. */
export function CoveragePanel({ coverage }: { coverage: Coverage }) {
  const { from, to, places } = coverage;
  const missing = places.reduce((sum, place) => sum + place.missing_hours, 0);
  const services = coverage.data_event_sources.map((source) => source.replace(".amazonaws.com", ""));
  return (
    <Panel title="Coverage" note="What every answer here rests on" actions={<Link to={paths.coverage()}>Gaps, lag and reasons</Link>}>
      <div className="coverage">
        <div>
          <Facts
            items={[
              ["Window", <span key="window" title={`${exactTime(from)} to ${exactTime(to)}`}>{`${from?.slice(0, 10) ?? "?"} – ${to?.slice(0, 10) ?? "?"} (${span(from, to)})`}</span>, "wide"],
              ["Latest event", <Time key="latest" at={to} />],
              ["Hours that hold nothing", <Link key="missing" to={`${paths.coverage()}#places`}>{number(missing)}</Link>],
              ["Accounts", number(coverage.accounts.length)],
              ["Regions", <span key="regions" title={coverage.regions.join("\n")}>{few(coverage.regions)}</span>],
              ["Data events", services.length === 0 ? "none logged: data actions are unobservable" : <span key="services" title={services.join("\n")}>{few(services)}</span>],
            ]}
          />
          <ClassShares coverage={coverage} />
          <Reasons coverage={coverage} />
        </div>
        <CoverageStrip coverage={coverage} />
      </div>
    </Panel>
  );
}

const SHOWN = 4;

/** The first few by name and how many more; all of them on hover. */
function few(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return more > 0 ? `${names.slice(0, SHOWN).join(", ")} and ${number(more)} more` : names.join(", ");
}

export function ClassShares({ coverage }: { coverage: Coverage }) {
  const total = coverage.classes.reduce((sum, share) => sum + share.calls, 0);
  return (
    <div className="shares">
      <h3>Calls by how surely they are attributed</h3>
      <StackBar segments={coverage.classes.map((share) => ({ name: CLASS_MARK[share.class].word, value: share.calls, color: CLASS_MARK[share.class].color }))} />
      <ul>
        {coverage.classes.map((share) => (
          <li key={share.class} title={CLASS_MARK[share.class].says}>
            <Shape mark={CLASS_MARK[share.class]} />
            <Link to={paths.events({ class: share.class })}>
              {CLASS_MARK[share.class].word} {percent(share.calls, total)}
            </Link>
            <span className="muted">{number(share.calls)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Reasons({ coverage }: { coverage: Coverage }) {
  if (coverage.unattributed.length === 0) return null;
  return (
    <details className="more">
      <summary>Why calls are not attributed</summary>
      <ul>
        {coverage.unattributed.map((reason) => (
          <li key={`${reason.mechanism} ${reason.reason}`}>
            <Link to={paths.events({ class: "none", mechanism: reason.mechanism })}>{number(reason.calls)}</Link> {MECHANISM_MARK[reason.mechanism].word}: {reason.reason}
          </li>
        ))}
      </ul>
    </details>
  );
}
