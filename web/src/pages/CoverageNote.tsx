import { Link } from "react-router";

import type { Coverage, CoverageSummary, Maybe } from "../api/types";
import { exactTime, number, percent, plural, span } from "../lib/format";
import { paths } from "../lib/paths";
import { StackBar } from "../ui/layout";
import { Shape } from "../ui/Mark";
import { CLASS_MARK, keysOf, OUTCOME_MARK } from "../ui/marks";

/** The short form of a whole coverage, for answers that carry that. */
export function summaryOf(coverage: Coverage): CoverageSummary {
  const calls = (name: keyof typeof CLASS_MARK) => coverage.classes.find((share) => share.class === name)?.calls ?? 0;
  return {
    from: coverage.from ?? null,
    to: coverage.to ?? null,
    exact: calls("exact"),
    inferred: calls("inferred"),
    claimed: calls("claimed"),
    none: calls("none"),
    missing_hours: coverage.places.reduce((sum, place) => sum + place.missing_hours, 0),
    data_event_sources: coverage.data_event_sources,
  };
}

/** What an answer rests on, in a line beside it; the whole is a link away. */
export function CoverageNote({ coverage }: { coverage: Maybe<CoverageSummary> }) {
  if (coverage == null) return null;
  const { from, to, missing_hours: missing, data_event_sources: sources } = coverage;
  const services = sources.map((source) => source.replace(".amazonaws.com", ""));
  return (
    <section className="coverage-note" aria-label="What this rests on">
      <Link to={paths.coverage()}>Coverage</Link>
      <span title={`${exactTime(from)} to ${exactTime(to)}`}>
        {from?.slice(0, 10) ?? "?"} – {to?.slice(0, 10) ?? "?"} <span className="muted">({span(from, to)})</span>
      </span>
      <span className="mark">
        <Shape mark={missing > 0 ? OUTCOME_MARK.error : OUTCOME_MARK.ok} />
        {missing > 0 ? <Link to={`${paths.coverage()}#places`}>{plural(missing, "hour holds", "hours hold")} nothing</Link> : "no gaps"}
      </span>
      <Classes coverage={coverage} />
      <span title={services.join("\n")}>{services.length === 0 ? "no data events" : `data events of ${plural(services.length, "service")}`}</span>
    </section>
  );
}

function Classes({ coverage }: { coverage: CoverageSummary }) {
  const classes = keysOf(CLASS_MARK);
  const total = classes.reduce((sum, name) => sum + coverage[name], 0);
  if (total === 0) return null;
  return (
    <span className="coverage-classes">
      <StackBar segments={classes.map((name) => ({ name: CLASS_MARK[name].word, value: coverage[name], color: CLASS_MARK[name].color }))} />
      <span title={classes.map((name) => `${CLASS_MARK[name].word}: ${number(coverage[name])} calls`).join("\n")}>{percent(coverage.exact, total)} exact</span>
    </span>
  );
}
