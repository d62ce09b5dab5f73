/** The pieces pages are laid out from. */
import type { ReactNode } from "react";

/** A page's subject, its answer in a sentence, and what can be done with it. */
export function PageHeader({ title, lead, actions }: { title: ReactNode; lead?: ReactNode; actions?: ReactNode }) {
  return (
    <header className="page-header">
      <div>
        <h1>{title}</h1>
        {lead !== undefined && <p className="lead">{lead}</p>}
      </div>
      {actions !== undefined && <div className="actions">{actions}</div>}
    </header>
  );
}

export function Panel({ title, note, actions, children }: { title: string; note?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <div className="panel-head">
        <h2>{title}</h2>
        {note !== undefined && <p className="muted">{note}</p>}
        {actions}
      </div>
      {children}
    </section>
  );
}

/** A name and its value; `wide` takes the room of two. */
export type Fact = readonly [string, ReactNode] | readonly [string, ReactNode, "wide"];

/** Names and values, side by side. */
export function Facts({ items }: { items: readonly Fact[] }) {
  return (
    <dl className="facts">
      {items.map(([name, value, wide]) => (
        <div key={name} data-wide={wide}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export interface Segment {
  name: string;
  value: number;
  color: `--${string}`;
}

/** Parts of a whole as one bar; the words stand beside it, so the bar itself is decoration. */
export function StackBar({ segments }: { segments: readonly Segment[] }) {
  return (
    <span className="stack-bar" aria-hidden="true">
      {segments.map((segment) =>
        segment.value === 0 ? null : (
          <span key={segment.name} title={`${segment.name}: ${segment.value}`} style={{ flexGrow: segment.value, background: `var(${segment.color})` }} />
        ),
      )}
    </span>
  );
}
