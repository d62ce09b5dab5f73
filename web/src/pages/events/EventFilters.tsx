import { Disclosure, DisclosurePanel, Button, Heading } from "react-aria-components";

import type { UrlFilter } from "../../lib/urlState";
import { Chips, FilterSelect, FilterText } from "../../ui/filters";
import { CLASS_MARK, keysOf, MECHANISM_MARK, OUTCOME_MARK, type Mark } from "../../ui/marks";
import { TimeFilter } from "./TimeFilter";

export const NAMES = [
  "q", "outcome", "mechanism", "class", "from", "to", "cluster", "namespace", "service_account", "session_id",
  "role", "action", "resource", "event_name", "event_source",
] as const;

type Name = (typeof NAMES)[number];
export type EventFilterValues = Partial<Record<Name, string>>;

const LABELS: Record<Name, string> = {
  q: "Text",
  outcome: "Outcome",
  mechanism: "Mechanism",
  class: "Trust",
  from: "From",
  to: "To",
  cluster: "Cluster",
  namespace: "Namespace",
  service_account: "ServiceAccount",
  session_id: "Session",
  role: "Role",
  action: "Action",
  resource: "Resource",
  event_name: "Event name",
  event_source: "Event source",
};

/** Those that are typed rather than chosen, and wait behind "More filters". */
const TYPED: readonly Name[] = ["cluster", "namespace", "service_account", "action", "resource", "role", "session_id", "event_name", "event_source"];

const options = <K extends string>(marks: Record<K, Mark>) => keysOf(marks).map((key) => [key, marks[key].word] as const);

export function EventFilters({ url }: { url: UrlFilter<Name> }) {
  const { values, set } = url;
  return (
    <search aria-label="Filter events">
      <div className="filters">
        <FilterText label="Text" placeholder="Event name, source, role or id" value={values.q} onCommit={(q) => set({ q }, { replace: true })} />
        <FilterSelect label={LABELS.outcome} value={values.outcome} options={options<string>(OUTCOME_MARK)} onCommit={(outcome) => set({ outcome })} />
        <FilterSelect label={LABELS.mechanism} value={values.mechanism} options={options<string>(MECHANISM_MARK)} onCommit={(mechanism) => set({ mechanism })} />
        <FilterSelect label={LABELS.class} value={values.class} options={options<string>(CLASS_MARK)} onCommit={(trust) => set({ class: trust })} />
        <TimeFilter label="From (UTC)" value={values.from} onCommit={(from) => set({ from })} />
        <TimeFilter label="To (UTC)" value={values.to} onCommit={(to) => set({ to })} />
      </div>
      <Disclosure className="disclosure">
        <Heading level={2} className="disclosure-head">
          <Button slot="trigger" className="link-button">
            More filters
          </Button>
        </Heading>
        <DisclosurePanel>
          <div className="filters">
            {TYPED.map((name) => (
              <FilterText key={name} label={LABELS[name]} value={values[name]} onCommit={(text) => set({ [name]: text }, { replace: true })} />
            ))}
          </div>
        </DisclosurePanel>
      </Disclosure>
      <Chips
        chips={NAMES.flatMap((name) => {
          const value = values[name];
          return value === undefined ? [] : [{ id: name, label: LABELS[name], value: wordOf(name, value), remove: () => set({ [name]: undefined }) }];
        })}
        onClear={url.clear}
      />
    </search>
  );
}

/** What a chosen value is called on screen. */
function wordOf(name: Name, value: string): string {
  const marks: Partial<Record<Name, Record<string, Mark>>> = { outcome: OUTCOME_MARK, mechanism: MECHANISM_MARK, class: CLASS_MARK };
  return marks[name]?.[value]?.word ?? value;
}
