import { Sql, type Tx } from '../../platform/db.js'
import type { Evidence, NumericFact } from '../../scoring/evidence.js'
import type { Held } from './money.js'

/** What the accounts of a plan hold, by currency, in each tier and in all; of now. */
export const heldMoney = (tx: Tx, sweepId: string): Promise<Held[]> =>
  tx.$queryRaw<Held[]>`
    SELECT v.tier, c.currency, count(*)::int AS accounts, trim_scale(sum(c.balance))::text AS total
    FROM action a
    JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no
    JOIN account c ON c.no = a.account_no
    WHERE a.sweep_id = ${sweepId} AND c.balance > 0
    GROUP BY GROUPING SETS ((v.tier, c.currency), (c.currency))`

/** Accounts of each tier of which nobody said what they hold. */
export const unknownMoney = (tx: Tx, sweepId: string) =>
  tx.$queryRaw<{ tier: string; accounts: number }[]>`
    SELECT v.tier, count(*)::int AS accounts FROM action a
    JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no
    JOIN account c ON c.no = a.account_no
    WHERE a.sweep_id = ${sweepId} AND c.balance IS NULL
    GROUP BY v.tier`

/** The largest counts that any account of a plan has. */
export async function largestCounts(tx: Tx, sweepId: string): Promise<Record<NumericFact, number>> {
  const [row] = await tx.$queryRaw<[Record<NumericFact, number>]>`
    SELECT coalesce(max(hostile_attempts), 0) AS "hostileAttempts",
           coalesce(max(hostile_successes), 0) AS "hostileSuccesses",
           coalesce(max(hostile_sources), 0) AS "hostileSources", coalesce(max(batches), 0) AS batches
    FROM action WHERE sweep_id = ${sweepId}`
  return row
}

export type Group = {
  tier: string
  facts: Evidence
  accounts: number
} & Record<NumericFact, number>

const bucket = (column: string, cuts: readonly number[]) =>
  Sql.sql`width_bucket(${Sql.raw(column)}, ${cuts}::int[])`

/**
 * The accounts of a plan, grouped by their verdict and by the cuts that lie between their counts. The
 * smallest counts of a group stand for it.
 */
export const groupsOf = (
  tx: Tx,
  sweepId: string,
  cuts: Record<NumericFact, number[]>,
): Promise<Group[]> =>
  tx.$queryRaw<Group[]>`
    SELECT v.tier, v.facts, g.accounts, g."hostileAttempts", g."hostileSuccesses", g."hostileSources", g.batches
    FROM (SELECT verdict_no, count(*)::int AS accounts, min(hostile_attempts) AS "hostileAttempts",
                 min(hostile_successes) AS "hostileSuccesses", min(hostile_sources) AS "hostileSources",
                 min(batches) AS batches
          FROM action WHERE sweep_id = ${sweepId}
          GROUP BY verdict_no, ${bucket('hostile_attempts', cuts.hostileAttempts)},
                   ${bucket('hostile_successes', cuts.hostileSuccesses)},
                   ${bucket('hostile_sources', cuts.hostileSources)}, ${bucket('batches', cuts.batches)}) g
    JOIN verdict v ON v.sweep_id = ${sweepId} AND v.no = g.verdict_no`
