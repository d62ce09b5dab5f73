import type { ReactElement } from "react";

export type IconName = "overview" | "workloads" | "events" | "status" | "search" | "copy" | "check" | "close" | "download" | "columns" | "refresh" | "arrow" | "keyboard" | "link" | "chart" | "table";

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
