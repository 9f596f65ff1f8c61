import type { Tx } from '../../platform/db.js'
import type { Evidence } from '../../scoring/evidence.js'

export type FoundAccount = {
  no: bigint
  id: string
  address: string
  status: string
  secondFactor: Evidence['secondFactor']
  balance: Evidence['balance']
}

/** By id, or by address, which several accounts may share. */
export const accountsBy = (
  tx: Tx,
  by: { id: string | null; matchKey: string | null; address: string | null },
): Promise<FoundAccount[]> =>
  tx.$queryRaw<FoundAccount[]>`
    SELECT no, id, address, status,
           CASE WHEN second_factors IS NULL THEN 'unknown'
                WHEN cardinality(second_factors) > 0 THEN 'present' ELSE 'absent' END AS "secondFactor",
           CASE WHEN balance IS NULL THEN 'unknown' WHEN balance > 0 THEN 'nonzero' ELSE 'zero' END AS balance
    FROM account
    WHERE id = ${by.id} OR (match_key = ${by.matchKey} AND address = ${by.address})
    ORDER BY no LIMIT 50`

export type Hostile = { attempts: number; successes: number; sources: number; lastAt: Date | null }

/** As much as a flood leaves readable: the newest thousand hostile attempts. */
export async function hostileOn(tx: Tx, accountNo: bigint): Promise<Hostile> {
  const [row] = await tx.$queryRaw<[Hostile]>`
    SELECT count(*)::int AS attempts, (count(*) FILTER (WHERE succeeded))::int AS successes,
           count(DISTINCT ip)::int AS sources, max(at) AS "lastAt"
    FROM (SELECT at, ip, succeeded FROM attempt
          WHERE hostile AND account_no = ${accountNo} AND at > now() - interval '90 days'
          ORDER BY at DESC LIMIT 1000) newest`
  return row
}

export type Exposure = {
  incidentId: string
  sweepId: string
  batches: number
  firstAt: Date
  score: number
  tier: string
  outcome: string | null
}

/** Asked of each plan by its index: there are few plans, and a million entries without one. */
export const exposuresOf = (tx: Tx, accountNo: bigint): Promise<Exposure[]> =>
  tx.$queryRaw<Exposure[]>`
    SELECT s.incident_id AS "incidentId", s.id AS "sweepId", a.batches, a.first_exposed_at AS "firstAt",
           v.score::int AS score, v.tier, o.outcome
    FROM (SELECT id, incident_id, created_at FROM sweep WHERE plan_digest IS NOT NULL
          ORDER BY created_at DESC LIMIT 200) s
    JOIN action a ON a.sweep_id = s.id AND a.account_no = ${accountNo}
    JOIN verdict v ON v.sweep_id = s.id AND v.no = a.verdict_no
    LEFT JOIN outcome o ON o.sweep_id = s.id AND o.account_no = a.account_no
    ORDER BY s.created_at DESC LIMIT 20`
