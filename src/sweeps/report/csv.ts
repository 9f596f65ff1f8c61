import type { AccountRow } from './store.js'

/**
 * What makes a spreadsheet run a cell, also behind blanks and invisible characters, which some of
 * them skip (https://owasp.org/www-community/attacks/CSV_Injection).
 */
const RUNS = /^[\s\p{C}]*[=+\-@＝＋－＠]|^[\t\r\n]/u
/** Everything else is quoted: where `;` or a tab separates columns it would begin a new cell. */
const PLAIN = /^[\w.:-]*$/

const COLUMNS: readonly (readonly [string, (row: AccountRow) => string | number])[] = [
  ['account_id', (row) => row.accountId],
  ['match', (row) => row.match],
  ['score', (row) => row.score],
  ['tier', (row) => row.tier],
  ['reasons', (row) => row.reasons.join(' ')],
  ['effects', (row) => row.effects.join(' ')],
  ['outcome', (row) => row.outcome ?? 'not_yet'],
  ['reason', (row) => row.reason ?? ''],
  ['hostile_attempts', (row) => row.hostileAttempts],
  ['hostile_successes', (row) => row.hostileSuccesses],
  ['hostile_sources', (row) => row.hostileSources],
  ['batches', (row) => row.batches],
  ['first_exposed_at', (row) => row.firstExposedAt.toISOString()],
]

export const CSV_HEADER = lineOf(COLUMNS.map(([name]) => name))

/** One line per account, ending in CRLF (RFC 4180). No addresses: they stay in the directory. */
export function* csvLines(accounts: Iterable<AccountRow>): Generator<string> {
  for (const account of accounts) yield lineOf(COLUMNS.map(([, textOf]) => textOf(account)))
}

function lineOf(values: readonly (string | number)[]): string {
  return `${values.map((value) => csvCell(String(value))).join(',')}\r\n`
}

/** A cell that no spreadsheet takes for a formula: neutralised by a leading ', quoted where needed. */
export function csvCell(text: string): string {
  const inert = RUNS.test(text) ? `'${text}` : text
  return PLAIN.test(inert) ? inert : `"${inert.replaceAll('"', '""')}"`
}
