import type { ReviewCase } from '../generated/prisma/client.js'
import { Sql, type Tx } from '../platform/db.js'
import { type Decision, type DecisionReason, LEASE_MINUTES } from './state.js'

export type { ReviewCase }

export type CaseRow = {
  accountNo: bigint
  sweepId: string | null
  tier: string
  rank: number
  score: number
  because: readonly string[]
  dueMinutes: number
}

/**
 * Opens many cases with one statement; the account's value is read where it is. A case that the
 * sweep already has for the account learns the new reasons, and opens again if it was decided.
 */
export async function insertCases(tx: Tx, rows: readonly CaseRow[]): Promise<OpenedCase[]> {
  return tx.$queryRaw`
    WITH opened AS (
      INSERT INTO review_case AS c (account_no, sweep_id, tier, rank, score, value, because, due_at)
      SELECT n.account_no, n.sweep_id, n.tier, n.rank, n.score, a.balance,
             string_to_array(n.because, ','), now() + make_interval(mins => n.due_minutes)
      FROM unnest(${rows.map((r) => r.accountNo)}::bigint[], ${rows.map((r) => r.sweepId)}::text[],
                  ${rows.map((r) => r.tier)}::text[], ${rows.map((r) => r.rank)}::smallint[],
                  ${rows.map((r) => r.score)}::smallint[],
                  ${rows.map((r) => r.because.join(','))}::text[],
                  ${rows.map((r) => r.dueMinutes)}::int[])
           AS n(account_no, sweep_id, tier, rank, score, because, due_minutes)
      JOIN account a ON a.no = n.account_no
      ON CONFLICT (sweep_id, account_no) DO UPDATE SET
        because = c.because || excluded.because, rank = least(c.rank, excluded.rank),
        due_at = least(c.due_at, excluded.due_at),
        status = CASE c.status WHEN 'decided' THEN 'open' ELSE c.status END
      WHERE NOT c.because @> excluded.because
      RETURNING c.account_no, c.id, c.xmax = 0 AS "isNew")
    SELECT a.id AS "accountId", opened.id, opened."isNew"
    FROM opened JOIN account a ON a.no = opened.account_no`
}

export type RaisedCase = { accountId: string; id: string; how: 'opened' | 'reopened' | 'raised' }

/**
 * Like `insertCases`, but new evidence counts also when its reasons are the ones that are known: a
 * decided case opens again. A reviewer who holds the case keeps it, and sees what was added.
 */
export async function raiseCases(tx: Tx, rows: readonly CaseRow[]): Promise<RaisedCase[]> {
  return tx.$queryRaw`
    WITH asked AS (
      SELECT n.account_no, n.sweep_id, n.tier, n.rank, n.score, a.id AS account_id, a.balance,
             string_to_array(n.because, ',') AS because, now() + make_interval(mins => n.due_minutes) AS due_at
      FROM unnest(${rows.map((r) => r.accountNo)}::bigint[], ${rows.map((r) => r.sweepId)}::text[],
                  ${rows.map((r) => r.tier)}::text[], ${rows.map((r) => r.rank)}::smallint[],
                  ${rows.map((r) => r.score)}::smallint[], ${rows.map((r) => r.because.join(','))}::text[],
                  ${rows.map((r) => r.dueMinutes)}::int[])
           AS n(account_no, sweep_id, tier, rank, score, because, due_minutes)
      JOIN account a ON a.no = n.account_no
      ORDER BY n.account_no
    ), before AS (
      SELECT c.account_no, c.sweep_id, c.status FROM review_case c JOIN asked USING (account_no, sweep_id)
    ), raised AS (
      INSERT INTO review_case AS c (account_no, sweep_id, tier, rank, score, value, because, due_at)
      SELECT account_no, sweep_id, tier, rank, score, balance, because, due_at FROM asked
      ON CONFLICT (sweep_id, account_no) DO UPDATE SET
        because = ARRAY(SELECT DISTINCT r FROM unnest(c.because || excluded.because) AS r ORDER BY r),
        tier = CASE WHEN excluded.rank <= c.rank THEN excluded.tier ELSE c.tier END,
        rank = least(c.rank, excluded.rank), score = greatest(c.score, excluded.score), value = excluded.value,
        due_at = CASE c.status WHEN 'decided' THEN excluded.due_at ELSE least(c.due_at, excluded.due_at) END,
        status = CASE WHEN c.status IN ('decided', 'snoozed') THEN 'open' ELSE c.status END,
        snoozed_until = NULL
      RETURNING c.account_no, c.sweep_id, c.id)
    SELECT asked.account_id AS "accountId", raised.id,
           CASE before.status WHEN 'decided' THEN 'reopened' ELSE CASE WHEN before.status IS NULL THEN 'opened' ELSE 'raised' END END
             AS how
    FROM raised JOIN asked USING (account_no, sweep_id) LEFT JOIN before USING (account_no, sweep_id)`
}

export type OpenedCase = { accountId: string; id: string; isNew: boolean }

/** What a reviewer may take: open, woken from its snooze, or left behind by a lease that ran out. */
const FREE = Sql.sql`(c.status = 'open'
  OR (c.status = 'snoozed' AND c.snoozed_until <= now())
  OR (c.status = 'claimed' AND c.lease_until <= now()))`

const CLAIMED_BY = (reviewer: string) => Sql.sql`
  status = 'claimed', claimed_by = ${reviewer}, fence = fence + 1, snoozed_until = NULL,
  lease_until = now() + make_interval(mins => ${LEASE_MINUTES}::int)`

/** Only the holder of the newest fence, inside the lease, may write (I13). */
const heldBy = ({ caseId, reviewer, fence }: Claim) => Sql.sql`
  id = ${caseId} AND status = 'claimed' AND claimed_by = ${reviewer} AND fence = ${fence} AND lease_until > now()`

/**
 * Claims the next case in one statement: two reviewers can never get the same one, and neither
 * waits for the other. The fence grows with every claim.
 */
export async function claimNext(tx: Tx, reviewer: string): Promise<ReviewCase | undefined> {
  const [claimed] = await tx.$queryRaw<{ id: string }[]>`
    UPDATE review_case SET ${CLAIMED_BY(reviewer)}
    WHERE no = (SELECT c.no FROM review_case c WHERE c.status IN ('open', 'snoozed', 'claimed') AND ${FREE}
                ORDER BY c.rank, c.score DESC, c.value DESC NULLS FIRST, c.due_at, c.no
                LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id`
  return claimed && find(tx, claimed.id)
}

export async function claim(
  tx: Tx,
  caseId: string,
  reviewer: string,
): Promise<ReviewCase | undefined> {
  const [claimed] = await tx.$queryRaw<{ id: string }[]>`
    UPDATE review_case c SET ${CLAIMED_BY(reviewer)} WHERE c.id = ${caseId} AND ${FREE} RETURNING c.id`
  return claimed && find(tx, claimed.id)
}

export const find = async (tx: Tx, caseId: string): Promise<ReviewCase | undefined> =>
  (await tx.reviewCase.findUnique({ where: { id: caseId } })) ?? undefined

/** A claim as its holder names it: only the holder of the newest fence, inside the lease, may write. */
export type Claim = { caseId: string; reviewer: string; fence: number }

export type Decided = { decision: Decision; reason: DecisionReason; note: string | null }

/** Decides in one statement. `undefined`: the claim is not (or no longer) the caller's. */
export async function decide(
  tx: Tx,
  claim: Claim,
  decided: Decided,
): Promise<ReviewCase | undefined> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    UPDATE review_case SET status = 'decided', decision = ${decided.decision}, decision_reason = ${decided.reason},
           note = ${decided.note}, decided_by = ${claim.reviewer}, decided_at = now(), lease_until = NULL
    WHERE ${heldBy(claim)} RETURNING id`
  return row && find(tx, row.id)
}

export const release = (tx: Tx, claim: Claim): Promise<number> =>
  tx.$executeRaw`
    UPDATE review_case SET status = 'open', claimed_by = NULL, lease_until = NULL
    WHERE ${heldBy(claim)}`

export const snooze = (tx: Tx, claim: Claim, minutes: number): Promise<number> =>
  tx.$executeRaw`
    UPDATE review_case SET status = 'snoozed', claimed_by = NULL, lease_until = NULL,
           snoozed_until = now() + make_interval(mins => ${minutes}::int)
    WHERE ${heldBy(claim)}`

export const heartbeat = (tx: Tx, claim: Claim): Promise<number> =>
  tx.$executeRaw`
    UPDATE review_case SET lease_until = now() + make_interval(mins => ${LEASE_MINUTES}::int)
    WHERE ${heldBy(claim)}`

export const counts = (tx: Tx, sweepId: string | null) =>
  tx.$queryRaw<{ status: string; tier: string; cases: number }[]>`
    SELECT status, tier, count(*)::int AS cases FROM review_case
    WHERE ${sweepId}::text IS NULL OR sweep_id = ${sweepId} GROUP BY status, tier`

export const list = (tx: Tx, page: { status?: string; after: bigint; take: number }) =>
  tx.reviewCase.findMany({
    where: { no: { gt: page.after }, ...(page.status ? { status: page.status } : {}) },
    orderBy: { no: 'asc' },
    take: page.take,
  })
