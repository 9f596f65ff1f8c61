import type { Tx } from '../../platform/db.js'

/** Of two approvers at once the second counts the first one's approval as well. */
export const lockSweep = (tx: Tx, sweepId: string): Promise<number> =>
  tx.$executeRaw`SELECT FROM sweep WHERE id = ${sweepId} FOR UPDATE`

/** Becomes `approved` when enough different people approved exactly this digest. One statement. */
export const approveWhenEnough = (tx: Tx, sweepId: string): Promise<number> =>
  tx.$executeRaw`
    UPDATE sweep s SET status = 'approved' WHERE s.id = ${sweepId} AND s.status = 'planned'
      AND (SELECT count(*) FROM approval a WHERE a.sweep_id = s.id AND a.plan_digest = s.plan_digest
             AND a.expected_resets = s.resets AND (NOT s.four_eyes OR a.approver <> s.requested_by))
          >= s.approvals_needed`

/** Starts an approved sweep, checking its approvals once more in the statement that starts it (I10). */
export const start = (tx: Tx, sweepId: string): Promise<number> =>
  tx.$executeRaw`
    UPDATE sweep s SET status = 'running', started_at = clock_timestamp()
    WHERE s.id = ${sweepId} AND s.status = 'approved'
      AND (SELECT count(*) FROM approval a WHERE a.sweep_id = s.id AND a.plan_digest = s.plan_digest
             AND a.expected_resets = s.resets AND (NOT s.four_eyes OR a.approver <> s.requested_by))
          >= s.approvals_needed`

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
