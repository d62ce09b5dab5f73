import type { SourceStatus } from "../../api/types";
import { bytes, duration, number, plural } from "../../lib/format";
import { Shape } from "../../ui/Mark";
import { OUTCOME_MARK } from "../../ui/marks";
import { Empty } from "../../ui/states";
import { CopyButton, Time, Unknown } from "../../ui/values";

/** How far the lake is behind each source, what waits there, and what could not be read. */
export function Sources({ sources }: { sources: SourceStatus[] }) {
  if (sources.length === 0) {
    return (
      <Empty title="No source yet" command="podtrail ingest ./cloudtrail-logs">
        Each source that is read appears here with how far it has got.
      </Empty>
    );
  }
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <section className="table-scroll" aria-label="Sources, to be scrolled" tabIndex={0}>
        <table className="plain" aria-label="Sources">
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">Newest event</th>
              <th scope="col">Lag</th>
              <th scope="col">Backlog</th>
              <th scope="col">Not readable</th>
              <th scope="col">Last run</th>
            </tr>
          </thead>
          <tbody>
            {sources.map((source) => (
              <SourceRow key={source.source} source={source} />
            ))}
          </tbody>
        </table>
      </section>
      <Failures sources={sources.filter(fails)} />
    </>
  );
}

/** Whether something of the source could not be read in its last run. */
export function fails(source: SourceStatus): boolean {
  return (source.failed_objects ?? 0) > 0;
}

function SourceRow({ source }: { source: SourceStatus }) {
  return (
    <tr>
      <td className="mono break">{source.source}</td>
      <td>
        <Time at={source.last_event} />
      </td>
      <td>{source.lag_seconds == null ? <Unknown /> : duration(source.lag_seconds)}</td>
      <td>
        <Backlog source={source} />
      </td>
      <td>
        {source.failed_objects == null ? (
          <Unknown />
        ) : (
          <span className="mark">
            <Shape mark={fails(source) ? OUTCOME_MARK.denied : OUTCOME_MARK.ok} />
            {fails(source) ? <a href="#failures">{plural(source.failed_objects, "object")}</a> : "none"}
          </span>
        )}
      </td>
      <td>
        <Time at={source.last_run} />
      </td>
    </tr>
  );
}

function Backlog({ source }: { source: SourceStatus }) {
  if (source.backlog_objects == null) return <Unknown />;
  if (source.backlog_objects === 0) return <>none</>;
  const size = source.backlog_bytes ?? 0;
  return (
    <>
      {plural(source.backlog_objects, "object")}
      {size > 0 && <span className="muted">, {bytes(size)}</span>}
    </>
  );
}

/** What could not be read, why, and what to do about it. */
function Failures({ sources }: { sources: SourceStatus[] }) {
  if (sources.length === 0) return null;
  return (
    <ul id="failures" className="denials failures" aria-label="Not readable">
      {sources.map((source) => (
        <li key={source.source} className="denial">
          <p className="mono break">{source.source}</p>
          <p>
            {number(source.failed_objects)} could not be read, noted <Time at={source.noted_at} />
            {source.problem != null && (
              <>
                . The last: <span className="break">{source.problem}</span>
              </>
            )}
          </p>
          <p className="muted">Once that is mended, read it again; no event is stored twice:</p>
          <p className="command">
            <code>podtrail ingest {source.source}</code>
            <CopyButton text={`podtrail ingest ${source.source}`} label={`Copy podtrail ingest ${source.source}`} />
          </p>
        </li>
      ))}
    </ul>
  );
}
