import { builtInDirectory as directory, heldBy } from '../../accounts/service.js'
import type { AuditEvent } from '../../audit/event.js'
import { record, recordAll } from '../../audit/service.js'
import { openAll } from '../../cases/service.js'
import { stageAll } from '../../mail/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import type { Log } from '../../platform/log.js'
import { orderAll } from '../../resets/service.js'
import type { Evidence } from '../../scoring/evidence.js'
import type { Policy } from '../../scoring/policy.js'
import { readPlan } from '../sealing/service.js'
import { beginWatch } from '../watch/service.js'
import { type PlannedVerdict, type SortedActions, sortActions } from './sort-actions.js'
import * as store from './store.js'

export type RunningDeps = { db: Db; log: Log }

const ACTOR = 'cordon'
const FAILURES_UNTIL_PAUSE = 5

/**
 * Executes one chunk of an approved plan, exactly once: effects, outcomes and audit rows commit
 * together with the mark that it is done. Returns false when there was nothing to do: somebody
 * else did it, the sweep is not running, or an earlier phase is unfinished.
 */
export async function executeChunk(
  deps: RunningDeps,
  sweepId: string,
  no: number,
): Promise<boolean> {
  const done = await inTx(deps.db, async (tx) => {
    const chunk = await store.takeChunk(tx, sweepId, no)
    if (!chunk) return false
    const plan = await approvedPlan(tx, sweepId)
    const digest = await store.digestOf(tx, sweepId, chunk)
    if (!plan || digest !== chunk.digest) throw tampered(sweepId, no)
    const actions = await store.actionsOf(tx, sweepId, chunk)
    if (chunk.phase === 'hold') await applyHolds(tx, sweepId, actions, plan)
    else await applyActions(tx, sweepId, sortActions(actions, plan.verdicts, plan.policy))
    return true
  })
  if (done) deps.log.info('sweep.chunk_done', { sweepId, chunk: no })
  await finishWhenDone(deps, sweepId)
  return done
}

const tampered = (sweepId: string, no: number) =>
  new Refusal(
    'plan_digest_wrong',
    `Chunk ${no} of sweep ${sweepId} is not what was approved. Nothing of it was run.`,
  )

type Plan = { policy: Policy; verdicts: Map<number, PlannedVerdict> }

/** The plan as it is stored now; `undefined` unless it still has the digest that was approved. */
async function approvedPlan(tx: Tx, sweepId: string): Promise<Plan | undefined> {
  const sweep = await tx.sweep.findUniqueOrThrow({ where: { id: sweepId } })
  const { digest, policy, verdicts } = await readPlan(tx, sweep)
  if (digest !== sweep.planDigest) return undefined
  const planned = verdicts.map(({ row, verdict }): [number, PlannedVerdict] => [
    row.no,
    { ...verdict, evidence: row.facts as Evidence },
  ])
  return { policy, verdicts: new Map(planned) }
}

const holder = (sweepId: string) => `sweep:${sweepId}`

/** Nobody is held whom facts have overtaken already: their hold, if any, is somebody else's to end. */
async function applyHolds(
  tx: Tx,
  sweepId: string,
  actions: readonly store.ActionToRun[],
  plan: Plan,
) {
  const overtaken = new Set(
    sortActions(actions, plan.verdicts, plan.policy).superseded.map(({ accountNo }) => accountNo),
  )
  const toHold = actions.filter(
    ({ accountNo, verdictNo }) =>
      plan.verdicts.get(verdictNo)?.effects.includes('hold') && !overtaken.has(accountNo),
  )
  const held = await directory.hold(
    tx,
    toHold.map(({ accountNo }) => accountNo),
    holder(sweepId),
  )
  await recordAll(tx, about('account.held', named(toHold, held), { sweep: sweepId }))
}

async function applyActions(tx: Tx, sweepId: string, sorted: SortedActions): Promise<void> {
  await orderResets(tx, sweepId, sorted)
  await openAll(
    tx,
    sorted.review.map(({ accountNo, verdict }) => ({
      accountNo,
      sweepId,
      tier: verdict.tier,
      priority: verdict.priority ?? 'normal',
      score: verdict.score,
      because: verdict.reasons,
    })),
    ACTOR,
  )
  await inform(tx, sweepId, { purpose: 'notice', accounts: sorted.notify })
  await inform(tx, sweepId, { purpose: 'hold', accounts: sorted.heldOnly })
  await standDown(tx, sweepId, sorted)
  await store.insertOutcomes(tx, sweepId, sorted.outcomes)
}

async function orderResets(tx: Tx, sweepId: string, { reset }: SortedActions): Promise<void> {
  if (reset.length === 0) return
  const ordered = await orderAll(tx, reset, sweepId)
  const idOf = new Map(reset.map(({ accountNo, accountId }) => [accountNo, accountId]))
  await stageAll(
    tx,
    ordered.map(({ accountNo, resetNo }) => ({
      sweepId,
      accountNo,
      resetNo,
      purpose: 'reset' as const,
    })),
  )
  await recordAll(
    tx,
    ordered.map(({ accountNo, epoch }) => ({
      kind: 'reset.ordered' as const,
      actor: ACTOR,
      subject: `account:${idOf.get(accountNo)}`,
      detail: { sweep: sweepId, epoch, mail: 'reset' },
    })),
  )
}

/** Mails that ask for nothing: the account was listed, or its value is held and its password works. */
async function inform(
  tx: Tx,
  sweepId: string,
  { purpose, accounts }: { purpose: 'notice' | 'hold'; accounts: readonly Named[] },
): Promise<void> {
  const staged = await stageAll(
    tx,
    accounts.map(({ accountNo }) => ({ sweepId, accountNo, resetNo: null, purpose })),
  )
  await recordAll(
    tx,
    about('mail.staged', named(accounts, staged), { sweep: sweepId, mail: purpose }),
  )
}

/** An overtaken action leaves its account alone, and takes back the hold this sweep had put on it. */
async function standDown(tx: Tx, sweepId: string, { superseded }: SortedActions): Promise<void> {
  if (superseded.length === 0) return
  const spared = superseded.filter(({ why }) => why === 'second_factor_enrolled')
  const ours = await heldBy(
    tx,
    spared.map(({ accountNo }) => accountNo),
    holder(sweepId),
  )
  const released = await directory.release(tx, ours, holder(sweepId))
  await recordAll(tx, about('account.released', named(superseded, released), { sweep: sweepId }))
  await recordAll(
    tx,
    superseded.map(({ accountId, why }) => ({
      kind: 'sweep.action_superseded' as const,
      actor: ACTOR,
      subject: `account:${accountId}`,
      detail: { sweep: sweepId, why },
    })),
  )
}

type Named = { accountNo: bigint; accountId: string }

/** The ids, as the platform knows them, of those accounts that a statement really changed. */
function named(accounts: readonly Named[], changed: readonly bigint[]): string[] {
  const wanted = new Set(changed)
  return accounts.filter(({ accountNo }) => wanted.has(accountNo)).map(({ accountId }) => accountId)
}

const about = (
  kind: AuditEvent['kind'],
  accountIds: readonly string[],
  detail: Record<string, string>,
): AuditEvent[] =>
  accountIds.map((id) => ({ kind, actor: ACTOR, subject: `account:${id}`, detail }))

/** Ends a running sweep that has nothing left to do; otherwise changes nothing. */
export async function finishWhenDone(deps: RunningDeps, sweepId: string): Promise<void> {
  await inTx(deps.db, async (tx) => {
    if ((await store.finishSweep(tx, sweepId)) === 0) return
    const { createdAt } = await tx.sweep.findUniqueOrThrow({ where: { id: sweepId } })
    await beginWatch(tx, sweepId, createdAt)
    await record(tx, { kind: 'sweep.finished', actor: ACTOR, subject: `sweep:${sweepId}` })
    deps.log.info('sweep.finished', { sweepId })
  })
}

/**
 * Notes that a chunk broke off. A chunk that keeps breaking pauses its sweep: doubt goes to people.
 * Returns true when it paused.
 */
export async function noteFailure(
  deps: RunningDeps,
  sweepId: string,
  no: number,
  error: unknown,
): Promise<boolean> {
  const failure = error instanceof Error ? error.message.slice(0, 300) : 'unknown failure'
  return inTx(deps.db, async (tx) => {
    const failures = await store.noteFailure(tx, sweepId, no, failure)
    deps.log.error('sweep.chunk_failed', { sweepId, chunk: no, failures })
    if (failures < FAILURES_UNTIL_PAUSE) return false
    const reason = `chunk ${no} failed ${failures} times`
    const { count } = await tx.sweep.updateMany({
      where: { id: sweepId, status: 'running' },
      data: { status: 'paused', statusReason: reason },
    })
    if (count > 0)
      await record(tx, {
        kind: 'sweep.paused',
        actor: ACTOR,
        subject: `sweep:${sweepId}`,
        detail: { reason },
      })
    return count > 0
  })
}

/** The chunks of a sweep that may run now, in order. */
export const dueChunks = (tx: Tx, sweepId: string) => store.dueChunks(tx, sweepId)

/**
 * Whether a sweep stages more mail: `going` while it runs, `over` once none can follow. A paused one
 * rests, and so does an aborted one whose last chunk is still in flight.
 */
export async function stagingOf(tx: Tx, sweepId: string): Promise<'going' | 'resting' | 'over'> {
  const sweep = await tx.sweep.findUnique({ where: { id: sweepId }, select: { status: true } })
  if (sweep?.status === 'running') return 'going'
  if (sweep?.status === 'paused') return 'resting'
  return (await store.isInFlight(tx, sweepId)) ? 'resting' : 'over'
}

/** How far a sweep is; refuses with `sweep_not_found`. */
export async function sweepProgress(tx: Tx, sweepId: string): Promise<store.Progress> {
  const found = await store.progress(tx, sweepId)
  if (!found) throw new Refusal('sweep_not_found', `There is no sweep ${sweepId}.`)
  return found
}
