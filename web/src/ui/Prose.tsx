/** Sentences of the server's, in which names stand between backticks. */

/** The text with what stands between backticks as code; a single backtick stays as it is. */
export function Prose({ text }: { text: string }) {
  const parts = text.split(/`([^`]+)`/);
  // Odd places are what stood between backticks; a place in a fixed text is its identity.
  // oxlint-disable-next-line react/no-array-index-key
  return parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}

/** A list of such sentences. */
export function Notes({ notes, label }: { notes: readonly string[]; label?: string }) {
  return (
    <ul className="notes" aria-label={label}>
      {notes.map((note) => (
        <li key={note}>
          <Prose text={note} />
        </li>
      ))}
    </ul>
  );
}
