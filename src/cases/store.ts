import { recordEach } from '../audit/service.js'
import type { ReviewCase } from '../generated/prisma/client.js'
import { Sql, type Tx } from '../platform/db.js'
import { SEEN } from './reading/store.js'
import { LEASE_MINUTES } from './state.js'
import type { SeenCase } from './view.js'

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

/** What a reviewer proposed was about the evidence of then. */
const WITHOUT_PROPOSAL = Sql.sql`
  proposed_by = CASE c.status WHEN 'awaiting_second' THEN NULL ELSE c.proposed_by END,
  decision = CASE c.status WHEN 'awaiting_second' THEN NULL ELSE c.decision END,
  decision_reason = CASE c.status WHEN 'awaiting_second' THEN NULL ELSE c.decision_reason END,
  note = CASE c.status WHEN 'awaiting_second' THEN NULL ELSE c.note END`

/** A decision ends an escalation: what opens again after it is a new question. */
const WITHOUT_OLD_ESCALATION = Sql.sql`
  escalated_at = CASE c.status WHEN 'decided' THEN NULL ELSE c.escalated_at END,
  escalated_by = CASE c.status WHEN 'decided' THEN NULL ELSE c.escalated_by END`

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
        due_at = CASE c.status WHEN 'decided' THEN excluded.due_at ELSE least(c.due_at, excluded.due_at) END,
        status = CASE WHEN c.status IN ('decided', 'awaiting_second') THEN 'open' ELSE c.status END,
        ${WITHOUT_PROPOSAL}, ${WITHOUT_OLD_ESCALATION}
      WHERE NOT c.because @> excluded.because
      RETURNING c.account_no, c.id, c.xmax = 0 AS "isNew")
    SELECT a.id AS "accountId", opened.id, opened."isNew"
    FROM opened JOIN account a ON a.no = opened.account_no`
}

export type RaisedCase = { accountId: string; id: string; how: 'opened' | 'reopened' | 'raised' }

/**
 * Like `insertCases`, but new evidence counts also when its reasons are the ones that are known: a
 * decided case opens again, and so does one that awaits a second reviewer. A reviewer who holds the case keeps it, and sees what was added.
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
        status = CASE WHEN c.status IN ('decided', 'awaiting_second', 'snoozed') THEN 'open' ELSE c.status END,
        snoozed_until = NULL, ${WITHOUT_PROPOSAL}, ${WITHOUT_OLD_ESCALATION}
      RETURNING c.account_no, c.sweep_id, c.id)
    SELECT asked.account_id AS "accountId", raised.id,
           CASE WHEN before.status IS NULL THEN 'opened' WHEN before.status IN ('decided', 'awaiting_second') THEN 'reopened'
                ELSE 'raised' END AS how
    FROM raised JOIN asked USING (account_no, sweep_id) LEFT JOIN before USING (account_no, sweep_id)`
}

export type OpenedCase = { accountId: string; id: string; isNew: boolean }

/** What a reviewer may take: open, woken from its snooze, or left behind by a lease that ran out. */
const FREE = Sql.sql`c.free_at <= now()`

/** A whole row, as `find` reads it, from the statement that wrote it. */
export const ROW = Sql.sql`
  c.no, c.id, c.account_no AS "accountNo", c.sweep_id AS "sweepId", c.status, c.tier, c.rank, c.score, c.value, c.because,
  c.opened_at AS "openedAt", c.due_at AS "dueAt", c.snoozed_until AS "snoozedUntil", c.claimed_by AS "claimedBy",
  c.lease_until AS "leaseUntil", c.fence, c.decision, c.decision_reason AS "decisionReason", c.note,
  c.proposed_by AS "proposedBy", c.decided_by AS "decidedBy", c.decided_at AS "decidedAt", c.escalated_at AS "escalatedAt",
  c.escalated_by AS "escalatedBy"`

const CLAIMED_BY = (reviewer: string) => Sql.sql`
  status = 'claimed', claimed_by = ${reviewer}, fence = fence + 1, snoozed_until = NULL,
  lease_until = now() + make_interval(mins => ${LEASE_MINUTES}::int)`

/** Only the holder of the newest fence, inside the lease, may write (I13). */
export const heldBy = ({ caseId, reviewer, fence }: Claim) => Sql.sql`
  c.id = ${caseId} AND c.status = 'claimed' AND c.claimed_by = ${reviewer} AND c.fence = ${fence}
  AND c.lease_until > now()`

/**
 * Claims the next case in one statement, with its audit row: two reviewers can never get the same
 * one, and neither waits for the other. The fence grows with every claim. Whoever escalated a case
 * last is not offered it: it wants other eyes.
 */
export async function claimNext(
  tx: Tx,
  reviewer: string,
  above: string,
): Promise<SeenCase | undefined> {
  const event = {
    kind: 'case.claimed' as const,
    actor: reviewer,
    subject: Sql.sql`'case:' || id`,
    detail: Sql.sql`jsonb_build_object('fence', fence)`,
  }
  const [claimed] = await tx.$queryRaw<SeenCase[]>`
    WITH claimed AS (
      UPDATE review_case c SET ${CLAIMED_BY(reviewer)}
      WHERE c.no = (SELECT c.no FROM review_case c WHERE ${FREE} AND c.escalated_by IS DISTINCT FROM ${reviewer}
                    ORDER BY c.rank, (c.escalated_at IS NULL), c.score DESC, c.value DESC NULLS FIRST, c.due_at, c.no
                    LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING c.*
    ), recorded AS (${recordEach(event, Sql.sql`claimed`)})
    SELECT ${SEEN(above)} FROM claimed c JOIN account a ON a.no = c.account_no`
  return claimed
}

export type Wanted = {
  caseId: string
  reviewer: string
  /** A live claim of the same reviewer counts as free. */
  isOwnGood: boolean
}

export async function claim(tx: Tx, wanted: Wanted): Promise<ReviewCase | undefined> {
  const { caseId, reviewer, isOwnGood } = wanted
  const [claimed] = await tx.$queryRaw<ReviewCase[]>`
    UPDATE review_case c SET ${CLAIMED_BY(reviewer)}
    WHERE c.id = ${caseId} AND (${FREE} OR (${isOwnGood} AND c.status = 'claimed' AND c.claimed_by = ${reviewer}))
    RETURNING ${ROW}`
  return claimed
}

export const find = async (tx: Tx, caseId: string): Promise<ReviewCase | undefined> =>
  (await tx.reviewCase.findUnique({ where: { id: caseId } })) ?? undefined

/** A claim as its holder names it: only the holder of the newest fence, inside the lease, may write. */
export type Claim = { caseId: string; reviewer: string; fence: number }

export const release = (tx: Tx, claim: Claim): Promise<number> =>
  tx.$executeRaw`
    UPDATE review_case c SET status = 'open', claimed_by = NULL, lease_until = NULL
    WHERE ${heldBy(claim)}`

export const snooze = (tx: Tx, claim: Claim, minutes: number): Promise<number> =>
  tx.$executeRaw`
    UPDATE review_case c SET status = 'snoozed', claimed_by = NULL, lease_until = NULL,
           snoozed_until = now() + make_interval(mins => ${minutes}::int)
    WHERE ${heldBy(claim)}`

export const escalate = (tx: Tx, claim: Claim): Promise<number> =>
  tx.$executeRaw`
    UPDATE review_case c SET status = 'open', claimed_by = NULL, lease_until = NULL,
           escalated_at = now(), escalated_by = ${claim.reviewer}
    WHERE ${heldBy(claim)}`

export type Overdue = { rank: number; minutes: number }

/**
 * Escalates up to `most` cases that are overdue by the minutes of their rank, those that nobody
 * works on, unless somebody escalated them since. In the name of Cordon, so that they are offered
 * to everybody.
 */
export const escalateOverdue = (
  tx: Tx,
  overdue: readonly Overdue[],
  most: number,
): Promise<{ id: string }[]> =>
  tx.$queryRaw<{ id: string }[]>`
    UPDATE review_case SET escalated_at = now(), escalated_by = 'cordon'
    WHERE no IN (
      SELECT c.no
      FROM unnest(${overdue.map(({ rank }) => rank)}::smallint[], ${overdue.map(({ minutes }) => minutes)}::int[]) AS n(rank, minutes)
      JOIN review_case c ON c.rank = n.rank AND c.due_at <= now() - make_interval(mins => n.minutes)
      WHERE c.status <> 'decided' AND c.escalated_by IS DISTINCT FROM 'cordon'
        AND (c.free_at <= now() OR c.status = 'awaiting_second')
        AND (c.escalated_at IS NULL OR c.escalated_at < c.due_at + make_interval(mins => n.minutes))
      LIMIT ${most} FOR UPDATE OF c SKIP LOCKED)
    RETURNING id`

/** The new end of the lease; `undefined` when the claim is not the caller's. */
export async function heartbeat(tx: Tx, claim: Claim): Promise<Date | undefined> {
  const [row] = await tx.$queryRaw<{ leaseUntil: Date }[]>`
    UPDATE review_case c SET lease_until = now() + make_interval(mins => ${LEASE_MINUTES}::int)
    WHERE ${heldBy(claim)} RETURNING c.lease_until AS "leaseUntil"`
  return row?.leaseUntil
}

export type Comment = { no: bigint; author: string; name: string | null; says: string; at: Date }

export async function insertComment(
  tx: Tx,
  { caseId, reviewer, says }: { caseId: string; reviewer: string; says: string },
): Promise<Comment> {
  const [added] = await tx.$queryRaw<Comment[]>`
    INSERT INTO case_comment AS c (case_id, author, says) VALUES (${caseId}, ${reviewer}, ${says})
    RETURNING c.no, c.author, c.says, c.at, (SELECT s.name FROM staff s WHERE 'staff:' || s.id = c.author) AS name`
  if (!added) throw new Error('An insert returned nothing')
  return added
}

export const counts = (tx: Tx, sweepId: string | null) =>
  tx.$queryRaw<{ status: string; tier: string; cases: number }[]>`
    SELECT status, tier, count(*)::int AS cases FROM review_case
    WHERE ${sweepId}::text IS NULL OR sweep_id = ${sweepId} GROUP BY status, tier`
