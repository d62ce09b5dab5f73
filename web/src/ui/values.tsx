/** Single values: times, numbers, ARNs, and the button that copies them. */
import { useState } from "react";
import { Button } from "react-aria-components";

import type { Maybe } from "../api/types";
import { shortArn } from "../lib/arn";
import { compact, exactTime, number, relativeTime, UNKNOWN } from "../lib/format";
import { Icon } from "./Icon";

/** What is not known says so to those who cannot see the dash. */
export function Unknown() {
  return (
    <span className="muted">
      <span aria-hidden="true">{UNKNOWN}</span>
      <span className="sr-only">unknown</span>
    </span>
  );
}

/** The time at which a value was first shown: what is on screen does not tick. */
function useNow(): number {
  return useState(() => Date.now())[0];
}

/** A relative time with the exact UTC on hover. */
export function Time({ at }: { at: Maybe<string> }) {
  const now = useNow();
  if (at == null) return <Unknown />;
  return (
    <time dateTime={at} title={exactTime(at)}>
      {relativeTime(at, now)}
    </time>
  );
}

/** The exact UTC, with the relative time on hover; `bare` under a heading that says UTC. */
export function ExactTime({ at, bare = false }: { at: Maybe<string>; bare?: boolean }) {
  const now = useNow();
  if (at == null) return <Unknown />;
  const exact = exactTime(at);
  return (
    <time dateTime={at} title={`${exact}, ${relativeTime(at, now)}`} className="mono">
      {bare ? exact.replace(/ UTC$/, "") : exact}
    </time>
  );
}

/** A number by locale; when `short`, the exact one on hover. */
export function Num({ value, short = false }: { value: Maybe<number>; short?: boolean }) {
  if (value == null) return <Unknown />;
  return short && value >= 10_000 ? <span title={number(value)}>{compact(value)}</span> : <>{number(value)}</>;
}

/** An ARN shortened in the middle; whole on hover and in what the button copies. */
export function Arn({ arn, max = 44, copy = false }: { arn: Maybe<string>; max?: number; copy?: boolean }) {
  if (arn == null) return <Unknown />;
  return (
    <span className="arn">
      <span className="mono" title={arn} data-arn={arn}>
        {shortArn(arn, max)}
      </span>
      {copy && <CopyButton text={arn} label={`Copy ${arn}`} />}
    </span>
  );
}

/** Puts text on the clipboard and says so for a moment. */
export function CopyButton({ text, label, children }: { text: string; label: string; children?: string }) {
  const [state, setState] = useState<"idle" | "done" | "failed">("idle");
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setState("done"),
      () => setState("failed"),
    );
    setTimeout(() => setState("idle"), 2000);
  };
  const said = state === "done" ? "Copied" : state === "failed" ? "Not copied: select the text instead" : "";
  return (
    <>
      <Button className={children === undefined ? "icon-button" : "button"} aria-label={label} onPress={copy}>
        <Icon name={state === "done" ? "check" : "copy"} />
        {children !== undefined && (said === "" ? children : said)}
      </Button>
      <output className="sr-only">{said}</output>
    </>
  );
}

/** Hands a text over as a file, made in the page: nothing leaves it. */
export function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
