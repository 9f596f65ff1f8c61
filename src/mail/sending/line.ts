/** A mail with the moment at which it may leave, on this process's monotonic clock. */
export type Slotted = {
  no: bigint
  lane: string
  dueAtMs: number
  /** Between two slots of its lane. */
  intervalMs: number
}

type Lane<Mail> = {
  mails: Mail[]
  busy: number
  places: number
  /** The slot of the last one taken, and when the last one left. */
  slotAtMs: number
  startedAtMs: number
  /** How far behind the slot before it each mail that was taken and has not left must stay. */
  distances: Map<bigint, number>
}

export type Line<Mail extends Slotted> = {
  add(mails: readonly Mail[]): void
  /** Returns a mail that was taken and not sent. */
  putBack(mail: Mail): void
  /** The next mail whose slot is near, or how long until one's is; undefined when none can go. */
  take(nowMs: number): { mail: Mail } | { waitMs: number } | undefined
  /** What a mail that is ready does at this moment; `waitMs` is how long until it may leave. */
  start(mail: Mail, nowMs: number): 'leaves' | 'is_late' | { waitMs: number }
  /** Its lane has a place again. */
  done(mail: Mail): void
  /** How many mails of the lane may be under way at once. */
  allow(lane: string, places: number): void
  /** Takes all mails of a lane out. */
  drop(lane: string): Mail[]
  rest(): Mail[]
  waiting(lane: string): number
  /** Mails of the lane under way or due by then: as many places have work. */
  wanted(lane: string, byMs: number): number
  length(): number
  busy(): number
  lanes(): string[]
}

/** A mail is taken this long before its slot: then it is written, and its connection open, in time. */
const AHEAD_MS = 50
/**
 * Of two mails of a lane the second keeps nine tenths of its distance from the first even when that
 * one was late, so that lost time is never made up for in a burst that the lane forbids.
 */
const KEPT_DISTANCE = 0.9
/** Less than this cannot be waited: a timer would make a fast lane's mails wait for one another. */
const TICK_MS = 1
const NEVER = Number.NEGATIVE_INFINITY

/** Claimed mails by lane, each in the order of its slots. */
export function createLine<Mail extends Slotted>(): Line<Mail> {
  const lanes = new Map<string, Lane<Mail>>()
  const laneOf = (name: string): Lane<Mail> => {
    const known = lanes.get(name)
    if (known) return known
    const made = emptyLane<Mail>()
    lanes.set(name, made)
    return made
  }
  const sum = (count: (lane: Lane<Mail>) => number) =>
    [...lanes.values()].reduce((total, lane) => total + count(lane), 0)

  return {
    add: (mails) => {
      for (const mail of mails) laneOf(mail.lane).mails.push(mail)
    },
    putBack: (mail) => laneOf(mail.lane).mails.unshift(mail),
    take: (nowMs) => {
      const next = soonest(lanes.values())
      if (next === undefined) return undefined
      const aheadMs = next.mail.dueAtMs - AHEAD_MS - nowMs
      if (aheadMs > 0) return { waitMs: aheadMs }
      const { lane, mail } = next
      lane.mails.shift()
      lane.busy += 1
      const behindMs = lane.slotAtMs === NEVER ? 0 : Math.max(0, mail.dueAtMs - lane.slotAtMs)
      lane.distances.set(mail.no, Math.min(behindMs, mail.intervalMs))
      lane.slotAtMs = mail.dueAtMs
      return { mail }
    },
    start: (mail, nowMs) => {
      const lane = laneOf(mail.lane)
      const kept = KEPT_DISTANCE * (lane.distances.get(mail.no) ?? 0)
      const atMs = Math.max(mail.dueAtMs, lane.startedAtMs + kept)
      if (isLate(mail, Math.max(atMs, nowMs))) return 'is_late'
      if (atMs > nowMs + TICK_MS) return { waitMs: atMs - nowMs }
      lane.startedAtMs = Math.max(atMs, nowMs)
      lane.distances.delete(mail.no)
      return 'leaves'
    },
    done: ({ lane, no }) => {
      laneOf(lane).busy -= 1
      laneOf(lane).distances.delete(no)
    },
    allow: (lane, places) => {
      laneOf(lane).places = places
    },
    drop: (lane) => laneOf(lane).mails.splice(0),
    rest: () => [...lanes.values()].flatMap(({ mails }) => mails.splice(0)),
    waiting: (lane) => lanes.get(lane)?.mails.length ?? 0,
    wanted: (lane, byMs) => {
      const { mails = [], busy = 0 } = lanes.get(lane) ?? {}
      return busy + mails.filter(({ dueAtMs }) => dueAtMs <= byMs).length
    },
    length: () => sum(({ mails }) => mails.length),
    busy: () => sum(({ busy }) => busy),
    lanes: () => [...lanes.keys()],
  }
}

/** From here on a lane is slow: a stalled process is a burst there, and a mail given back costs little. */
const SLOW_INTERVAL_MS = 100

/**
 * A mail more than one interval behind its slot takes another one. So whatever happens to processes,
 * no second sees more than one mail above the rate of a slow lane.
 */
const isLate = ({ dueAtMs, intervalMs }: Slotted, nowMs: number) =>
  intervalMs >= SLOW_INTERVAL_MS && nowMs - dueAtMs > intervalMs

const emptyLane = <Mail>(): Lane<Mail> => ({
  mails: [],
  busy: 0,
  places: 0,
  slotAtMs: NEVER,
  startedAtMs: NEVER,
  distances: new Map(),
})

function soonest<Mail extends Slotted>(lanes: Iterable<Lane<Mail>>) {
  let found: { lane: Lane<Mail>; mail: Mail } | undefined
  for (const lane of lanes) {
    const [mail] = lane.mails
    if (mail === undefined || lane.busy >= lane.places) continue
    if (found === undefined || mail.dueAtMs < found.mail.dueAtMs) found = { lane, mail }
  }
  return found
}
