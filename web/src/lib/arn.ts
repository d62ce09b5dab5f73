/** ARNs as people read them: the ends say what it is, the middle is the same for all. */

/** The parts of an ARN that tell it from others; `undefined` for text that is no ARN. */
export function arnParts(text: string): { service: string; account: string; resource: string } | undefined {
  const [scheme, , service, , account, ...rest] = text.split(":");
  if (scheme !== "arn" || service === undefined || account === undefined || rest.length === 0) return undefined;
  return { service, account, resource: rest.join(":") };
}

/** Cuts the middle out so that at most `max` characters stay. */
export function shortenMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  const kept = Math.max(max - 1, 2);
  const head = Math.ceil(kept * 0.4);
  return `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`;
}

/**
 * An ARN in at most about `max` characters. Partition and region go first, then the middle of what is
 * left; the account stays, since it is what two roles of one name differ by.
 */
export function shortArn(text: string, max = 44): string {
  if (text.length <= max) return text;
  const parts = arnParts(text);
  if (parts === undefined) return shortenMiddle(text, max);
  const head = parts.account === "" ? `${parts.service}:…:` : `${parts.service}:${parts.account}:`;
  return head + shortenMiddle(parts.resource, Math.max(max - head.length, 12));
}

/** The name at the end of a role's ARN, without its path. */
export function roleName(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
