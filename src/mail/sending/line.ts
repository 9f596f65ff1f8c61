/** A mail with the moment at which it may leave, on this process's monotonic clock. */
export type Slotted = { no: bigint; lane: string; dueAtMs: number }

type Lane<Mail> = {
  mails: Mail[]
  busy: number
  places: number
  /** When the last one left, and when it might have. */
  startedAtMs: number
  slotAtMs: number
}

export type Line<Mail extends Slotted> = {
  add(mails: readonly Mail[]): void
  /** Returns a mail that was taken and not sent. */
  putBack(mail: Mail): void
  /** The next mail whose moment has come, or how long until one's comes; undefined when none can. */
  take(nowMs: number): { mail: Mail } | { waitMs: number } | undefined
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

/**
 * Of two mails of a lane the second keeps nine tenths of its distance from the first even when that
 * one was late, so that lost time is never made up for in a burst that the lane forbids.
 */
const KEPT_DISTANCE = 0.9

/** Claimed mails by lane, each in the order of its slots. */
export function createLine<Mail extends Slotted>(): Line<Mail> {
  const lanes = new Map<string, Lane<Mail>>()
  const laneOf = (name: string): Lane<Mail> => {
    const known = lanes.get(name)
    if (known) return known
    const made: Lane<Mail> = {
      mails: [],
      busy: 0,
      places: 0,
      startedAtMs: Number.NEGATIVE_INFINITY,
      slotAtMs: Number.NEGATIVE_INFINITY,
    }
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
      if (next.atMs > nowMs) return { waitMs: next.atMs - nowMs }
      const mail = next.lane.mails.shift() as Mail
      next.lane.busy += 1
      next.lane.startedAtMs = nowMs
      next.lane.slotAtMs = mail.dueAtMs
      return { mail }
    },
    done: ({ lane }) => {
      laneOf(lane).busy -= 1
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

function soonest<Mail extends Slotted>(lanes: Iterable<Lane<Mail>>) {
  let found: { lane: Lane<Mail>; atMs: number } | undefined
  for (const lane of lanes) {
    const [mail] = lane.mails
    if (mail === undefined || lane.busy >= lane.places) continue
    const distance = Math.max(0, mail.dueAtMs - lane.slotAtMs)
    const atMs = Math.max(mail.dueAtMs, lane.startedAtMs + KEPT_DISTANCE * distance)
    if (found === undefined || atMs < found.atMs) found = { lane, atMs }
  }
  return found
}
