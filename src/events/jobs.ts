import { setTimeout as pause } from 'node:timers/promises'
import { type Loop, startLoop } from '../platform/loop.js'
import { claimFlights, type DeliveryDeps, type Flight, fly } from './delivering/service.js'
import { fanOut } from './fanning/service.js'
import { tidyDeliveries } from './service.js'

/** So many at once: enough for a busy receiver, and a slow one holds an eighth of them. */
const PER_ENDPOINT = 8
const IN_TOTAL = 64
const LOOK_AGAIN_MS = 250
const GRACE_MS = 4_000

export type DeliveryCounts = { accepted: number; retry: number; dead: number; cut: number }

/**
 * Sends everything that is due until nothing is, or `signal` aborts; then what is in flight has four
 * seconds to end before it is cut off and given back. Any number of processes may do this at once.
 */
export async function deliverDue(
  deps: DeliveryDeps,
  signal: AbortSignal = new AbortController().signal,
): Promise<DeliveryCounts> {
  const air = openAir(deps)
  signal.addEventListener('abort', air.wake, { once: true })
  try {
    while (!signal.aborted && !air.hasFailed()) {
      const wasEmpty = air.flying.size === 0
      const hasRoom = air.flying.size < IN_TOTAL
      const flights = hasRoom ? await claimFlights(deps, air.room()) : []
      for (const flight of flights) air.start(flight)
      // Only with nothing in the air is "nothing to claim" the end: what flew took room.
      if (wasEmpty && flights.length === 0) break
      if (air.flying.size > 0) await air.landing(hasRoom)
    }
  } finally {
    signal.removeEventListener('abort', air.wake)
    await air.empty()
  }
  return air.counts
}

/** What is in flight in this process. */
function openAir(deps: DeliveryDeps) {
  const flying = new Map<Promise<void>, number>()
  const counts: DeliveryCounts = { accepted: 0, retry: 0, dead: 0, cut: 0 }
  const cut = new AbortController()
  const failures: unknown[] = []
  const struggling = new Set<number>()
  let wake: () => void = () => undefined
  const send = async (flight: Flight) => {
    const came = await fly(deps, flight, cut.signal)
    counts[came === 'gone' ? 'dead' : came] += 1
    if (came === 'accepted') struggling.delete(flight.endpointNo)
    else if (came !== 'cut') struggling.add(flight.endpointNo)
  }
  /** Who failed last counts as almost full: one at a time, after all others, until one is accepted. */
  const perEndpoint = () => {
    const flights = new Map([...struggling].map((no) => [no, PER_ENDPOINT - 1]))
    for (const no of flying.values()) flights.set(no, (flights.get(no) ?? 0) + 1)
    return flights
  }
  return {
    counts,
    flying,
    wake: () => wake(),
    hasFailed: () => failures.length > 0,
    room: () => ({
      flying: perEndpoint(),
      perEndpoint: PER_ENDPOINT,
      inTotal: IN_TOTAL - flying.size,
    }),
    start(flight: Flight) {
      const running: Promise<void> = send(flight)
        .catch((error: unknown) => void failures.push(error))
        .then(() => {
          flying.delete(running)
          wake()
        })
      flying.set(running, flight.endpointNo)
    },
    /** Resolves when something landed or the loop is to stop; with room left also soon. */
    async landing(hasRoom: boolean): Promise<void> {
      const timer = hasRoom ? setTimeout(() => wake(), LOOK_AGAIN_MS) : undefined
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      clearTimeout(timer)
    },
    async empty(): Promise<void> {
      const all = Promise.all(flying.keys())
      const soon = new AbortController()
      await Promise.race([
        all,
        pause(GRACE_MS, undefined, { signal: soon.signal }).catch(() => undefined),
      ])
      soon.abort()
      cut.abort()
      await all
      if (failures.length > 0) throw failures[0]
    },
  }
}

const IDLE_MS = { fanning: 500, delivering: 1_000, tidying: 3_600_000 }

/** Fans out, delivers and forgets in this process until closed. */
export function startEvents(
  deps: DeliveryDeps,
  note: (event: string) => (error: unknown) => void,
): { close(): Promise<void> } {
  const stop = new AbortController()
  const delivering: Loop = startLoop(
    async () => {
      await deliverDue(deps, stop.signal)
      return false
    },
    { idleMs: IDLE_MS.delivering, onError: note('event.delivering_failed') },
  )
  const fanning = startLoop(
    async () => {
      const made = await fanOut(deps)
      if (made > 0) delivering.nudge()
      return made > 0
    },
    { idleMs: IDLE_MS.fanning, onError: note('event.fanning_failed') },
  )
  const tidying = startLoop(
    async () => {
      await tidyDeliveries(deps)
      return false
    },
    { idleMs: IDLE_MS.tidying, onError: note('event.tidying_failed') },
  )
  return {
    async close() {
      stop.abort()
      await Promise.all([tidying.close(), fanning.close()])
      await delivering.close()
    },
  }
}
