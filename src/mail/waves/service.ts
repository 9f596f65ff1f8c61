import { record } from '../../audit/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import type { Log } from '../../platform/log.js'
import { stopScopes } from '../service.js'
import { chooseCanary } from './canary.js'
import { nextWave, type Run, type Step, type Wave } from './next-wave.js'
import { sizeOf, type WavesPolicy } from './policy.js'
import { insertSeeds, seedsOf } from './seeding/store.js'
import { type SeedCopy, seedMails, seedState } from './seeds.js'
import * as store from './store.js'

/** Reports that came back about the mails of one wave. */
export type WaveReturns = { failed: number; complained: number }

export type WaveDeps = {
  db: Db
  log: Log
  /** Of this process: it lets no mail go that was approved for another mailer. */
  mailRevision: string
  /** Whether the sweep stages more mail now, may do so later, or never will again. */
  stagingOf(tx: Tx, sweepId: string): Promise<Run['staging']>
  returnsOf(tx: Tx, sweepId: string, wave: number): Promise<WaveReturns>
  seedCopiesOf(tx: Tx, mailIds: readonly string[]): Promise<SeedCopy[]>
}

const ACTOR = 'cordon'

export type NewRun = {
  sweepId: string
  policy: WavesPolicy
  seeds: readonly string[]
  planned: number
  mailRevision: string
}

/**
 * Notes with a plan how its mail would be let go. From then on the mass of the sweep's mail waits
 * for its wave. Joins the planner's transaction.
 */
export async function planWaves(tx: Tx, run: NewRun): Promise<void> {
  await store.insertRun(tx, { ...run, seeds: [...run.seeds] })
}

/** Begins with the waves of a sweep that starts. A plan from before there were waves has none. */
export async function beginWaves(tx: Tx, sweepId: string): Promise<void> {
  await store.beginRun(tx, sweepId)
}

/**
 * Takes every running sweep's mail as far as it may go now: releases the next wave, ends and
 * verifies the newest, or stops. Safe to call anywhere at any time; of two at once one acts. Returns
 * whether anything was released or seeds were staged, so that there is mail to send.
 */
export async function stepWaves(deps: WaveDeps): Promise<boolean> {
  let isBusy = false
  for (const sweepId of await store.activeRuns(deps.db)) {
    if (await stepRun(deps, sweepId)) isBusy = true
  }
  return isBusy
}

async function stepRun(deps: WaveDeps, sweepId: string): Promise<boolean> {
  let isBusy = false
  for (;;) {
    const step = await inTx(deps.db, (tx) => stepOnce(tx, deps, sweepId))
    if (step === undefined || step.kind === 'wait') return isBusy
    if (step.kind === 'release' || step.kind === 'end') isBusy = true
    if (step.kind === 'stop') deps.log.error('mail.stopped', { sweepId, wave: step.no ?? -1 })
    else deps.log.info(`mail.wave_${step.kind}`, { sweepId })
    if (step.kind === 'finish') return isBusy
  }
}

/** One step in one transaction, so that what it saw is what it acted on. */
async function stepOnce(tx: Tx, deps: WaveDeps, sweepId: string): Promise<Step | undefined> {
  const taken = await store.takeRun(tx, sweepId)
  if (!taken) return undefined
  const stored = await store.wavesOf(tx, sweepId)
  const run = await readRun(tx, deps, { taken, stored })
  const step = nextWave(run)
  await apply(tx, { taken, stored, mailRevision: deps.mailRevision, run }, step)
  return step
}

type Read = { taken: store.StoredRun; stored: readonly store.StoredWave[] }

async function readRun(tx: Tx, deps: WaveDeps, { taken, stored }: Read): Promise<Run> {
  const { sweepId, planned } = taken
  const policy = taken.policy as WavesPolicy
  const sent = taken.seeds.length > 0 ? await seedsOf(tx, sweepId) : []
  const ids = sent.map(({ id }) => id)
  const copies = ids.length > 0 ? await deps.seedCopiesOf(tx, ids) : []
  const waves: Wave[] = []
  for (const wave of stored) {
    const seeds = seedState(wave.no, sent, copies)
    waves.push({ ...(await readWave(tx, deps, { sweepId, policy, wave })), seeds })
  }
  const last = stored.at(-1)
  const staging = await deps.stagingOf(tx, sweepId)
  const mayGather = last === undefined && taken.begunSecondsAgo < policy.gatherSeconds
  const most = staging === 'going' && last?.isVerified ? sizeOf(last.no + 1, planned, policy) : 1
  return {
    policy,
    planned,
    waiting: await store.countWaiting(tx, sweepId, Number.isFinite(most) ? most : 1),
    hasUnsorted: mayGather && (await store.hasUnsorted(tx, sweepId)),
    staging,
    begunSecondsAgo: taken.begunSecondsAgo,
    isOpen: await store.isOpen(tx, sweepId),
    isOtherMailer: taken.mailRevision !== deps.mailRevision,
    seeds: taken.seeds.length,
    waves,
  }
}

type ReadWave = { sweepId: string; policy: WavesPolicy; wave: store.StoredWave }

async function readWave(tx: Tx, deps: WaveDeps, { sweepId, policy, wave }: ReadWave) {
  const isPatienceOver = wave.releasedSecondsAgo >= policy.patienceSeconds
  const open = wave.isVerified
    ? { hasUntried: false, hasRetrying: false, isHalfAnswered: true }
    : await store.openOf(tx, sweepId, wave, isPatienceOver)
  const returned = await deps.returnsOf(tx, sweepId, wave.no)
  const bounces = wave.bounces + returned.failed
  // More answers than this cannot make the bounces a share that matters.
  const most = Math.ceil(bounces / policy.stop.bounceShare) + 1
  const answered = bounces > 0 ? await store.countAnswered(tx, sweepId, wave, most) : 0
  return { ...wave, ...open, bounces, answered, complaints: returned.complained }
}

type Acting = Read & { mailRevision: string; run: Run }

async function apply(tx: Tx, acting: Acting, step: Step): Promise<void> {
  const { sweepId } = acting.taken
  if (step.kind === 'release') await release(tx, acting, step)
  if (step.kind === 'end') await end(tx, acting, step.no)
  if (step.kind === 'verify') await verify(tx, acting, step.no)
  if (step.kind === 'stop') await stop(tx, acting, step)
  if (step.kind === 'finish') await store.endRun(tx, sweepId)
}

async function release(tx: Tx, { taken, run }: Acting, step: Step & { kind: 'release' }) {
  const { sweepId } = taken
  const { no, mails } = step
  const released =
    no === 0
      ? await store.releaseThese(tx, sweepId, no, await canaryOf(tx, sweepId, run.policy.canary))
      : await store.releaseNext(tx, sweepId, no, mails)
  const detail = { wave: no, mails: released?.mails ?? 0 }
  await record(tx, {
    kind: 'mail.wave_released',
    actor: ACTOR,
    subject: `sweep:${sweepId}`,
    detail,
  })
}

async function canaryOf(tx: Tx, sweepId: string, most: number): Promise<bigint[]> {
  const combinations = await store.combinationsOf(tx, sweepId)
  return chooseCanary(combinations, await store.headOf(tx, sweepId, most), most)
}

async function end(tx: Tx, { taken, stored }: Acting, no: number): Promise<void> {
  const { sweepId, seeds } = taken
  await store.endWave(tx, sweepId, no)
  const wave = stored.find((each) => each.no === no)
  if (!wave || seeds.length === 0) return
  const mails = seedMails(seeds, no, await store.purposesOf(tx, sweepId, wave))
  await insertSeeds(tx, { sweepId, no }, mails)
}

async function verify(tx: Tx, { taken, run }: Acting, no: number): Promise<void> {
  const { sweepId } = taken
  await store.verifyWave(tx, sweepId, no)
  const wave = run.waves.find((each) => each.no === no)
  const detail = { wave: no, seeds: wave?.seeds.good ?? 0, bounces: wave?.bounces ?? 0 }
  await record(tx, {
    kind: 'mail.wave_verified',
    actor: ACTOR,
    subject: `sweep:${sweepId}`,
    detail,
  })
}

/** Closes the valve of this sweep. Two people open it again, by the rules of every valve. */
async function stop(tx: Tx, acting: Acting, { no, reason }: Step & { kind: 'stop' }) {
  const { sweepId } = acting.taken
  if (no === null) await store.adoptMailer(tx, sweepId, acting.mailRevision)
  else await store.stopWave(tx, sweepId, no, reason)
  await stopMail(tx, sweepId, { reason, wave: no })
}

/**
 * Stops the mail of one sweep for a reason that people understand, in the transaction that saw it.
 * Returns false when its valve was closed already.
 */
export async function stopMail(
  tx: Tx,
  sweepId: string,
  { reason, wave = null }: { reason: string; wave?: number | null },
): Promise<boolean> {
  const [stopped] = await stopScopes(tx, [{ scope: `sweep:${sweepId}`, reason }])
  if (stopped === undefined) return false
  const detail = { reason, wave }
  await record(tx, { kind: 'mail.stopped', actor: ACTOR, subject: `sweep:${sweepId}`, detail })
  return true
}

/** Stops the mail of every running sweep: the mail server refuses us, and will until people act. */
export const stopAll = (deps: { db: Db }, reason: string): Promise<number> =>
  inTx(deps.db, async (tx) => {
    let stopped = 0
    for (const sweepId of await store.activeRuns(tx)) {
      if (await stopMail(tx, sweepId, { reason })) stopped += 1
    }
    return stopped
  })

/** How the mail of a sweep is held back, for whoever watches it. */
export type HeldBack = { mails: number; stopped: string | null }

/** Mails that wait for their wave, and why the sweep's mail is stopped, if it is. */
export const heldBack = (tx: Tx, sweepId: string): Promise<HeldBack> => store.heldBack(tx, sweepId)
