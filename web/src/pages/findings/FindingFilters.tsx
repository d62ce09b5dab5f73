import { ToggleButton } from "react-aria-components";

import type { Finding, FindingKind, Severity } from "../../api/types";
import { countOf, SEVERITIES } from "../../lib/findings";
import { number } from "../../lib/format";
import type { UrlFilter } from "../../lib/urlState";
import { Chips, FilterSelect, FilterText } from "../../ui/filters";
import { Icon } from "../../ui/Icon";
import { Shape } from "../../ui/Mark";
import { FINDING_KIND, keysOf, SEVERITY_MARK } from "../../ui/marks";

export const NAMES = ["q", "kind", "workload", "role", "severity", "age", "sort"] as const;
type Name = (typeof NAMES)[number];

const KINDS = keysOf(FINDING_KIND).map((kind) => [kind, FINDING_KIND[kind]] as const);
const LABELS = { q: "Text", kind: "Kind", workload: "Workload", role: "Role" } as const;

interface Props {
  url: UrlFilter<Name>;
  kind: FindingKind | undefined;
  severity: Severity | undefined;
  week: boolean;
  /** What the filters of the server leave; severity and age are chosen among them. */
  rows: readonly Finding[];
  fresh: readonly Finding[];
}

export function FindingFilters({ url, kind, severity, week, rows, fresh }: Props) {
  const chips = keysOf(LABELS).flatMap((name) => {
    const value = name === "kind" ? kind && FINDING_KIND[kind] : url.values[name];
    return value === undefined ? [] : [{ id: name, label: LABELS[name], value, remove: () => url.set({ [name]: undefined }) }];
  });
  return (
    <search aria-label="Filter findings">
      <div className="filters">
        <FilterText label="Filter" placeholder="Workload, role or words" value={url.values.q} onCommit={(q) => url.set({ q }, { replace: true })} />
        <FilterSelect<FindingKind> label="Kind" value={kind} options={KINDS} onCommit={(next) => url.set({ kind: next })} />
        <fieldset className="toggles">
          <legend className="sr-only">Show only</legend>
          {SEVERITIES.map((name) => (
            <SeverityToggle key={name} name={name} count={countOf(week ? fresh : rows, name)} on={severity === name} onChange={(on) => url.set({ severity: on ? name : undefined })} />
          ))}
          <ToggleButton className="toggle" isSelected={week} isDisabled={fresh.length === 0 && !week} onChange={(on) => url.set({ age: on ? "week" : undefined })}>
            <Icon name="events" />
            New since last week <span className="count">{number(fresh.length)}</span>
          </ToggleButton>
        </fieldset>
      </div>
      <Chips chips={chips} onClear={url.clear} />
    </search>
  );
}

function SeverityToggle({ name, count, on, onChange }: { name: Severity; count: number; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <ToggleButton className="toggle" isSelected={on} isDisabled={count === 0 && !on} onChange={onChange}>
      <Shape mark={SEVERITY_MARK[name]} />
      {SEVERITY_MARK[name].word} <span className="count">{number(count)}</span>
    </ToggleButton>
  );
}
