import { Sql, type Tx } from '../../platform/db.js'
import type { ApprovalFacts } from '../approve.js'

/**
 * Of two approvers at once the second counts the first one's approval as well, and who starts reads
 * approvals and rights after whatever they waited for, not before.
 */
export const lockSweep = (tx: Tx, sweepId: string): Promise<number> =>
  tx.$executeRaw`SELECT FROM sweep WHERE id = ${sweepId} FOR UPDATE`

/**
 * Whether approval `a` of sweep `s` counts now: `lapseOf` as SQL. It reads the staff table itself,
 * because the approver's rights must be checked by the very statement that acts on the approval: a
 * service asked before could be overtaken by a dismissal.
 */
const counts = Sql.sql`(
  a.plan_digest = s.plan_digest AND a.expected_resets = s.resets
  AND (NOT s.four_eyes OR (a.approver <> s.requested_by AND a.approver IS DISTINCT FROM s.key_maker))
  AND CASE
    WHEN starts_with(a.approver, 'staff:') THEN EXISTS (
      SELECT FROM staff p WHERE p.id = substr(a.approver, 7) AND p.dismissed_at IS NULL AND 'approver' = ANY(p.roles))
    WHEN starts_with(a.approver, 'os:') THEN NOT EXISTS (
      SELECT FROM staff p WHERE p.dismissed_at IS NULL AND p.enrolled_at IS NOT NULL AND 'approver' = ANY(p.roles))
    ELSE false END)`

/** Enough different people approved exactly this plan and may still approve; the mails are the same. */
const isApproved = (mailRevision: string) => Sql.sql`
  s.mail_revision = ${mailRevision}
  AND (SELECT count(*) FROM approval a WHERE a.sweep_id = s.id AND ${counts}) >= s.approvals_needed`

export type NewApproval = { sweepId: string; approver: string; mailRevision: string }

/** Writes an approval of the plan as it is, if it counts. One statement; 0 too when it was made before. */
export const insertApproval = (
  tx: Tx,
  made: NewApproval & { planDigest: string; expectedResets: number },
) =>
  tx.$executeRaw`
    INSERT INTO approval (sweep_id, approver, plan_digest, expected_resets)
    SELECT s.id, a.approver, a.plan_digest, a.expected_resets FROM sweep s,
      (VALUES (${made.approver}::text, ${made.planDigest}::text, ${made.expectedResets}::int))
        AS a(approver, plan_digest, expected_resets)
    WHERE s.id = ${made.sweepId} AND s.status IN ('planned', 'approved') AND s.mail_revision = ${made.mailRevision}
      AND ${counts}
    ON CONFLICT DO NOTHING`

/** Becomes `approved` when enough different people approved exactly this digest. One statement. */
export const approveWhenEnough = (tx: Tx, sweepId: string, mailRevision: string): Promise<number> =>
  tx.$executeRaw`
    UPDATE sweep s SET status = 'approved'
    WHERE s.id = ${sweepId} AND s.status = 'planned' AND ${isApproved(mailRevision)}`

/** Starts an approved sweep, checking its approvals once more in the statement that starts it (I10). */
export const start = (tx: Tx, sweepId: string, mailRevision: string): Promise<number> =>
  tx.$executeRaw`
    UPDATE sweep s SET status = 'running', started_at = clock_timestamp()
    WHERE s.id = ${sweepId} AND s.status = 'approved' AND ${isApproved(mailRevision)}`

export type StoredApproval = ApprovalFacts & { at: Date }

const PERSON = Sql.sql`
  p.id IS NULL OR p.dismissed_at IS NOT NULL AS "isDismissed", coalesce('approver' = ANY(p.roles), false) AS "isApprover",
  EXISTS (SELECT FROM staff x WHERE x.dismissed_at IS NULL AND x.enrolled_at IS NOT NULL AND 'approver' = ANY(x.roles))
    AS "approversExist"`

/** The approvals of a sweep, in order, with what decides whether they count: for people to read. */
export const approvalsOf = (tx: Tx, sweepId: string): Promise<StoredApproval[]> =>
  tx.$queryRaw<StoredApproval[]>`
    SELECT a.approver, a.plan_digest AS "planDigest", a.expected_resets AS "expectedResets", a.at, ${PERSON}
    FROM approval a LEFT JOIN staff p ON a.approver = 'staff:' || p.id
    WHERE a.sweep_id = ${sweepId} ORDER BY a.at, a.approver`

export type Rights = Pick<ApprovalFacts, 'isDismissed' | 'isApprover' | 'approversExist'>

/** What somebody who wants to approve may do now. */
export async function rightsOf(tx: Tx, approver: string): Promise<Rights> {
  const [row] = await tx.$queryRaw<[Rights]>`
    SELECT ${PERSON} FROM (VALUES (${approver}::text)) a(approver) LEFT JOIN staff p ON a.approver = 'staff:' || p.id`
  return row
}

/** Waits until no chunk is in flight: chunks hold this lock shared. */
export const untilDrained = (tx: Tx, sweepId: string): Promise<number> =>
  tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${sweepId}, 0))`

/** Sweeps whose plan digest begins so and whose lists are exactly these contents. */
export const findPlans = (tx: Tx, digestStart: string, sha256s: readonly string[]) =>
  tx.$queryRaw<{ id: string }[]>`
    SELECT s.id FROM sweep s
    WHERE s.plan_digest IS NOT NULL AND starts_with(s.plan_digest, ${digestStart})
      AND (SELECT array_agg(DISTINCT l.sha256 ORDER BY l.sha256) FROM list l WHERE l.id = ANY(s.list_ids))
          = (SELECT array_agg(DISTINCT h ORDER BY h) FROM unnest(${sha256s}::text[]) AS h)
    LIMIT 2`
