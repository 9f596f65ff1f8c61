import { Refusal } from '../platform/errors.js'
import { confirmsDigest } from './digest.js'

/** Above this many accounts, or this share of the directory, two other people must approve (design §4). */
export const BLAST_RADIUS = { accounts: 5_000, share: 0.01 }

/** How many people must approve: none beyond the requester when four eyes are off, else one or two. */
export function approvalsNeeded(plan: {
  resets: number
  directory: number
  fourEyes: boolean
}): number {
  if (!plan.fourEyes) return 1
  const isLarge =
    plan.resets > BLAST_RADIUS.accounts || plan.resets > plan.directory * BLAST_RADIUS.share
  return isLarge ? 2 : 1
}

export type ApprovalRequest = { planDigest: string; expectedResets: number; approver: string }

/**
 * Checks an approval against the stored plan. Refuses with `plan_digest_wrong` when it names another
 * plan, `approval_mismatch` when the approver expects another number of resets, `forbidden` when
 * the requester approves their own plan while four eyes are on.
 */
export function checkApproval(
  request: ApprovalRequest,
  plan: { planDigest: string; resets: number; requestedBy: string; fourEyes: boolean },
): void {
  if (!confirmsDigest(request.planDigest, plan.planDigest)) {
    throw new Refusal(
      'plan_digest_wrong',
      `The digest does not belong to this plan, which is ${plan.planDigest}. Read the plan again before confirming it.`,
    )
  }
  if (request.expectedResets !== plan.resets) {
    throw new Refusal(
      'approval_mismatch',
      `The plan resets ${plan.resets} accounts, not ${request.expectedResets}. Read it again before approving.`,
    )
  }
  if (plan.fourEyes && request.approver === plan.requestedBy) {
    throw new Refusal(
      'forbidden',
      'Four eyes are on: somebody other than the requester must approve this plan. FOUR_EYES=off allows one person and is stamped on plan, audit and report.',
    )
  }
}
