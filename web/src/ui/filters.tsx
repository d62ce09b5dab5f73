/** The controls that write filters into the address. */
import { useEffect, useId, useRef, useState } from "react";
import { Button, Input, Label, SearchField } from "react-aria-components";

import { Icon } from "./Icon";

const TYPING = 300;

/** Free text; it reaches the address when typing pauses, so that each letter is not a question to the server. */
export function FilterText({ label, value, onCommit, placeholder }: { label: string; value: string | undefined; onCommit: (text: string) => void; placeholder?: string }) {
  const [text, setText] = useState(value ?? "");
  const [shown, setShown] = useState(value ?? "");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  if ((value ?? "") !== shown) {
    setShown(value ?? "");
    setText(value ?? "");
  }
  useEffect(() => () => clearTimeout(timer.current), []);
  const commit = (next: string) => {
    clearTimeout(timer.current);
    setShown(next.trim());
    onCommit(next);
  };
  const change = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => commit(next), TYPING);
  };
  return (
    <SearchField className="filter" value={text} onChange={change} onSubmit={commit} onClear={() => commit("")}>
      <Label>{label}</Label>
      <Input {...(placeholder === undefined ? {} : { placeholder })} />
    </SearchField>
  );
}

/** One of a few; the first choice is no filter. */
export function FilterSelect<T extends string>({ label, value, options, onCommit }: { label: string; value: T | undefined; options: readonly (readonly [T, string])[]; onCommit: (value: T | undefined) => void }) {
  return (
    <label className="filter">
      <span>{label}</span>
      <select value={value ?? ""} onChange={(event) => onCommit(options.find(([option]) => option === event.target.value)?.[0])}>
        <option value="">Any</option>
        {options.map(([option, word]) => (
          <option key={option} value={option}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}

/** One of a few that always stands; the arrow keys go from one to the next. */
export function ChoiceBar<T extends string>({ label, value, options, onCommit }: { label: string; value: T; options: readonly (readonly [T, string])[]; onCommit: (value: T) => void }) {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend className="sr-only">{label}</legend>
      {options.map(([option, word]) => (
        <label key={option} className="choice">
          <input type="radio" className="sr-only" name={name} value={option} checked={option === value} onChange={() => onCommit(option)} />
          {word}
        </label>
      ))}
    </fieldset>
  );
}

export interface Chip {
  id: string;
  label: string;
  value: string;
  remove: () => void;
}

/** The filters that are on, each with a button that takes it off. */
export function Chips({ chips, onClear }: { chips: readonly Chip[]; onClear: () => void }) {
  if (chips.length === 0) return null;
  return (
    <ul className="chips" aria-label="Active filters">
      {chips.map((chip) => (
        <li key={chip.id} className="chip">
          <span className="muted">{chip.label}</span> <span title={chip.value}>{chip.value}</span>
          <Button className="chip-remove" aria-label={`Remove filter ${chip.label}`} onPress={chip.remove}>
            <Icon name="close" />
          </Button>
        </li>
      ))}
      <li>
        <Button className="link-button" onPress={onClear}>
          Clear all
        </Button>
      </li>
    </ul>
  );
}
