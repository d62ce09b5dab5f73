/** What a page shows while it has no rows: loading, nothing there, or something wrong. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import { Link } from "react-router";

import { ApiError, type Problem } from "../api/client";
import { paths, refOfId } from "../lib/paths";
import { Icon } from "./Icon";
import { Prose } from "./Prose";
import { CopyButton } from "./values";

/** Grey bars in the shape of what comes, so that nothing jumps. */
export function Skeleton({ lines = 6, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <output className="skeleton" aria-label={label}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className="skeleton-line" />
      ))}
    </output>
  );
}

/** Teaches: what would be here, and the command that puts it here. */
export function Empty({ title, children, command }: { title: string; children?: ReactNode; command?: string }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children !== undefined && <p>{children}</p>}
      {command !== undefined && (
        <p className="command">
          <code>{command}</code>
          <CopyButton text={command} label={`Copy ${command}`} />
        </p>
      )}
    </div>
  );
}

function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { title: "This page failed", status: 0, detail, hint: "Reload the page. If it fails again, the rest of the dashboard still works." };
}

/** What failed, what to do, a retry where it helps, and the nearest names where one was wrong. */
export function ProblemBox({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = problemOf(error);
  const canRetry = retry !== undefined && (!(error instanceof ApiError) || error.retryable);
  return (
    <div className="problem" role="alert">
      <p className="problem-title">
        {problem.title}
        {problem.status > 0 && <span className="muted"> · HTTP {problem.status}</span>}
      </p>
      <p className="problem-detail">
        <Prose text={problem.detail} />
      </p>
      {problem.hint != null && (
        <p>
          <Prose text={problem.hint} />
        </p>
      )}
      <Suggestions ids={problem.suggestions ?? []} />
      {canRetry && (
        <Button className="button" onPress={retry}>
          <Icon name="refresh" />
          Try again
        </Button>
      )}
    </div>
  );
}

function Suggestions({ ids }: { ids: string[] }) {
  if (ids.length === 0) return null;
  return (
    <ul className="suggestions" aria-label="Suggestions">
      {ids.map((id) => {
        const ref = refOfId(id);
        return <li key={id}>{ref === undefined ? <code>{id}</code> : <Link to={paths.workload(ref)}>{id}</Link>}</li>;
      })}
    </ul>
  );
}
