/**
 * One colour a meaning, everywhere. Each record is keyed by the API's own enum, so that a mark, class,
 * outcome or mechanism that is added there does not compile here until it has a word, a shape and a colour.
 */
import type { Class, Mechanism, Outcome, PermissionStatus, PolicyKind } from "../api/types";

export type ShapeName = "disc" | "ring" | "dashed" | "half" | "quarter" | "cross" | "diamond" | "triangle" | "check" | "square";

export interface Mark {
  word: string;
  shape: ShapeName;
  /** A custom property of `styles/tokens.css`. */
  color: `--${string}`;
  /** What it means, in a sentence. */
  says: string;
}

export const PERMISSION_MARK: Record<PermissionStatus, Mark> = {
  used: { word: "Used", shape: "check", color: "--mark-used", says: "Granted, and seen in use." },
  unused: { word: "Unused", shape: "ring", color: "--mark-unused", says: "Granted; this trail would show its use, and shows none." },
  unobservable: {
    word: "Unobservable",
    shape: "dashed",
    color: "--mark-unobservable",
    says: "Granted; this trail cannot show whether it is used, so it is not called unused.",
  },
  denied: { word: "Denied", shape: "cross", color: "--denied", says: "Asked for and refused." },
  used_not_granted: {
    word: "Not granted",
    shape: "diamond",
    color: "--mark-stray",
    says: "Seen in use though no known policy grants it: a policy changed since, or a resource policy grants it.",
  },
};

export const CLASS_MARK: Record<Class, Mark> = {
  exact: { word: "Exact", shape: "disc", color: "--class-exact", says: "Joined to the one event that issued the credentials." },
  inferred: { word: "Inferred", shape: "half", color: "--class-inferred", says: "No issue event names it; inventory or history leave exactly one candidate." },
  claimed: { word: "Claimed", shape: "quarter", color: "--class-claimed", says: "Rests on a name or tag that the caller chose." },
  none: { word: "None", shape: "dashed", color: "--class-none", says: "Not attributed; the method says why." },
};

export const OUTCOME_MARK: Record<Outcome, Mark> = {
  ok: { word: "OK", shape: "check", color: "--outcome-ok", says: "It worked." },
  denied: { word: "Denied", shape: "cross", color: "--denied", says: "Refused by authorisation." },
  error: { word: "Error", shape: "triangle", color: "--outcome-error", says: "Authorised, then failed: it counts as use." },
};

export const MECHANISM_MARK: Record<Mechanism, Mark> = {
  irsa: { word: "IRSA", shape: "square", color: "--mechanism-irsa", says: "IAM Roles for Service Accounts: a web identity token of the cluster." },
  pod_identity: { word: "Pod Identity", shape: "square", color: "--mechanism-pod-identity", says: "EKS Pod Identity." },
  node_role: { word: "Node role", shape: "square", color: "--mechanism-node-role", says: "An EC2 instance's role." },
  static_key: { word: "Static key", shape: "square", color: "--mechanism-static-key", says: "A long-lived access key of an IAM user." },
  other: { word: "Other", shape: "square", color: "--mechanism-other", says: "People, other services, other identity providers." },
};

export const POLICY_KIND: Record<PolicyKind, string> = {
  managed: "managed policy",
  inline: "inline policy",
  association: "session policy of the Pod Identity association",
};

/** The keys of a record of marks, in its own order. */
export function keysOf<K extends string>(record: Record<K, unknown>): K[] {
  return Object.keys(record) as K[];
}
