import type { SourceStatus } from "../../api/types";
import { number } from "../../lib/format";
import { Shape } from "../../ui/Mark";
import { OUTCOME_MARK } from "../../ui/marks";

const COLUMNS = ["read", "stored", "duplicate", "rejected", "conflict"] as const;

/** Whether every record read is accounted for: stored, held already, or rejected. */
export function balances(source: SourceStatus): boolean {
  return source.read === source.stored + source.duplicate + source.rejected;
}

/** What became of every record of each source, over all runs. */
export function Ledger({ sources }: { sources: SourceStatus[] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <section className="table-scroll" aria-label="Ledger, to be scrolled" tabIndex={0}>
      <table className="plain" aria-label="Ledger">
        <thead>
          <tr>
            <th scope="col">Source</th>
            {COLUMNS.map((name) => (
              <th key={name} scope="col" data-align="end">
                {name}
              </th>
            ))}
            <th scope="col">Ledger</th>
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
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
