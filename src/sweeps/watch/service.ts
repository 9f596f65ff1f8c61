import { builtInDirectory as directory } from '../../accounts/service.js'
import type { AuditEvent } from '../../audit/event.js'
import { record, recordAll } from '../../audit/service.js'
import { raiseAll } from '../../cases/service.js'
import { stageAll } from '../../mail/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import type { Log } from '../../platform/log.js'
import { orderAll } from '../../resets/service.js'
import { type Effect, type Policy, type Priority, WATCH_LIMITS } from '../../scoring/policy.js'
import { newId } from '../../values/ids.js'
import type { Verdict } from '../decide.js'
import { standingOrder, withinLimits } from './standing-order.js'
import * as store from './store.js'

export type WatchDeps = {
  db: Db
  log: Log
  /** Of what mails say: the standing order was approved with that. */
  textRevision: string
  random: (bytes: number) => Uint8Array
}

const ACCOUNTS_AT_ONCE = 500
const ACTOR = 'cordon'

/**
 * Looks again at exposed accounts about which something was heard, and carries out the standing order
 * of their approved sweep. Effects, what was decided, and audit rows commit together. Returns how
 * many accounts were asked about; 0 when none was.
 */
export async function watchOnce(deps: WatchDeps): Promise<{ asked: number; applied: number }> {
  return inTx(deps.db, async (tx) => {
    const asked = await store.takeAsked(tx, ACCOUNTS_AT_ONCE)
    if (asked.length === 0) return { asked: 0, applied: 0 }
    const watched = await store.watchedAmong(
      tx,
      asked.map(({ accountNo }) => accountNo),
    )
    let applied = 0
    for (const [sweepId, accounts] of bySweep(watched)) {
      applied += await watchSweep(tx, deps, { sweepId, accounts, asked })
    }
    return { asked: asked.length, applied }
  })
}

function bySweep(watched: readonly store.WatchedAccount[]): Map<string, store.WatchedAccount[]> {
  const groups = new Map<string, store.WatchedAccount[]>()
  for (const account of watched) {
    const group = groups.get(account.sweepId)
    if (group) group.push(account)
    else groups.set(account.sweepId, [account])
  }
  return groups
}

type Watching = {
  sweepId: string
  accounts: readonly store.WatchedAccount[]
  asked: readonly store.Asked[]
}

/** An account with what has to be done about it. `effects`, `ip` and `entered` as `withinLimits` reads them. */
type Due = store.WatchedAccount & {
  id: string
  verdict: Verdict
  effects: readonly Effect[]
  because: string
  receivedAt: Date
}

async function watchSweep(
  tx: Tx,
  deps: WatchDeps,
  { sweepId, accounts, asked }: Watching,
): Promise<number> {
  const [{ policyVersion, textRevision }] = accounts as [store.WatchedAccount]
  const stored = await tx.policy.findUniqueOrThrow({ where: { version: policyVersion } })
  const policy = stored.body as Policy
  const due = accounts.flatMap((account) => dueFor(account, policy, { deps, asked }))
  if (due.length === 0) return 0
  const limits = policy.watch ?? WATCH_LIMITS
  const isMailOther = textRevision !== deps.textRevision
  const { act, wait } = withinLimits(due, await usedOf(tx, sweepId), {
    ...limits,
    ...(isMailOther ? { perHour: 0 } : {}),
  })
  await carryOut(tx, sweepId, act)
  const why = isMailOther ? 'mail_changed' : 'watch_limit'
  await askPeople(tx, sweepId, { wait, why })
  if (wait.length > 0) deps.log.error('watch.limited', { sweepId, waiting: wait.length, why })
  return act.length
}

type Asking = { deps: WatchDeps; asked: readonly store.Asked[] }

function dueFor(account: store.WatchedAccount, policy: Policy, { deps, asked }: Asking): Due[] {
  const verdict = standingOrder(account.facts, inForce(account), policy)
  const ask = asked.find(({ accountNo }) => accountNo === account.accountNo)
  if (!verdict || !ask) return []
  const { because, receivedAt } = ask
  const id = newId('wat', deps.random(16))
  return [{ ...account, id, verdict, effects: verdict.effects, because, receivedAt }]
}

const BY_RANK: readonly Priority[] = ['critical', 'high', 'normal']

const inForce = (account: store.WatchedAccount) => ({
  held: account.held,
  openCase: account.openRank === null ? null : (BY_RANK[account.openRank] ?? 'normal'),
  decided:
    account.decision === null
      ? null
      : { decision: account.decision, minutesAgo: account.decidedMinutesAgo ?? 0 },
  enteredSinceDecision: account.enteredSinceDecision,
})

async function usedOf(tx: Tx, sweepId: string) {
  const rows = await store.usedThisHour(tx, sweepId)
  return {
    thisHour: rows.reduce((sum, { accounts }) => sum + accounts, 0),
    bySource: new Map(rows.map(({ ip, failuresOnly }) => [ip ?? '', failuresOnly])),
  }
}

/** What the effects of one account go by: its watch action. A mail, a reset and a hold name it. */
type Ordered = {
  id: string
  accountNo: bigint
  accountId: string
  effects: readonly Effect[]
  verdict: Pick<Verdict, 'tier' | 'score' | 'reasons' | 'priority'>
}

async function carryOut(tx: Tx, sweepId: string, act: readonly Due[]): Promise<void> {
  if (act.length === 0) return
  await store.dismissWaiting(
    tx,
    sweepId,
    act.map(({ accountNo }) => accountNo),
  )
  await store.insertWatchActions(
    tx,
    act.map((each) => ({ ...each, sweepId, status: 'applied' as const })),
  )
  await applyEffects(tx, sweepId, act)
}

async function applyEffects(tx: Tx, sweepId: string, act: readonly Ordered[]): Promise<void> {
  const holder = `watch:${sweepId}`
  const held = await directory.hold(tx, numbersWith(act, 'hold'), holder)
  await recordAll(tx, about('account.held', among(act, held)))
  await orderResets(tx, act, holder)
  await openCases(tx, sweepId, act, [])
  await recordAll(
    tx,
    act.map(({ id, accountId, verdict, effects }) => ({
      kind: 'watch.applied' as const,
      actor: ACTOR,
      subject: `account:${accountId}`,
      detail: { watch: id, sweep: sweepId, tier: verdict.tier, effects: [...effects] },
    })),
  )
}

const numbersWith = (act: readonly Ordered[], effect: Effect) =>
  act.flatMap(({ accountNo, effects }) => (effects.includes(effect) ? [accountNo] : []))

function among(act: readonly Ordered[], accountNos: readonly bigint[]): Ordered[] {
  const wanted = new Set(accountNos)
  return act.filter(({ accountNo }) => wanted.has(accountNo))
}

const about = (kind: AuditEvent['kind'], act: readonly Ordered[]): AuditEvent[] =>
  act.map(({ id, accountId }) => ({
    kind,
    actor: ACTOR,
    subject: `account:${accountId}`,
    detail: { watch: id },
  }))

/** Each order is mailed, also where the sweep has mailed one before. */
async function orderResets(tx: Tx, act: readonly Ordered[], by: string): Promise<void> {
  const toReset = act.filter(({ effects }) => effects.includes('reset'))
  const ordered = await orderAll(tx, toReset, by)
  const idOf = new Map(toReset.map(({ accountNo, id }) => [accountNo, id]))
  await stageAll(
    tx,
    ordered.map(({ accountNo, resetNo }) => ({
      sweepId: idOf.get(accountNo) ?? by,
      accountNo,
      resetNo,
      purpose: 'reset' as const,
    })),
  )
  await recordAll(tx, about('reset.ordered', toReset))
}

async function openCases(
  tx: Tx,
  sweepId: string,
  accounts: readonly Ordered[],
  alsoBecause: readonly string[],
): Promise<void> {
  const asked = accounts.filter(
    ({ effects }) => effects.includes('review') || alsoBecause.length > 0,
  )
  await raiseAll(
    tx,
    asked.map(({ accountNo, verdict }) => ({
      accountNo,
      sweepId,
      tier: verdict.tier,
      priority: verdict.priority ?? 'normal',
      score: verdict.score,
      because: [...verdict.reasons, ...alsoBecause],
    })),
    ACTOR,
  )
}

/** Above the limits nothing is done to an account but to ask people, and what would be done is kept. */
async function askPeople(
  tx: Tx,
  sweepId: string,
  { wait, why }: { wait: readonly Due[]; why: string },
): Promise<void> {
  if (wait.length === 0) return
  await store.insertWatchActions(
    tx,
    wait.map((each) => ({ ...each, sweepId, status: 'waiting' as const })),
  )
  await openCases(tx, sweepId, wait, [why])
  const detail = { waiting: wait.length, why }
  await record(tx, { kind: 'watch.limited', actor: ACTOR, subject: `sweep:${sweepId}`, detail })
}

/**
 * Lets the watch act on up to `accounts` of those that wait, most urgent first. Returns how many it
 * acted on. Refuses with `sweep_not_found`.
 */
export async function allowWaiting(
  deps: { db: Db },
  sweepId: string,
  { accounts, actor }: { accounts: number; actor: string },
): Promise<number> {
  return inTx(deps.db, async (tx) => {
    await mustExist(tx, sweepId)
    const taken = await store.takeWaiting(tx, sweepId, accounts)
    if (taken.length === 0) return 0
    const detail = { accounts: taken.length }
    await record(tx, { kind: 'watch.allowed', actor, subject: `sweep:${sweepId}`, detail })
    await applyEffects(
      tx,
      sweepId,
      taken.map((each) => ({ ...each, verdict: each })),
    )
    return taken.length
  })
}

async function mustExist(tx: Tx, sweepId: string): Promise<void> {
  const found = await tx.sweep.findUnique({ where: { id: sweepId }, select: { id: true } })
  if (!found) throw new Refusal('sweep_not_found', `There is no sweep ${sweepId}.`)
}

/**
 * Stops the standing order of a sweep; when it returns nothing of it is in flight. One person may.
 * Refuses with `sweep_not_found`, `illegal_transition` when it is stopped already.
 */
export const stopWatch = (
  deps: { db: Db },
  sweepId: string,
  { actor, reason }: { actor: string; reason: string },
): Promise<void> =>
  inTx(deps.db, async (tx) => {
    await mustExist(tx, sweepId)
    if ((await store.turnWatch(tx, sweepId, { reason })) === 0) throw alreadyTurned(sweepId, 'off')
    const subject = `sweep:${sweepId}`
    await record(tx, { kind: 'watch.stopped', actor, subject, detail: { reason } })
  })

/** Lets a stopped watch go on; what was heard meanwhile is looked at. Refuses as `stopWatch` does. */
export const resumeWatch = (
  deps: { db: Db },
  sweepId: string,
  { actor }: { actor: string },
): Promise<void> =>
  inTx(deps.db, async (tx) => {
    await mustExist(tx, sweepId)
    const stopped = await tx.sweep.findUniqueOrThrow({ where: { id: sweepId } })
    if ((await store.turnWatch(tx, sweepId, null)) === 0) throw alreadyTurned(sweepId, 'on')
    await store.askSince(tx, sweepId, stopped.watchStoppedAt ?? stopped.createdAt)
    await record(tx, { kind: 'watch.resumed', actor, subject: `sweep:${sweepId}` })
  })

const alreadyTurned = (sweepId: string, state: string) =>
  new Refusal('illegal_transition', `The watch of sweep ${sweepId} is already ${state}.`)

/** What a finished sweep missed while it was planned and run is looked at by its watch. */
export const beginWatch = (tx: Tx, sweepId: string, plannedAt: Date): Promise<number> =>
  store.askSince(tx, sweepId, plannedAt)

/** Refuses with `sweep_not_found`. */
export async function watchFigures(tx: Tx, sweepId: string): Promise<store.WatchFigures> {
  await mustExist(tx, sweepId)
  return store.figures(tx, sweepId)
}
