/** CSV that no spreadsheet takes for a formula. */

/** A cell that starts so is run as a formula by spreadsheets, also after leading blanks. */
const FORMULA = /^[\s]*[=+\-@|%]|^[\t\r\n]/;
const NUMBER = /^-?\d+(\.\d+)?$/;
const QUOTED = /[",\r\n]|^\s|\s$/;

/** One cell (RFC 4180). Text that could start a formula gets an apostrophe; plain numbers stay numbers. */
export function csvCell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Header and rows, with LF line ends. */
export function csv(header: string[], rows: (string | number | null | undefined)[][]): string {
  return [header, ...rows].map((row) => `${row.map(csvCell).join(",")}\n`).join("");
}
