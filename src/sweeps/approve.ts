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

/** Who asked for a plan, and when a key did, who made that key. */
export type Requested = { requestedBy: string; keyMaker: string | null; fourEyes: boolean }

/** Whether approving would be the same pair of eyes again: the requester's, by name or by key. */
export const askedFor = (approver: string, plan: Requested): boolean =>
  plan.fourEyes && (approver === plan.requestedBy || approver === plan.keyMaker)

export type ApprovalRequest = { planDigest: string; expectedResets: number; approver: string }

/**
 * Checks an approval against the stored plan. Refuses with `plan_digest_wrong` when it names another
 * plan, `approval_mismatch` when the approver expects another number of resets, `forbidden` when
 * the requester, or who made the key that asked, approves the plan while four eyes are on.
 */
export function checkApproval(
  request: ApprovalRequest,
  plan: Requested & { planDigest: string; resets: number },
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
  if (askedFor(request.approver, plan)) {
    throw new Refusal(
      'forbidden',
      'Four eyes were on when this plan was made: somebody other than the requester, and other than who made the requester’s key, must approve it. A plan made under FOUR_EYES=off needs one person; that is stamped on plan, audit and report.',
    )
  }
}

/** What decides whether an approval counts at this moment. */
export type ApprovalFacts = {
  approver: string
  planDigest: string
  expectedResets: number
  /** Of the approver, as staff are now. */
  isDismissed: boolean
  isApprover: boolean
  /** Whether anybody at all works here who may approve over the API. */
  approversExist: boolean
}
type PlanFacts = Requested & { planDigest: string | null; resets: number | null }

/** Why an approval does not count (any more). */
export type Lapse =
  | 'other_plan'
  | 'requester'
  | 'dismissed'
  | 'role_removed'
  | 'approvers_exist'
  | 'not_staff'

/**
 * Whether an approval counts now: `null`, or why not. It is for exactly this plan, by somebody other
 * than the requester (or the maker of their key) while four eyes are on, who may approve today. An approval made at a shell
 * counts only while nobody may approve over the API, where people prove who they are.
 * `control/store.ts` asks the same of the database in the statements that act on it.
 */
export function lapseOf(approval: ApprovalFacts, plan: PlanFacts): Lapse | null {
  if (approval.planDigest !== plan.planDigest || approval.expectedResets !== plan.resets)
    return 'other_plan'
  if (askedFor(approval.approver, plan)) return 'requester'
  if (approval.approver.startsWith('os:')) return approval.approversExist ? 'approvers_exist' : null
  if (!approval.approver.startsWith('staff:')) return 'not_staff'
  if (approval.isDismissed) return 'dismissed'
  return approval.isApprover ? null : 'role_removed'
}

const LAPSE_SAYS: Record<Lapse, string> = {
  other_plan: 'approved another plan',
  requester: 'asked for this plan, or made the key that did',
  dismissed: 'does not work here any more',
  role_removed: 'may not approve any more',
  approvers_exist: 'approved at a shell, and there are now people who approve over the API',
  not_staff: 'is not a person who may approve',
}

/** Why an approved sweep cannot start (any more), for people; `null` while it can. */
export function approvalsMissing(
  needed: number,
  approvals: readonly { approver: string; lapse: Lapse | null }[],
): string | null {
  const counting = approvals.filter(({ lapse }) => lapse === null).length
  if (counting >= needed) return null
  const lapsed = approvals.flatMap(({ approver, lapse }) =>
    lapse ? [`${approver} ${LAPSE_SAYS[lapse]}`] : [],
  )
  return [`It needs ${needed} approvals and ${counting} count`, ...lapsed].join('; ')
}

/** Refuses with `forbidden` what would not count. */
export function refuseLapsed(lapse: Lapse | null): void {
  if (lapse === null) return
  if (lapse === 'approvers_exist') {
    throw new Refusal(
      'forbidden',
      'There are people who may approve over the API, where they prove who they are: approve there (POST /v1/sweeps/:id/approval), not at a shell.',
    )
  }
  throw new Refusal(
    'forbidden',
    `This approval would not count: you are somebody who ${LAPSE_SAYS[lapse]}.`,
  )
}
