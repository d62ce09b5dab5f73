/** Policies, diffs and records: monospaced, coloured, selectable text. */
import { useMemo, type ReactNode } from "react";

import type { Json } from "../api/types";
import { diffLines, type DiffKind } from "../lib/diff";
import { configTokens, jsonTokens, type Token } from "../lib/jsonTokens";

function Line({ text, cut = jsonTokens }: { text: string; cut?: (line: string) => Token[] }) {
  let at = 0;
  return cut(text).map((token) => {
    const key = at;
    at += token.text.length;
    return token.kind === "plain" ? (
      token.text
    ) : (
      <span key={key} className={`tok-${token.kind}`}>
        {token.text}
      </span>
    );
  });
}

/** Text that scrolls by itself, and so has to be reachable by keyboard. */
export function ScrollBox({ label, children }: { label: string; children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="code" tabIndex={0} aria-label={label}>
      <pre>{children}</pre>
    </section>
  );
}

/** JSON as text. */
export function JsonText({ text, label }: { text: string; label: string }) {
  return <Lines text={text} label={label} cut={jsonTokens} />;
}

/** HCL or YAML as text. */
export function ConfigText({ text, label }: { text: string; label: string }) {
  return <Lines text={text} label={label} cut={configTokens} />;
}

function Lines({ text, label, cut }: { text: string; label: string; cut: (line: string) => Token[] }) {
  return (
    <ScrollBox label={label}>
      <code>
        {text.split("\n").map((line, index) => (
          // Lines of a fixed text: their place is their identity.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} className="code-line">
            <Line text={line} cut={cut} />
            {"\n"}
          </span>
        ))}
      </code>
    </ScrollBox>
  );
}

const DIFF: Record<DiffKind, { sign: string; word: string }> = {
  same: { sign: " ", word: "" },
  removed: { sign: "-", word: "removed: " },
  added: { sign: "+", word: "added: " },
};

/** Two texts line by line: signs for the eye, words for screen readers, neither in what is copied. */
export function DiffView({ before, after, label }: { before: string[]; after: string[]; label: string }) {
  const lines = useMemo(() => diffLines(before, after), [before, after]);
  const count = (kind: DiffKind) => lines.filter((line) => line.kind === kind).length;
  return (
    <figure className="diff">
      <figcaption>
        <span className="diff-count-removed">{count("removed")} lines removed</span>,{" "}
        <span className="diff-count-added">{count("added")} added</span>
      </figcaption>
      <ScrollBox label={label}>
        <code>
          {lines.map((line) => (
            <span key={`${line.before ?? ""}:${line.after ?? ""}`} className={`code-line diff-${line.kind}`}>
              <span className="diff-number" aria-hidden="true" data-number={line.before ?? ""} />
              <span className="diff-number" aria-hidden="true" data-number={line.after ?? ""} />
              <span className="diff-sign" aria-hidden="true" data-sign={DIFF[line.kind].sign} />
              <span className="sr-only no-select">{DIFF[line.kind].word}</span>
              <Line text={line.text} />
              {"\n"}
            </span>
          ))}
        </code>
      </ScrollBox>
    </figure>
  );
}

/** Any JSON, folded: objects and lists open and close, the first level stands open. */
export function JsonTree({ name, value, open = false }: { name?: string; value: Json; open?: boolean }) {
  const label = name === undefined ? null : <span className="tok-key">{name}: </span>;
  if (value === null || typeof value !== "object") {
    const kind = typeof value === "string" ? "string" : typeof value === "number" ? "number" : "word";
    return (
      <div className="tree-leaf">
        {label}
        <span className={`tok-${kind}`}>{typeof value === "string" ? value : JSON.stringify(value)}</span>
      </div>
    );
  }
  const entries = Object.entries(value);
  const size = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <details className="tree" open={open}>
      <summary>
        {label}
        <span className="muted">{size}</span>
      </summary>
      <div className="tree-children">
        {entries.map(([key, child]) => (
          <JsonTree key={key} name={key} value={child} />
        ))}
      </div>
    </details>
  );
}
