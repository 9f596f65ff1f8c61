import { Sql, type Tx } from '../../platform/db.js'
import type { Decision, DecisionReason } from '../state.js'
import { type Claim, heldBy, type ReviewCase, ROW } from '../store.js'

export type Decided = { decision: Decision; reason: DecisionReason; note: string | null }

/** When a second reviewer is wanted: `above` is an amount in the reference currency. */
export type SecondReviewer = { isWanted: boolean; above: string }

/**
 * Decides in one statement, or proposes where a second reviewer is wanted: releasing an account
 * whose value is above the limit, or unknown. `undefined`: the claim is not (or no longer) the
 * caller's.
 */
export async function decide(
  tx: Tx,
  claim: Claim,
  { decision, reason, note, second }: Decided & { second: SecondReviewer },
): Promise<ReviewCase | undefined> {
  const isProposal = Sql.sql`(${second.isWanted} AND ${decision} = 'release'
    AND (a.balance IS NULL OR a.balance > ${second.above}::numeric))`
  const [row] = await tx.$queryRaw<ReviewCase[]>`
    UPDATE review_case c SET decision = ${decision}, decision_reason = ${reason}, note = ${note}, lease_until = NULL,
           status = CASE WHEN ${isProposal} THEN 'awaiting_second' ELSE 'decided' END,
           proposed_by = CASE WHEN ${isProposal} THEN ${claim.reviewer} END,
           decided_by = CASE WHEN NOT ${isProposal} THEN ${claim.reviewer} END,
           decided_at = CASE WHEN NOT ${isProposal} THEN now() END
    FROM account a WHERE a.no = c.account_no AND ${heldBy(claim)} RETURNING ${ROW}`
  return row
}

/** The second of two reviewers; `fence` is that of the proposal they read, if they say so. */
export type Second = { caseId: string; reviewer: string; fence: number | null }

/** One statement: the proposal still stands, and whoever answers it is not who made it. */
const proposedByAnother = ({ caseId, reviewer, fence }: Second) => Sql.sql`
  id = ${caseId} AND status = 'awaiting_second' AND proposed_by <> ${reviewer}
  AND (${fence}::int IS NULL OR fence = ${fence}::int)`

export async function confirm(tx: Tx, second: Second): Promise<ReviewCase | undefined> {
  const [row] = await tx.$queryRaw<ReviewCase[]>`
    UPDATE review_case c SET status = 'decided', decided_by = ${second.reviewer}, decided_at = now()
    WHERE ${proposedByAnother(second)} RETURNING ${ROW}`
  return row
}

/** Back to the queue, without what was proposed. */
export const decline = (tx: Tx, second: Second): Promise<number> =>
  tx.$executeRaw`
    UPDATE review_case SET status = 'open', claimed_by = NULL, proposed_by = NULL, decision = NULL,
           decision_reason = NULL, note = NULL
    WHERE ${proposedByAnother(second)}`
