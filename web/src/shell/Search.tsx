import { useState, type RefObject } from "react";
import { Input, SearchField } from "react-aria-components";
import { useNavigate } from "react-router";

import { pathOfSearch } from "../lib/paths";
import { Icon } from "../ui/Icon";

/** One box for everything with a name: a workload, an event's id, an access key, a role, an action. */
export function Search({ inputRef }: { inputRef: RefObject<HTMLInputElement | null> }) {
  const [text, setText] = useState("");
  const navigate = useNavigate();
  const go = () => {
    if (text.trim() === "") return;
    void navigate(pathOfSearch(text));
    setText("");
    inputRef.current?.blur();
  };
  return (
    <SearchField className="search" aria-label="Search" value={text} onChange={setText} onSubmit={go}>
      <Icon name="search" />
      <Input ref={inputRef} placeholder="Workload, event id, access key, role or action" />
      <kbd aria-hidden="true">/</kbd>
    </SearchField>
  );
}
