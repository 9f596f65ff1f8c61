import type { Tx } from '../../platform/db.js'
import { getSweep } from '../control/service.js'
import { CSV_HEADER, csvLines } from './csv.js'
import type { MailTransport, SweepFacts } from './facts.js'
import { buildReport, type SweepReport } from './report.js'
import * as store from './store.js'

/**
 * What a sweep did and whether its numbers add up, as of now; any state may be reported. `transport`
 * is where this installation sends mail. Refuses with `sweep_not_found`.
 */
export async function sweepReport(
  tx: Tx,
  sweepId: string,
  context: { transport: MailTransport },
): Promise<SweepReport> {
  const sweep = await getSweep(tx, sweepId)
  const stored = await store.readFacts(tx, sweep)
  return buildReport({ ...stored, ...context, sweep: sweep as SweepFacts })
}

const PAGE = 10_000

/**
 * The report per account as CSV, in pieces of up to 10,000 lines in the plan's order. Whoever reads
 * slowly should be given `db`, not a transaction: then none is held open between pages. Refuses with
 * `sweep_not_found` at the first piece.
 */
export async function* reportCsv(tx: Tx, sweepId: string): AsyncGenerator<string> {
  await getSweep(tx, sweepId)
  yield CSV_HEADER
  let after = 0
  for (;;) {
    const accounts = await store.accountPage(tx, sweepId, { after, take: PAGE })
    const last = accounts.at(-1)
    if (!last) return
    yield [...csvLines(accounts)].join('')
    after = last.seq
  }
}
