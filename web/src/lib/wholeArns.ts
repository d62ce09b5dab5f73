/** What is copied from the screen holds ARNs whole, though they are shown shortened. */

/** A shortened ARN as it is shown, and the whole one behind it. */
export interface Shortened {
  shown: string;
  whole: string;
}

/** The text with each shortened ARN that it holds made whole again, in the order in which they stand. */
export function wholeArns(text: string, shortened: readonly Shortened[]): string {
  let rest = text;
  let done = "";
  for (const { shown, whole } of shortened) {
    const at = shown === whole ? -1 : rest.indexOf(shown);
    if (at < 0) continue;
    done += rest.slice(0, at) + whole;
    rest = rest.slice(at + shown.length);
  }
  return done + rest;
}

/** Makes the page's own copying whole. */
export function onCopy(event: ClipboardEvent): void {
  const selection = document.getSelection();
  if (selection === null || selection.isCollapsed || event.clipboardData === null) return;
  const inside = [...document.querySelectorAll<HTMLElement>("[data-arn]")].filter((element) => selection.containsNode(element, true));
  const text = selection.toString();
  const whole = wholeArns(text, inside.map((element) => ({ shown: element.textContent, whole: element.dataset["arn"] ?? element.textContent })));
  if (whole === text) return;
  event.clipboardData.setData("text/plain", whole);
  event.preventDefault();
}
