import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Db } from '../../platform/db.js'
import { type Proof, proveAlive } from '../../platform/liveness.js'
import type { Log } from '../../platform/log.js'
import { coalesce } from '../coalesce.js'
import * as store from '../store.js'
import { watchValve } from '../valve/jobs.js'
import { type Leaving, maySend, STALE_AFTER_MS } from '../valve.js'
import { type Outcome, released } from './outcome.js'
import { type HeldMail, type OnUndeliverable, recordOutcomes } from './service.js'

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
  mayLeave(mail: Leaving): boolean
  /** Whether the final dot of this mail may be written, committed before it answers. */
  stamp(mail: Leaving & { no: bigint }): Promise<boolean>
  /** Records the end of a mail, together with whatever else ended meanwhile. */
  finish(outcome: Outcome): Promise<void>
  /** Gives mails back that were not tried. */
  giveBack(mails: readonly HeldMail[]): Promise<void>
  release(): Promise<void>
}

type HoldTerms = {
  owner: string
  signal: AbortSignal
  /** Told after each look at the valves which lanes wait. */
  onLook: (paused: readonly string[]) => void
}

const RENEW_MS = 15_000
/**
 * What ends together is recorded together; the rest gathers while a statement is under way. Every
 * connection waits this long twice per mail: at 5 ms that, and not the work, was the limit.
 */
const GATHER_MS = 1
const RECORD_WAITS_MS = [100, 500, 2_000, 5_000]

export async function takeHold(
  deps: HoldDeps,
  { owner, signal, onLook }: HoldTerms,
): Promise<Hold> {
  const proof = await proveAlive(deps.pool, owner)
  const inHand = new Set<bigint>()
  const counts: Counts = { accepted: 0, deferred: 0, rejected: 0, unknown: 0 }
  const valve = await watchValve(proof, onLook).catch(async (error) => {
    await proof.end()
    throw error
  })
  let isTripped = false // the valve is about to be closed: do not wait until that can be read
  const tripped = new Set<string>() // the same for the valves of sweeps
  const mayProceed = (mail?: Leaving) =>
    !isTripped &&
    !signal.aborted &&
    !(mail && tripped.has(mail.sweepId)) &&
    maySend(valve.reading(), performance.now(), mail)

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

  const finish: Hold['finish'] = (outcome) => {
    isTripped ||= outcome.stop !== null
    if (outcome.closesSweep) tripped.add(outcome.closesSweep.sweepId)
    return recordMany(outcome)
  }
  return {
    owner,
    counts,
    session: proof,
    add: (mails) => {
      for (const { no } of mails) inHand.add(no)
    },
    maySend: () => mayProceed(),
    mayLeave: mayProceed,
    // Asked again at the end: what closed since then leaves a stamp without a dot, which is given back.
    stamp: async (mail) => mayProceed(mail) && (await stampMany(mail.no)) && mayProceed(mail),
    finish,
    giveBack: async (mails) => {
      await Promise.all(mails.map((mail) => finish(released(mail))))
    },
    release: async () => {
      clearInterval(renewing)
      await valve.stop()
      await proof.end()
    },
  }
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
