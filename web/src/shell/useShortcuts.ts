import { useEffect, useRef } from "react";

import { isOurs, NOTHING, press, type Command } from "../lib/keys";

/** Runs the commands of the keyboard map for as long as the component is shown. */
export function useShortcuts(run: (command: Command) => void): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    let pending = NOTHING;
    const onKey = (event: KeyboardEvent) => {
      if (!isOurs(event)) return;
      const result = press(pending, event.key, event.timeStamp);
      pending = result.pending;
      if (result.command === undefined) return;
      event.preventDefault();
      latest.current(result.command);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
