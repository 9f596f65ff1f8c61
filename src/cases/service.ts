import {
  endReview,
  holdAll,
  killCredentials,
  lockAll,
  releaseAll,
  startReview,
} from '../accounts/service.js'
import { record, recordAll } from '../audit/service.js'
import { stageAll } from '../mail/service.js'
import { type Db, inTx, type Tx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { cancelAll, orderAll } from '../resets/service.js'
import { type CasePriority, PRIORITY } from './priority.js'
import type { Decision } from './state.js'
import * as store from './store.js'

export type CaseDeps = { db: Db }
export type DecisionDeps = CaseDeps & { resetTerms: { holdHours: number } }
export type { ReviewCase } from './store.js'

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
  const opened = await store.insertCases(
    tx,
    cases.map(({ priority, ...rest }) => ({ ...rest, ...PRIORITY[priority] })),
  )
  await startReview(
    tx,
    cases.map(({ accountNo }) => accountNo),
  )
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
  const raised = await store.raiseCases(
    tx,
    cases.map(({ priority, ...rest }) => ({ ...rest, ...PRIORITY[priority] })),
  )
  await startReview(
    tx,
    cases.map(({ accountNo }) => accountNo),
  )
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

/** The most urgent free case, leased to the reviewer for 15 minutes; `undefined` when none waits. */
export async function claimNext(deps: CaseDeps, reviewer: string) {
  return inTx(deps.db, (tx) => recordClaim(tx, store.claimNext(tx, reviewer), reviewer))
}

/** Claims one named case. Refuses with `case_not_found` or `case_already_claimed`. */
export async function claimCase(deps: CaseDeps, caseId: string, reviewer: string) {
  return inTx(deps.db, async (tx) => {
    const claimed = await recordClaim(tx, store.claim(tx, caseId, reviewer), reviewer)
    if (claimed) return claimed
    const found = await getCase(tx, caseId)
    throw new Refusal(
      'case_already_claimed',
      `Case ${caseId} is ${found.status} and cannot be claimed now.`,
    )
  })
}

async function recordClaim(tx: Tx, claiming: Promise<store.ReviewCase | undefined>, actor: string) {
  const claimed = await claiming
  if (claimed) {
    const detail = { fence: claimed.fence }
    await record(tx, { kind: 'case.claimed', actor, subject: `case:${claimed.id}`, detail })
  }
  return claimed
}

/**
 * Decides a claimed case; the decision and everything it does to the account commit together.
 * Refuses with `case_not_found`, or `lease_lost` when the claim ran out or somebody else's is newer.
 */
export async function decideCase(
  deps: DecisionDeps,
  claim: store.Claim,
  decided: store.Decided,
): Promise<store.ReviewCase> {
  return inTx(deps.db, async (tx) => {
    const decidedCase = await store.decide(tx, claim, decided)
    if (!decidedCase) throw await lostLease(tx, claim)
    const detail = { decision: decided.decision, reason: decided.reason, fence: claim.fence }
    await record(tx, {
      kind: 'case.decided',
      actor: claim.reviewer,
      subject: `case:${claim.caseId}`,
      detail,
    })
    await endReview(tx, decidedCase.accountNo, deps.resetTerms.holdHours)
    await CARRY_OUT[decided.decision](tx, decidedCase, claim.reviewer)
    return decidedCase
  })
}

type CarryOut = (tx: Tx, subject: store.ReviewCase, actor: string) => Promise<void>

const CARRY_OUT: Record<Decision, CarryOut> = {
  keep_reset: async () => undefined,
  release: async (tx, { accountNo }, actor) => {
    await cancelAll(tx, [accountNo], actor)
    await recordChange(tx, 'account.released', await releaseAll(tx, [accountNo], actor), actor)
  },
  reset: async (tx, { accountNo, sweepId, id, fence }, actor) => {
    const ordered = await orderAll(tx, [{ accountNo }], sweepId)
    const mails = ordered.map(({ resetNo }) => ({
      sweepId: `case:${id}:${fence}`, // each order is mailed, also when the case was opened again
      accountNo,
      resetNo,
      purpose: 'reset' as const,
    }))
    await stageAll(tx, mails)
    await recordChange(tx, 'reset.ordered', [accountNo], actor)
  },
  lock: lockAndHold,
  confirm_takeover: async (tx, subject, actor) => {
    await lockAndHold(tx, subject, actor)
    await killCredentials(tx, [subject.accountNo])
  },
}

async function lockAndHold(tx: Tx, { accountNo }: store.ReviewCase, actor: string): Promise<void> {
  await recordChange(tx, 'account.held', await holdAll(tx, [accountNo], actor), actor)
  await recordChange(tx, 'account.locked', await lockAll(tx, [accountNo]), actor)
}

type AccountChange = 'account.held' | 'account.locked' | 'account.released' | 'reset.ordered'

async function recordChange(
  tx: Tx,
  kind: AccountChange,
  changed: readonly bigint[],
  actor: string,
): Promise<void> {
  const where = { no: { in: [...changed] } }
  const accounts = await tx.account.findMany({ where, select: { id: true } })
  await recordAll(
    tx,
    accounts.map(({ id }) => ({ kind, actor, subject: `account:${id}` })),
  )
}

/** Gives a case back to the queue. Refuses as `decideCase` does. */
export const releaseCase = (deps: CaseDeps, claim: store.Claim): Promise<void> =>
  leave(deps, claim, 'case.released', (tx) => store.release(tx, claim))

/** Puts a claimed case aside for some minutes. Refuses as `decideCase` does. */
export const snoozeCase = (deps: CaseDeps, claim: store.Claim, minutes: number): Promise<void> =>
  leave(deps, claim, 'case.snoozed', (tx) => store.snooze(tx, claim, minutes))

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

/** Renews the lease while a reviewer is still looking. Refuses as `decideCase` does. */
export async function heartbeatCase(deps: CaseDeps, claim: store.Claim): Promise<void> {
  await inTx(deps.db, async (tx) => {
    if ((await store.heartbeat(tx, claim)) === 0) throw await lostLease(tx, claim)
  })
}

/** Refuses with `case_not_found`. */
export async function getCase(tx: Tx, caseId: string): Promise<store.ReviewCase> {
  const found = await store.find(tx, caseId)
  if (!found) throw new Refusal('case_not_found', `There is no case ${caseId}.`)
  return found
}

async function lostLease(tx: Tx, { caseId, fence }: store.Claim): Promise<Refusal> {
  const found = await getCase(tx, caseId)
  return new Refusal(
    'lease_lost',
    `Your claim ${fence} on case ${caseId} no longer holds: the case is ${found.status} under claim ${found.fence}. Nothing was changed. Claim it again.`,
  )
}

export const caseCounts = (tx: Tx, sweepId: string | null) => store.counts(tx, sweepId)
export const listCases = (tx: Tx, page: { status?: string; after: bigint; take: number }) =>
  store.list(tx, page)
