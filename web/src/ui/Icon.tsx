import type { ReactElement } from "react";

export type IconName = "overview" | "workloads" | "events" | "status" | "search" | "copy" | "check" | "close" | "download" | "columns" | "refresh" | "arrow" | "keyboard" | "link" | "chart" | "table"
  | "findings" | "graph" | "explain" | "coverage" | "pod" | "node" | "user" | "service" | "role" | "session" | "unknown";

const ICONS: Record<IconName, ReactElement> = {
  overview: <path d="M2.5 13.5V8M6.5 13.5v-11M10.5 13.5V6M14 13.5H1.5" />,
  workloads: <path d="M8 1.8l5.6 3.1v6.2L8 14.2l-5.6-3.1V4.9zM2.6 5L8 8l5.4-3M8 8v6" />,
  events: <path d="M2 3.5h12M2 8h12M2 12.5h7" />,
  status: <path d="M1.5 8.5h3l2-5.5 3 10 2-4.5h3" />,
  search: <path d="M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.8 10.8L14 14" />,
  copy: <path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z" />,
  check: <path d="M3 8.5l3.2 3.2L13 4.5" />,
  close: <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" />,
  download: <path d="M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5h11" />,
  columns: <path d="M2.5 2.5h11v11h-11zM6.2 2.5v11M9.9 2.5v11" />,
  refresh: <path d="M13.5 8A5.5 5.5 0 1 1 11.6 3.8M13.5 1.8v3h-3" />,
  arrow: <path d="M3 8h10M9 4l4 4-4 4" />,
  keyboard: <path d="M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M5 9.5h6" />,
  link: <path d="M9.5 2.5h4v4M13.5 2.5L8 8M11.5 9.5v4h-9v-9h4" />,
  chart: <path d="M2.5 2.5v11h11M5.5 10.5v-3M8.5 10.5v-6M11.5 10.5v-4.5" />,
  findings: <path d="M3 14V2.2M3 2.8h9.5l-2.4 3.2 2.4 3.2H3" />,
  graph: <path d="M2 4c6 0 6 8 12 8M2 8c5 0 6-4 12-4M2 12h3" />,
  explain: <path d="M3.5 5.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM12.5 14.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM3.5 5.5v4a3 3 0 0 0 3 3h3M7.5 10.3l2.3 2.2-2.3 2.2" />,
  coverage: <path d="M2 2h4v4H2zM10 2h4v4h-4zM2 10h4v4H2zM10 10h1M13 10h1v1M14 13v1h-1M11 14h-1v-1" />,
  pod: <path d="M8 1.8l5.6 3.1v6.2L8 14.2l-5.6-3.1V4.9zM5.2 8h5.6M8 5.2v5.6" />,
  node: <path d="M2 2.5h12v4.5H2zM2 9h12v4.5H2zM4.5 4.8h.01M4.5 11.2h.01" />,
  user: <path d="M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c.5-3 2.7-4.5 5.5-4.5s5 1.5 5.5 4.5" />,
  service: <path d="M4.5 12.5h7.5a2.7 2.7 0 0 0 .4-5.4A4.3 4.3 0 0 0 4.2 6.3a3.1 3.1 0 0 0 .3 6.2z" />,
  role: <path d="M8 1.8l5.5 2v4c0 3.3-2.3 5.3-5.5 6.5-3.2-1.2-5.5-3.2-5.5-6.5v-4z" />,
  session: <path d="M5.3 10.7a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM8.5 7.5H14v2.7M11.5 7.5v2" />,
  unknown: <path d="M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.6 8 9 8 10M8 12.7h.01" />,
  table: <path d="M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.6h11M7 3v10" />,
};

/** A 16-pixel line icon; decoration only, so hidden from screen readers. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      {ICONS[name]}
    </svg>
  );
}
