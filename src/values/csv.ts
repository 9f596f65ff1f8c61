/**
 * What makes a spreadsheet run a cell, also behind blanks and invisible characters, which some of
 * them skip (https://owasp.org/www-community/attacks/CSV_Injection).
 */
const RUNS = /^[\s\p{C}]*[=+\-@＝＋－＠]|^[\t\r\n]/u
/** Everything else is quoted: where `;` or a tab separates columns it would begin a new cell. */
const PLAIN = /^[\w.:-]*$/

/** One line, ending in CRLF (RFC 4180). */
export const csvLine = (values: readonly (string | number)[]): string =>
  `${values.map((value) => csvCell(String(value))).join(',')}\r\n`

/** A cell that no spreadsheet takes for a formula: neutralised by a leading ', quoted where needed. */
export function csvCell(text: string): string {
  const inert = RUNS.test(text) ? `'${text}` : text
  return PLAIN.test(inert) ? inert : `"${inert.replaceAll('"', '""')}"`
}
