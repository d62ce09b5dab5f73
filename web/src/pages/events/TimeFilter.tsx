/** A moment in UTC. The address holds it as RFC 3339; the control wants it without the zone. */
export function TimeFilter({ label, value, onCommit }: { label: string; value: string | undefined; onCommit: (value: string | undefined) => void }) {
  return (
    <label className="filter">
      <span>{label}</span>
      <input type="datetime-local" step={1} value={value === undefined ? "" : value.replace(/Z$/, "").slice(0, 19)} onChange={(event) => onCommit(utc(event.target.value))} />
    </label>
  );
}

/** `2026-11-02T06:12` as a time in UTC with its seconds. */
export function utc(local: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(local)) return undefined;
  return `${local.length === 16 ? `${local}:00` : local.slice(0, 19)}Z`;
}
