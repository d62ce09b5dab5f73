import type { ReactElement } from "react";

import type { Class, Mechanism, Outcome, PermissionStatus, Severity } from "../api/types";
import { CLASS_MARK, MECHANISM_MARK, OUTCOME_MARK, PERMISSION_MARK, SEVERITY_MARK, type Mark, type ShapeName } from "./marks";

const line = { fill: "none", stroke: "currentColor", strokeWidth: 1.8, strokeLinecap: "round", strokeLinejoin: "round" } as const;

/** Four rising bars, as many of them filled as the thing is grave. */
function Bars({ filled }: { filled: number }) {
  return [0, 1, 2, 3].map((bar) => {
    const height = 3.2 + bar * 2.4;
    return <rect key={bar} x={0.4 + bar * 2.9} y={11.2 - height} width={2.3} height={height} rx={0.6} fill="currentColor" opacity={bar < filled ? 1 : 0.28} />;
  });
}

const SHAPES: Record<ShapeName, ReactElement> = {
  disc: <circle cx="6" cy="6" r="4.6" fill="currentColor" />,
  ring: <circle cx="6" cy="6" r="3.9" {...line} />,
  dashed: <circle cx="6" cy="6" r="3.9" {...line} strokeDasharray="2.1 2" strokeLinecap="butt" />,
  half: (
    <>
      <circle cx="6" cy="6" r="4" {...line} strokeWidth={1.4} />
      <path d="M6 1.8a4.2 4.2 0 0 1 0 8.4z" fill="currentColor" />
    </>
  ),
  quarter: (
    <>
      <circle cx="6" cy="6" r="4" {...line} strokeWidth={1.4} />
      <path d="M6 6V1.8A4.2 4.2 0 0 1 10.2 6z" fill="currentColor" />
    </>
  ),
  cross: <path d="M2.6 2.6l6.8 6.8M9.4 2.6L2.6 9.4" {...line} strokeWidth={2} />,
  diamond: <path d="M6 1.2L10.8 6 6 10.8 1.2 6z" fill="currentColor" />,
  triangle: <path d="M6 1.8l4.6 8.2H1.4z" {...line} strokeWidth={1.5} />,
  check: <path d="M2 6.4l2.7 2.8L10 3.2" {...line} strokeWidth={2} />,
  bars4: <Bars filled={4} />,
  bars3: <Bars filled={3} />,
  bars2: <Bars filled={2} />,
  bars1: <Bars filled={1} />,
  bars0: <Bars filled={0} />,
  plus: <path d="M6 1.8v8.4M1.8 6h8.4" {...line} strokeWidth={2} />,
  square: <rect x="2" y="2" width="8" height="8" rx="1.5" fill="currentColor" />,
};

/** The shape alone, hidden from screen readers: a word always stands beside it. */
export function Shape({ mark }: { mark: Mark }) {
  return (
    <svg className="shape" viewBox="0 0 12 12" aria-hidden="true" style={{ color: `var(${mark.color})` }}>
      {SHAPES[mark.shape]}
    </svg>
  );
}

/** Shape, word and colour of a meaning; what it means on hover. */
export function MarkBadge({ mark }: { mark: Mark }) {
  return (
    <span className="mark" title={mark.says}>
      <Shape mark={mark} />
      {mark.word}
    </span>
  );
}

export const PermissionBadge = ({ status }: { status: PermissionStatus }) => <MarkBadge mark={PERMISSION_MARK[status]} />;
export const ClassBadge = ({ value }: { value: Class }) => <MarkBadge mark={CLASS_MARK[value]} />;
export const OutcomeBadge = ({ value }: { value: Outcome }) => <MarkBadge mark={OUTCOME_MARK[value]} />;
export const MechanismBadge = ({ value }: { value: Mechanism }) => <MarkBadge mark={MECHANISM_MARK[value]} />;
export const SeverityBadge = ({ value }: { value: Severity }) => <MarkBadge mark={SEVERITY_MARK[value]} />;
