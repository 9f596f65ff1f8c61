import { lockStandings } from '../../accounts/service.js'
import { record } from '../../audit/service.js'
import { inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import type { Log } from '../../platform/log.js'
import { carryOut } from '../carrying-out/service.js'
import { type CaseDeps, claimIn, commentIn, getCase, lostLease } from '../service.js'
import type { BulkResult } from '../state.js'
import type { Claim, ReviewCase } from '../store.js'
import * as store from './store.js'

export type DecisionDeps = CaseDeps & {
  resetTerms: { holdHours: number }
  fourEyes: boolean
  /** Releasing more than this, in the reference currency, takes a second reviewer. */
  secondReviewerAbove: string
}

/**
 * Decides a claimed case; the decision and everything it does to the account commit together. Where
 * a second reviewer is wanted it is a proposal, which does nothing yet: the case then is
 * `awaiting_second`. Refuses with `case_not_found`, or `lease_lost` when the claim ran out or
 * somebody else's is newer.
 */
export const decideCase = (
  deps: DecisionDeps,
  claim: Claim,
  decided: store.Decided,
): Promise<ReviewCase> =>
  inTx(deps.db, async (tx) => {
    await lockAccount(tx, claim.caseId)
    return decideIn(tx, { claim, decided, terms: deps })
  })

type Terms = Omit<DecisionDeps, 'db'>
type Deciding = { claim: Claim; decided: store.Decided; terms: Terms }

async function decideIn(tx: Tx, { claim, decided, terms }: Deciding): Promise<ReviewCase> {
  const second = { isWanted: terms.fourEyes, above: terms.secondReviewerAbove }
  const subject = await store.decide(tx, claim, { ...decided, second })
  if (!subject) throw await lostLease(tx, claim)
  const { decision, reason } = decided
  const isProposal = subject.status === 'awaiting_second'
  await record(tx, {
    kind: isProposal ? 'case.proposed' : 'case.decided',
    actor: claim.reviewer,
    subject: `case:${claim.caseId}`,
    detail: { decision, reason, fence: claim.fence },
  })
  if (!isProposal) await carryOut(tx, subject, { actor: claim.reviewer, ...terms.resetTerms })
  return subject
}

export type Answer = store.Second & { note: string | null }

/**
 * A second reviewer agrees: the proposal is decided, with its effects, in one transaction. Refuses
 * with `case_not_found`, `forbidden` for whoever proposed it, and `illegal_transition` when no such
 * proposal stands any more.
 */
export const confirmCase = (deps: DecisionDeps, answer: Answer): Promise<ReviewCase> =>
  inTx(deps.db, async (tx) => {
    await lockAccount(tx, answer.caseId)
    const subject = await store.confirm(tx, answer)
    if (!subject) throw await noProposal(tx, answer)
    const { decision, decisionReason: reason, proposedBy, fence } = subject
    await record(tx, {
      kind: 'case.decided',
      actor: answer.reviewer,
      subject: `case:${answer.caseId}`,
      detail: { decision, reason, fence, proposedBy },
    })
    if (answer.note !== null) await commentIn(tx, { ...answer, says: answer.note })
    await carryOut(tx, subject, { actor: answer.reviewer, ...deps.resetTerms })
    return subject
  })

/**
 * A second reviewer disagrees: the case is open again, with their note as a comment. Refuses as
 * `confirmCase` does.
 */
export const declineCase = (deps: CaseDeps, answer: Answer): Promise<ReviewCase> =>
  inTx(deps.db, async (tx) => {
    const { decision, proposedBy } = await getCase(tx, answer.caseId)
    if ((await store.decline(tx, answer)) === 0) throw await noProposal(tx, answer)
    await record(tx, {
      kind: 'case.declined',
      actor: answer.reviewer,
      subject: `case:${answer.caseId}`,
      detail: { decision, proposedBy },
    })
    await commentIn(tx, { ...answer, says: answer.note ?? `Does not agree with ${decision}.` })
    return getCase(tx, answer.caseId)
  })

async function noProposal(tx: Tx, { caseId, reviewer }: store.Second): Promise<Refusal> {
  const { status, proposedBy } = await getCase(tx, caseId)
  if (status === 'awaiting_second' && proposedBy === reviewer) {
    return new Refusal('forbidden', 'You proposed this. A second reviewer is somebody else.')
  }
  return new Refusal(
    'illegal_transition',
    `Case ${caseId} is ${status}: the proposal you read does not stand any more. Nothing was changed.`,
  )
}

type Bulk = { caseIds: readonly string[]; reviewer: string; decided: store.Decided }

/**
 * Claims and decides each case in a transaction of its own, by the rules for one: what one of them
 * runs into does not stop the others, and nobody's claim is taken away.
 */
export async function decideMany(
  deps: DecisionDeps & { log: Pick<Log, 'error'> },
  { caseIds, ...rest }: Bulk,
): Promise<{ id: string; result: BulkResult }[]> {
  const results: { id: string; result: BulkResult }[] = []
  for (const id of new Set(caseIds)) {
    const result = await inTx(deps.db, (tx) =>
      claimAndDecide(tx, { id, ...rest, terms: deps }),
    ).catch((error: unknown): BulkResult => {
      if (error instanceof Refusal && error.code === 'case_not_found') return 'not_found'
      const because = error instanceof Error ? error.name : 'unknown'
      deps.log.error('case.decision_failed', { caseId: id, because })
      return 'failed'
    })
    results.push({ id, result })
  }
  return results
}

type One = { id: string; reviewer: string; decided: store.Decided; terms: Terms }

async function claimAndDecide(tx: Tx, { id, reviewer, decided, terms }: One): Promise<BulkResult> {
  await lockAccount(tx, id)
  const claimed = await claimIn(tx, { caseId: id, reviewer, isOwnGood: true })
  if (!claimed) return WHY_NOT[(await getCase(tx, id)).status] ?? 'already_claimed'
  const claim = { caseId: id, reviewer, fence: claimed.fence }
  const { status } = await decideIn(tx, { claim, decided, terms })
  return status as 'decided' | 'awaiting_second'
}

const WHY_NOT: Record<string, BulkResult> = {
  decided: 'already_decided',
  awaiting_second: 'already_proposed',
  snoozed: 'snoozed',
}

/** The account first, as sweeps and the watch do: two who want both then wait instead of deadlocking. */
async function lockAccount(tx: Tx, caseId: string): Promise<void> {
  const { accountNo } = await getCase(tx, caseId)
  await lockStandings(tx, [accountNo])
}
