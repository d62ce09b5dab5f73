import { Link } from "react-router";

import type { PlaceCoverage } from "../../api/types";
import { duration, exactTime, number, plural, span } from "../../lib/format";
import { paths } from "../../lib/paths";
import { Shape } from "../../ui/Mark";
import { GAP_BASIS, OUTCOME_MARK } from "../../ui/marks";
import { ScrollTable } from "../../ui/ScrollTable";
import { Unknown } from "../../ui/values";

/** Each account and region: its window, what is missing in it, how late its files come, whose data events it holds. */
export function Places({ places }: { places: readonly PlaceCoverage[] }) {
  return (
    <div id="places">
      <ScrollTable
        label="Accounts and regions"
        header={["Account", "Region", "Window", { name: "Hours", end: true }, "Hold nothing", "Covered by", { name: "Files", end: true }, "Lag: half, 95 of 100, most", "Data events"]}
        rows={places.map((place) => ({ id: `${place.account} ${place.region}`, cells: cells(place) }))}
      />
      <ul className="denials gaps" aria-label="Gaps">
        {places.filter((place) => place.gap_count > 0).map((place) => (
          <li key={`${place.account} ${place.region}`}>
            <Gaps place={place} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function cells(place: PlaceCoverage) {
  const { from, to, lag_seconds: lag } = place;
  const services = place.data_sources.map((source) => source.replace(".amazonaws.com", ""));
  return [
    <span key="account" className="mono">{place.account}</span>,
    <span key="region" className="nowrap">{place.region}</span>,
    <Link key="window" className="nowrap" to={paths.events(from == null || to == null ? {} : { from, to })} title={`${exactTime(from)} to ${exactTime(to)}`}>{`${from?.slice(0, 10) ?? "?"} – ${to?.slice(0, 10) ?? "?"}`}</Link>,
    number(place.hours),
    <span key="missing" className="mark">
      <Shape mark={place.missing_hours > 0 ? OUTCOME_MARK.error : OUTCOME_MARK.ok} />
      {place.missing_hours > 0 ? `${plural(place.missing_hours, "hour")} in ${plural(place.gap_count, "gap")}` : "none"}
    </span>,
    <span key="basis" title={GAP_BASIS[place.basis].says}>{GAP_BASIS[place.basis].word}</span>,
    number(place.files),
    lag == null ? <Unknown key="lag" /> : `${duration(lag.median)}, ${duration(lag.p95)}, ${duration(lag.max)}`,
    services.length === 0 ? "none" : services.join(", "),
  ];
}

/** The stretches of time of which nothing is known. */
function Gaps({ place }: { place: PlaceCoverage }) {
  const more = place.gap_count - place.gaps.length;
  return (
    <details className="denial">
      <summary>
        <Shape mark={OUTCOME_MARK.error} />
        <span>
          {plural(place.gap_count, "gap")} in <span className="mono">{place.account}</span> {place.region}
        </span>
        <span className="muted">{plural(place.missing_hours, "hour holds", "hours hold")} nothing</span>
      </summary>
      <div className="denial-body">
        <ul className="notes">
          {place.gaps.map((gap) => (
            <li key={gap.from}>
              <span className="mono">{exactTime(gap.from)}</span> to <span className="mono">{exactTime(gap.to)}</span>: {span(gap.from, gap.to)}
            </li>
          ))}
        </ul>
        {more > 0 && <p className="muted">And {plural(more, "shorter gap")}.</p>}
        <p className="muted">Read these hours again where their files are there; no event is stored twice. CloudTrail delivers none for an hour in which nothing happened.</p>
      </div>
    </details>
  );
}
