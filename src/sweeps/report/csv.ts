import { csvLine } from '../../values/csv.js'
import type { AccountRow } from './store.js'

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

export const CSV_HEADER = csvLine(COLUMNS.map(([name]) => name))

/** One line per account, ending in CRLF (RFC 4180). No addresses: they stay in the directory. */
export function* csvLines(accounts: Iterable<AccountRow>): Generator<string> {
  for (const account of accounts) yield csvLine(COLUMNS.map(([, textOf]) => textOf(account)))
}
