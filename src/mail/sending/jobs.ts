import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Db } from '../../platform/db.js'
import { type Proof, proveAlive } from '../../platform/liveness.js'
import type { Log } from '../../platform/log.js'
import { coalesce } from '../coalesce.js'
import * as store from '../store.js'
import { maySend, STALE_AFTER_MS, type ValveState } from '../valve.js'
import { type Outcome, released } from './outcome.js'
import { type HeldMail, type OnUndeliverable, recordOutcomes } from './service.js'
import { readSwitches } from './store.js'

type HoldDeps = { db: Db; pool: pg.Pool; log: Log; onUndeliverable: OnUndeliverable }
type Counts = { accepted: number; deferred: number; rejected: number; unknown: number }

/** One sender's hold on the mails it claimed: their leases, stamps and ends, and the valve. */
export type Hold = {
  owner: string
  counts: Counts
  /** The session whose end proves that this sender is gone. */
  session: Proof
  add(mails: readonly { no: bigint }[]): void
  /** Valve open by a reading fresh enough, and nobody asked to stop. */
  maySend(): boolean
  /** The same for this mail: the valves of its sweep and its lane are open too. */
  mayLeave(mail: Pick<HeldMail, 'sweepId' | 'lane'>): boolean
  /** Whether the final dot of this mail may be written, committed before it answers. */
  stamp(mailNo: bigint): Promise<boolean>
  /** Records the end of a mail, together with whatever else ended meanwhile. */
  finish(outcome: Outcome): Promise<void>
  /** Gives mails back that were not tried. */
  giveBack(mails: readonly HeldMail[]): Promise<void>
  release(): Promise<void>
}

type HoldTerms = {
  owner: string
  signal: AbortSignal
  /** Told after each look at the switches which lanes wait. */
  onLook: (paused: readonly string[]) => void
}

const VALVE_POLL_MS = 250
const RENEW_MS = 15_000
/** Statements for a handful of mails each cost the database and this process a fraction. */
const GATHER_MS = 5
const RECORD_WAITS_MS = [100, 500, 2_000, 5_000]

export async function takeHold(
  deps: HoldDeps,
  { owner, signal, onLook }: HoldTerms,
): Promise<Hold> {
  const proof = await proveAlive(deps.pool, owner)
  const inHand = new Set<bigint>()
  const counts: Counts = { accepted: 0, deferred: 0, rejected: 0, unknown: 0 }
  const valve = watchSwitches(deps.db, onLook)
  let isTripped = false // the valve is about to be closed: do not wait until that can be read
  const tripped = new Set<string>() // the same for valves of sweeps
  const mayProceed = () => {
    const { state, readAtMs } = valve.reading()
    const reading = state === null ? undefined : { state, readAtMs }
    return !isTripped && !signal.aborted && maySend(reading, performance.now())
  }
  const isShut = (scope: string) => tripped.has(scope) || valve.reading().closed.includes(scope)

  const stampMany = coalesce(async (mailNos: readonly bigint[]) => {
    const askedAtMs = performance.now()
    const stamped = new Set(await store.stampBody(deps.db, mailNos, owner))
    if (stamped.size < mailNos.length) await valve.read()
    const isLate = performance.now() - askedAtMs > STALE_AFTER_MS
    return mailNos.map((mailNo) => stamped.has(mailNo) && !isLate)
  }, GATHER_MS)
  const recordMany = coalesce(async (outcomes: readonly Outcome[]) => {
    const finished = await recordPatiently(deps, outcomes, owner)
    tally(counts, outcomes, finished)
    for (const { no } of outcomes) inHand.delete(no)
    return outcomes.map(() => undefined)
  }, GATHER_MS)
  const renewing = setInterval(() => {
    if (inHand.size > 0) store.renew(deps.db, [...inHand], owner).catch(() => undefined)
  }, RENEW_MS)

  await valve.read()
  const finish: Hold['finish'] = (outcome) => {
    isTripped ||= outcome.stop !== null
    if (outcome.closesSweep) tripped.add(`sweep:${outcome.closesSweep.sweepId}`)
    return recordMany(outcome)
  }
  return {
    owner,
    counts,
    session: proof,
    add: (mails) => {
      for (const { no } of mails) inHand.add(no)
    },
    maySend: mayProceed,
    mayLeave: ({ sweepId, lane }) =>
      mayProceed() && !isShut(`sweep:${sweepId}`) && !isShut(`lane:${lane}`),
    stamp: async (mailNo) =>
      mayProceed() && (await stampMany(mailNo)) && !isTripped && !signal.aborted,
    finish,
    giveBack: async (mails) => {
      await Promise.all(mails.map((mail) => finish(released(mail))))
    },
    release: async () => {
      clearInterval(renewing)
      valve.stop()
      await proof.end()
    },
  }
}

/** Keeps a fresh reading of all valves. When they cannot be read, the last reading grows stale. */
function watchSwitches(db: Db, onLook: HoldTerms['onLook']) {
  let latest: Reading = { state: null, closed: [], readAtMs: Number.NEGATIVE_INFINITY }
  let reading: Promise<void> | undefined
  const readOnce = async () => {
    const readAtMs = performance.now()
    const stored = await readSwitches(db).catch(() => undefined)
    if (stored) latest = { state: stored.state, closed: stored.closed, readAtMs }
    reading = undefined
    onLook(stored?.paused ?? [])
  }
  const read = () => {
    reading ??= readOnce()
    return reading
  }
  const polling = setInterval(() => void read(), VALVE_POLL_MS)
  return { read, reading: () => latest, stop: () => clearInterval(polling) }
}

type Reading = { state: ValveState | null; closed: readonly string[]; readAtMs: number }

/**
 * Tries for some seconds. What cannot be recorded then is settled when its lease runs out: staged
 * again where no dot was allowed, `unknown` otherwise.
 */
async function recordPatiently(
  deps: HoldDeps,
  outcomes: readonly Outcome[],
  owner: string,
): Promise<store.FinishedMail[]> {
  for (const waitMs of [...RECORD_WAITS_MS, undefined]) {
    try {
      return await recordOutcomes(deps, outcomes, owner)
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown'
      deps.log.error('mail.not_recorded', { mails: outcomes.length, error: name })
      if (waitMs !== undefined) await pause(waitMs)
    }
  }
  return []
}

function tally(
  counts: Counts,
  outcomes: readonly Outcome[],
  finished: readonly store.FinishedMail[],
): void {
  const tried = new Set(outcomes.flatMap(({ no, counts: wasTried }) => (wasTried ? [no] : [])))
  for (const { no, status } of finished) {
    if (status === 'staged' && tried.has(no)) counts.deferred += 1
    if (status === 'accepted' || status === 'rejected' || status === 'unknown') counts[status] += 1
  }
}
