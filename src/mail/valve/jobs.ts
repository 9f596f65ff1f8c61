import type { Proof } from '../../platform/liveness.js'
import type { ValveReading } from '../valve.js'
import { readSwitches } from './store.js'

/** A fresh reading of all scopes, as long as the database can be asked. */
export type ValveWatch = {
  /** The last reading; it grows stale by itself, and there is none once the connection broke. */
  reading(): ValveReading | undefined
  /** Reads again now. */
  read(): Promise<void>
  stop(): Promise<void>
}

/** For what a notice did not reach, through a pooler say. */
const POLL_MS = 250
const CHANNEL = 'cordon_valve'

/**
 * Watches every scope of the valve on the connection that proves this sender alive: the two end
 * together, so that nobody sends whose mails others may already have settled. A notice that a scope
 * was closed counts at once, whatever a reading under way is going to say; that one was opened
 * counts when it has been read. `onLook` is told each time which lanes wait for their provider, and
 * that a look is over.
 */
export async function watchValve(
  proof: Proof,
  onLook: (paused: readonly string[]) => void = () => undefined,
): Promise<ValveWatch> {
  const watch = keepReading(proof, onLook)
  proof.onBroken(watch.forget)
  await proof.hear(CHANNEL, watch.heard)
  await watch.read()
  const polling = setInterval(() => void watch.read(), POLL_MS)
  return {
    reading: watch.reading,
    read: watch.read,
    stop: async () => {
      clearInterval(polling)
      await watch.settled()
    },
  }
}

function keepReading(proof: Proof, onLook: (paused: readonly string[]) => void) {
  let latest: ValveReading | undefined
  let isBroken = false
  let underWay: Promise<void> | undefined
  let isAskedAgain = false
  const closedMeanwhile = new Set<string>()

  const readOnce = async () => {
    closedMeanwhile.clear()
    const readAtMs = performance.now()
    const { closed, paused } = await readSwitches(proof)
    // The answer can be older than a notice that overtook it.
    if (!isBroken) latest = { closed: new Set([...closed, ...closedMeanwhile]), readAtMs }
    onLook(paused)
  }
  const readUntilAsked = async () => {
    do {
      isAskedAgain = false
      await readOnce().catch(() => undefined)
    } while (isAskedAgain)
    underWay = undefined
  }
  const read = () => {
    underWay ??= readUntilAsked()
    return underWay
  }
  const heard = (notice: string) => {
    const [state, scope] = [
      notice.slice(0, notice.indexOf(' ')),
      notice.slice(notice.indexOf(' ') + 1),
    ]
    if (state === 'closed') {
      closedMeanwhile.add(scope)
      if (latest) latest = { ...latest, closed: new Set([...latest.closed, scope]) }
    }
    isAskedAgain = true
    void read()
  }
  const forget = () => {
    isBroken = true
    latest = undefined
  }
  return { read, heard, forget, reading: () => latest, settled: async () => underWay }
}
