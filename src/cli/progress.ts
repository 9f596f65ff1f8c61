import { setTimeout as pause } from 'node:timers/promises'
import type { App } from '../app.js'
import { mailCounts, valveState } from '../mail/service.js'
import { heldBack } from '../mail/waves/service.js'
import { sweepProgress } from '../sweeps/running/service.js'
import { startProgress } from './terminal.js'

const LOOK_EVERY_MS = 150
const STUCK_AFTER_MS = 20_000
const REFUSED_AFTER_MS = 3_000

/** Shows a running sweep until it is no longer running; returns the status it ended in. */
export async function watchSweep(app: App, sweepId: string, quiet: boolean): Promise<string> {
  const first = await sweepProgress(app.db, sweepId)
  const progress = startProgress('accounts', first.accounts, quiet)
  for (;;) {
    const seen = await sweepProgress(app.db, sweepId)
    progress.update(seen.accountsDone, seen.accounts, seen.holdsDone ? '' : 'holding value first')
    if (seen.status !== 'running') {
      progress.stop()
      return seen.status
    }
    await pause(LOOK_EVERY_MS)
  }
}

export type Waiting = {
  waiting: number
  because?: 'valve_closed' | 'deferred' | 'refused' | 'stopped'
  /** Why the mail of this sweep was stopped. */
  reason?: string
}

/**
 * Shows the sweep's mails leaving until none is left to send; returns how many still wait, and why.
 * `isRefused` tells whether the mail server takes nothing at the moment.
 */
export async function watchMail(
  app: App,
  sweepId: string,
  quiet: boolean,
  isRefused = () => false,
): Promise<Waiting> {
  const counts = await mailCounts(app.db, sweepId)
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  if (total === 0) return { waiting: 0 }
  const progress = startProgress('mails', total, quiet)
  try {
    return await untilSent(app, sweepId, isRefused, (done, note) =>
      progress.update(done, undefined, note),
    )
  } finally {
    progress.stop()
  }
}

async function untilSent(
  app: App,
  sweepId: string,
  isRefused: () => boolean,
  onDone: (done: number, note: string) => void,
): Promise<Waiting> {
  let last = { waiting: Number.POSITIVE_INFINITY, at: performance.now() }
  for (;;) {
    const seen = await lookAtMail(app, sweepId)
    const { waiting, isWatching } = seen
    onDone(seen.done, isWatching ? 'watching the first ones' : '')
    if (waiting === 0) return { waiting }
    if (seen.closed) return seen.closed
    if (waiting < last.waiting || isWatching) last = { waiting, at: performance.now() }
    const stuckMs = performance.now() - last.at
    if (isRefused() && stuckMs > REFUSED_AFTER_MS) return { waiting, because: 'refused' }
    if (stuckMs > STUCK_AFTER_MS) return { waiting, because: 'deferred' }
    await pause(LOOK_EVERY_MS)
  }
}

type MailSeen = { done: number; waiting: number; isWatching: boolean; closed: Waiting | undefined }

async function lookAtMail(app: App, sweepId: string): Promise<MailSeen> {
  const counts = await mailCounts(app.db, sweepId)
  const held = await heldBack(app.db, sweepId)
  const waiting = counts.staged + counts.sending
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const isClosed = counts.sending === 0 && (await valveState(app.db)).state === 'closed'
  const isStopped = counts.sending === 0 && held.stopped !== null
  return {
    done: all - waiting,
    waiting,
    // What waits for its wave is not stuck: the mails before it are being watched.
    isWatching: held.mails > 0 && held.mails === waiting,
    closed: isClosed
      ? { waiting, because: 'valve_closed' }
      : isStopped
        ? { waiting, because: 'stopped', reason: held.stopped ?? '' }
        : undefined,
  }
}
