import { lockStandings, startReview } from '../accounts/service.js'
import { record, recordAll } from '../audit/service.js'
import { type Db, inTx, type Tx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { type CasePriority, PRIORITY } from './priority.js'
import { escalatedAfterMinutes } from './sla.js'
import * as store from './store.js'
import type { SeenCase } from './view.js'

export type CaseDeps = { db: Db }

export type NewCase = {
  accountNo: bigint
  sweepId: string | null
  tier: string
  priority: CasePriority
  score: number
  because: readonly string[]
}

/**
 * Opens cases for many accounts in the caller's transaction; one per sweep and account, which new
 * reasons re-open.
 */
export async function openAll(tx: Tx, cases: readonly NewCase[], actor: string): Promise<void> {
  if (cases.length === 0) return
  const accountNos = cases.map(({ accountNo }) => accountNo)
  await lockStandings(tx, accountNos)
  const opened = await store.insertCases(
    tx,
    cases.map(({ priority, ...rest }) => ({ ...rest, ...PRIORITY[priority] })),
  )
  await startReview(tx, accountNos)
  await recordAll(
    tx,
    opened.map(({ id, accountId, isNew }) => ({
      kind: isNew ? ('case.opened' as const) : ('case.reopened' as const),
      actor,
      subject: `case:${id}`,
      detail: { account: accountId },
    })),
  )
}

/**
 * Asks people about accounts anew: opens a case, re-opens a decided one, or raises a waiting one to
 * what is known now. New evidence never lowers the urgency of a case.
 */
export async function raiseAll(tx: Tx, cases: readonly NewCase[], actor: string): Promise<void> {
  if (cases.length === 0) return
  const accountNos = cases.map(({ accountNo }) => accountNo)
  await lockStandings(tx, accountNos)
  const raised = await store.raiseCases(
    tx,
    cases.map(({ priority, ...rest }) => ({ ...rest, ...PRIORITY[priority] })),
  )
  await startReview(tx, accountNos)
  await recordAll(
    tx,
    raised.map(({ id, accountId, how }) => ({
      kind: `case.${how}` as const,
      actor,
      subject: `case:${id}`,
      detail: { account: accountId },
    })),
  )
}

/**
 * The most urgent free case, leased to the reviewer for 15 minutes; `undefined` when none waits. One
 * statement is the whole transaction: twenty reviewers ask this all day.
 */
export const claimNext = (
  { db, secondReviewerAbove }: CaseDeps & { secondReviewerAbove: string },
  reviewer: string,
): Promise<SeenCase | undefined> => store.claimNext(db, reviewer, secondReviewerAbove)

/** Claims one named case. Refuses with `case_not_found` or `case_already_claimed`. */
export async function claimCase(deps: CaseDeps, caseId: string, reviewer: string) {
  return inTx(deps.db, async (tx) => {
    const claimed = await claimIn(tx, { caseId, reviewer, isOwnGood: false })
    if (claimed) return claimed
    const found = await getCase(tx, caseId)
    throw new Refusal(
      'case_already_claimed',
      `Case ${caseId} is ${found.status} and cannot be claimed now.`,
    )
  })
}

/**
 * Claims one case in the caller's transaction; `undefined` when it is not free. With `isOwnGood` a
 * claim that the reviewer holds already is renewed under a new fence.
 */
export const claimIn = (tx: Tx, wanted: store.Wanted): Promise<store.ReviewCase | undefined> =>
  recordClaim(tx, store.claim(tx, wanted), wanted.reviewer)

async function recordClaim(tx: Tx, claiming: Promise<store.ReviewCase | undefined>, actor: string) {
  const claimed = await claiming
  if (claimed) {
    const detail = { fence: claimed.fence }
    await record(tx, { kind: 'case.claimed', actor, subject: `case:${claimed.id}`, detail })
  }
  return claimed
}

/** Gives a case back to the queue. Refuses with `case_not_found` or `lease_lost`. */
export const releaseCase = (deps: CaseDeps, claim: store.Claim): Promise<void> =>
  leave(deps, claim, 'case.released', (tx) => store.release(tx, claim))

/** Puts a claimed case aside for some minutes. Refuses as `releaseCase` does. */
export const snoozeCase = (deps: CaseDeps, claim: store.Claim, minutes: number): Promise<void> =>
  leave(deps, claim, 'case.snoozed', (tx) => store.snooze(tx, claim, minutes))

/**
 * Gives a case back for other eyes, with why as a comment: it stands in front of everything of its
 * urgency that nobody escalated, and is not offered to whoever escalated it. They may still claim it
 * by its name, and it is offered to them again when Cordon escalates it. Refuses as `releaseCase` does.
 */
export const escalateCase = (deps: CaseDeps, claim: store.Claim, says: string): Promise<void> =>
  inTx(deps.db, async (tx) => {
    if ((await store.escalate(tx, claim)) === 0) throw await lostLease(tx, claim)
    const { no } = await commentIn(tx, { ...claim, says })
    await record(tx, {
      kind: 'case.escalated',
      actor: claim.reviewer,
      subject: `case:${claim.caseId}`,
      detail: { fence: claim.fence, comment: String(no) },
    })
  })

const ESCALATED_AT_ONCE = 1_000
const OVERDUE = Object.values(PRIORITY).map(({ rank }) => ({
  rank,
  minutes: escalatedAfterMinutes(rank),
}))

/** Escalates what is overdue by its own time again, each case once. Returns how many there were. */
export const escalateOverdue = ({ db }: CaseDeps): Promise<number> =>
  inTx(db, async (tx) => {
    const escalated = await store.escalateOverdue(tx, OVERDUE, ESCALATED_AT_ONCE)
    await recordAll(
      tx,
      escalated.map(({ id }) => ({
        kind: 'case.escalated' as const,
        actor: 'cordon',
        subject: `case:${id}`,
      })),
    )
    return escalated.length
  })

async function leave(
  deps: CaseDeps,
  claim: store.Claim,
  kind: 'case.released' | 'case.snoozed',
  write: (tx: Tx) => Promise<number>,
): Promise<void> {
  await inTx(deps.db, async (tx) => {
    if ((await write(tx)) === 0) throw await lostLease(tx, claim)
    await record(tx, { kind, actor: claim.reviewer, subject: `case:${claim.caseId}` })
  })
}

/**
 * Renews the lease while a reviewer is still looking, and returns its new end. Refuses as
 * `releaseCase` does.
 */
export async function heartbeatCase(deps: CaseDeps, claim: store.Claim): Promise<Date> {
  return inTx(deps.db, async (tx) => {
    const leaseUntil = await store.heartbeat(tx, claim)
    if (!leaseUntil) throw await lostLease(tx, claim)
    return leaseUntil
  })
}

export type NewComment = { caseId: string; reviewer: string; says: string }

/** Adds to what people say about a case; nobody can change it afterwards. The audit keeps no text. */
export async function commentIn(tx: Tx, comment: NewComment): Promise<store.Comment> {
  const added = await store.insertComment(tx, comment)
  await record(tx, {
    kind: 'case.commented',
    actor: comment.reviewer,
    subject: `case:${comment.caseId}`,
    detail: { comment: String(added.no) },
  })
  return added
}

/** Refuses with `case_not_found`. */
export async function getCase(tx: Tx, caseId: string): Promise<store.ReviewCase> {
  const found = await store.find(tx, caseId)
  if (!found) throw new Refusal('case_not_found', `There is no case ${caseId}.`)
  return found
}

/** Why a claim is not good any more. */
export async function lostLease(tx: Tx, { caseId, fence }: store.Claim): Promise<Refusal> {
  const found = await getCase(tx, caseId)
  return new Refusal(
    'lease_lost',
    `Your claim ${fence} on case ${caseId} no longer holds: the case is ${found.status} under claim ${found.fence}. Nothing was changed. Claim it again.`,
  )
}

export const caseCounts = (tx: Tx, sweepId: string | null) => store.counts(tx, sweepId)
