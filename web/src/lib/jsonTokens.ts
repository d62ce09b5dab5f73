/** Cuts a line of pretty-printed JSON, of HCL or of YAML into coloured pieces. */

export type TokenKind = "key" | "string" | "number" | "word" | "comment" | "plain";

export interface Token {
  kind: TokenKind;
  text: string;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

/** The pieces of a line; joined, they are the line again. */
export function jsonTokens(line: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of line.matchAll(TOKEN)) {
    if (match.index > end) tokens.push({ kind: "plain", text: line.slice(end, match.index) });
    const [all, string, colon, digits] = match;
    if (string !== undefined) {
      tokens.push({ kind: colon === undefined ? "string" : "key", text: string });
      if (colon !== undefined) tokens.push({ kind: "plain", text: colon });
    } else {
      tokens.push({ kind: digits === undefined ? "word" : "number", text: all });
    }
    end = match.index + all.length;
  }
  if (end < line.length) tokens.push({ kind: "plain", text: line.slice(end) });
  return tokens;
}

/** The pieces of a line of HCL or YAML: comments and what stands in quotes; bare words and numbers are plain. */
export function configTokens(line: string): Token[] {
  if (line.trimStart().startsWith("#")) return [{ kind: "comment", text: line }];
  return jsonTokens(line).map((token) => (token.kind === "number" || token.kind === "word" ? { kind: "plain", text: token.text } : token));
}
