import { useId, useState } from "react";
import { Button } from "react-aria-components";

import { ATTACH, changesTo, GROUPING, KNOB_WORD, KNOBS, knobText, type Knob, type Knobs } from "../../lib/knobs";
import { Chips } from "../../ui/filters";
import { useKnobs } from "./useKnobs";

interface OptionsProps {
  /** Those that matter to what is shown below. */
  only?: readonly Knob[];
  title?: string;
  /** The server did not take one: the form stands open to mend it. */
  wrong?: boolean;
}

/** How the proposal is to be made: the same for every tab that shows a part of it. */
export function Options({ only = KNOBS, title = "Options of the proposal", wrong = false }: OptionsProps) {
  const { knobs, url } = useKnobs();
  const [open, setOpen] = useState(false);
  const turned = only.filter((knob) => knobs[knob] !== undefined);
  const reset = () => url.set(Object.fromEntries(only.map((knob) => [knob, undefined])));
  const chips = turned.map((knob) => ({ id: knob, label: KNOB_WORD[knob], value: knobText(knob, knobs[knob] ?? ""), remove: () => url.set({ [knob]: undefined }) }));
  return (
    <>
      <details className="options" open={open || wrong} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{title}</summary>
        <OptionsForm only={only} knobs={knobs} onApply={(next) => url.set(changesTo(next))} {...(turned.length > 0 ? { onReset: reset } : {})} />
      </details>
      <Chips chips={chips} onClear={reset} />
    </>
  );
}

interface FormProps {
  only: readonly Knob[];
  knobs: Knobs;
  onApply: (knobs: Knobs) => void;
  onReset?: () => void;
}

/** Fields hold a draft until it is applied: each change would be a replay of the whole history. */
function OptionsForm({ only, knobs, onApply, onReset }: FormProps) {
  const applied = JSON.stringify(knobs);
  const [shown, setShown] = useState(applied);
  const [draft, setDraft] = useState(knobs);
  if (applied !== shown) {
    setShown(applied);
    setDraft(knobs);
  }
  return (
    <form
      className="options-form"
      aria-label="Options"
      onSubmit={(event) => {
        event.preventDefault();
        onApply(draft);
      }}
    >
      {only.map((knob) => (
        <Option key={knob} knob={knob} value={draft[knob] ?? ""} onChange={(value) => setDraft({ ...draft, [knob]: value })} />
      ))}
      <div className="options-actions">
        <Button type="submit" className="button">
          Apply
        </Button>
        {onReset !== undefined && (
          <Button className="link-button" onPress={onReset}>
            Back to the defaults
          </Button>
        )}
      </div>
    </form>
  );
}

interface Help {
  help: string;
  example?: string;
  control: Record<string, string> | "date" | "number" | "text" | "checkbox";
}

const HELP: Record<Knob, Help> = {
  attach: { control: ATTACH, help: "What it becomes. A session policy limits this ServiceAccount alone, even under a shared role." },
  group: { control: GROUPING, help: "What shares a statement: fewer are shorter, more are easier to review." },
  since: { control: "date", help: "Use calls from this day on (UTC)." },
  until: { control: "date", help: "Use calls to this day, itself included (UTC)." },
  min_age_days: { control: "number", help: "No proposal for a role whose use goes back less." },
  keep: { control: "text", example: "s3:GetObject, sqs:SendMessage=arn:…", help: "Actions to grant whether used or not, separated by commas; with =ARN for one resource." },
  never_remove: { control: "text", example: "backup:*", help: "Patterns, separated by commas: what they cover and is granted today stays." },
  abac: { control: "checkbox", help: "Write the ServiceAccount's names in resources as the session tags of Pod Identity." },
  source_vpce: { control: "checkbox", help: "Limit each service to the VPC endpoints that all its calls came through." },
};

interface OptionProps {
  knob: Knob;
  value: string;
  onChange: (value: string) => void;
}

/** A label, its control, and a line that says what it does. */
function Option({ knob, value, onChange }: OptionProps) {
  const id = useId();
  return (
    <div className="option">
      <label htmlFor={id}>{KNOB_WORD[knob]}</label>
      <Control id={id} knob={knob} value={value} onChange={onChange} />
      <p id={`${id}-help`} className="muted">
        {HELP[knob].help}
      </p>
    </div>
  );
}

function Control({ id, knob, value, onChange }: OptionProps & { id: string }) {
  const { control, example } = HELP[knob];
  const same = { id, "aria-describedby": `${id}-help` };
  if (control === "checkbox") return <input {...same} type="checkbox" checked={value === "true"} onChange={(event) => onChange(event.target.checked ? "true" : "")} />;
  if (typeof control === "string") {
    const bounds = control === "number" ? { min: 0, step: 1 } : {};
    return <input {...same} {...bounds} type={control} value={value} placeholder={example ?? ""} autoComplete="off" spellCheck={false} onChange={(event) => onChange(event.target.value)} />;
  }
  return (
    <select {...same} value={value} onChange={(event) => onChange(event.target.value)}>
      {Object.entries(control).map(([option, word], index) => (
        <option key={option} value={index === 0 ? "" : option}>
          {word}
        </option>
      ))}
    </select>
  );
}
