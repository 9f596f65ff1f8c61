import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Db } from '../../platform/db.js'
import { proveAlive } from '../../platform/liveness.js'
import type { Log } from '../../platform/log.js'
import { coalesce } from '../coalesce.js'
import * as store from '../store.js'
import { readValve } from '../valve/store.js'
import { maySend, STALE_AFTER_MS, type ValveReading } from '../valve.js'
import type { Outcome } from './outcome.js'
import { type OnUndeliverable, recordOutcomes } from './service.js'

type HoldDeps = { db: Db; pool: pg.Pool; log: Log; onUndeliverable: OnUndeliverable }
type Counts = { accepted: number; deferred: number; rejected: number; unknown: number }

/** One sender's hold on the mails it claimed: their leases, stamps and ends, and the valve. */
export type Hold = {
  owner: string
  counts: Counts
  add(mails: readonly { no: bigint }[]): void
  /** Valve open by a reading fresh enough, and nobody asked to stop. */
  maySend(): boolean
  /** Whether the final dot of this mail may be written, committed before it answers. */
  stamp(mailNo: bigint): Promise<boolean>
  /** Records the end of a mail, together with whatever else ended meanwhile. */
  finish(outcome: Outcome): Promise<void>
  release(): Promise<void>
}

const VALVE_POLL_MS = 250
const RENEW_MS = 15_000
/** Statements for a handful of mails each cost the database and this process a fraction. */
const GATHER_MS = 5
const RECORD_WAITS_MS = [100, 500, 2_000, 5_000]

export async function takeHold(deps: HoldDeps, owner: string, signal: AbortSignal): Promise<Hold> {
  const proof = await proveAlive(deps.pool, owner)
  const inHand = new Set<bigint>()
  const counts: Counts = { accepted: 0, deferred: 0, rejected: 0, unknown: 0 }
  const valve = watchValve(deps.db)
  let isTripped = false // the valve is about to be closed: do not wait until that can be read
  const mayProceed = () =>
    !isTripped && !signal.aborted && maySend(valve.reading(), performance.now())

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
  return {
    owner,
    counts,
    add: (mails) => {
      for (const { no } of mails) inHand.add(no)
    },
    maySend: mayProceed,
    stamp: async (mailNo) =>
      mayProceed() && (await stampMany(mailNo)) && !isTripped && !signal.aborted,
    finish: (outcome) => {
      isTripped ||= outcome.stop !== null
      return recordMany(outcome)
    },
    release: async () => {
      clearInterval(renewing)
      valve.stop()
      await proof.end()
    },
  }
}

/** Keeps a fresh reading of the valve. When it cannot be read, the last reading grows stale. */
function watchValve(db: Db) {
  let latest: ValveReading | undefined
  let reading: Promise<void> | undefined
  const readOnce = async () => {
    const readAtMs = performance.now()
    const stored = await readValve(db).catch(() => undefined)
    if (stored) latest = { state: stored.state, readAtMs }
    reading = undefined
  }
  const read = () => {
    reading ??= readOnce()
    return reading
  }
  const polling = setInterval(() => void read(), VALVE_POLL_MS)
  return { read, reading: () => latest, stop: () => clearInterval(polling) }
}

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
