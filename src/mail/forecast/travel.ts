import type { WavesPolicy } from '../waves/policy.js'
import { type Dice, happenings } from './random.js'

const { max } = Math // by name, because it is asked for millions of times

/** Lanes as arrays, one place each: thousands of them are looked at again and again. */
export type Travelling = {
  mails: Float64Array
  /** The share of its mails that a lane puts off, each time they are tried. */
  deferral: Float64Array
  /** Seconds that each lane needs for all its mails if it is alone. */
  alone: Float64Array
  /** Seconds after which the relay is done with every lane that is not slower by itself. */
  relay: number
  messageSeconds: number
  retrySeconds: readonly number[]
}

type Journey = { sizes: readonly number[]; waves: WavesPolicy; dice: Dice }

/** What one run draws, and how far each lane is in it. */
type Run = {
  lanes: Travelling
  dice: Dice
  /** Seconds for all mails of the lane in this run. */
  pace: Float64Array
  /** Where its last mail stands among all of the plan, from 0 to 1. */
  lastPlace: Float64Array
  begunAt: Float64Array
  busyUntil: Float64Array
  endsAt: Float64Array
}

/** A wave: it leaves at `startsAt` with the mails between two places of the plan's order. */
type Leg = { startsAt: number; from: number; until: number; isLast: boolean }

/**
 * One run: the second at which each lane's last mail is accepted. A wave leaves when the one before
 * is over: all of it answered for, or patience at its end with half of it answered for.
 */
export function travel(lanes: Travelling, { sizes, waves, dice }: Journey): Float64Array {
  const run = newRun(lanes, dice)
  const mails = sizes.reduce((sum, size) => sum + size, 0)
  let startsAt = 0
  let before = 0
  for (const [no, size] of sizes.entries()) {
    const from = before / mails
    before += size
    const leg = { startsAt, from, until: before / mails, isLast: no === sizes.length - 1 }
    const settledAt = sendWave(run, leg)
    const overAt = overOf(run, leg, { settledAt, patienceSeconds: waves.patienceSeconds })
    startsAt = overAt + (no === 0 ? waves.holdSeconds : 0)
  }
  return run.endsAt
}

/** How much slower a lane becomes that throttles: its rate is halved at times and climbs back. */
const SLOWED_BY = 2

function newRun(lanes: Travelling, dice: Dice): Run {
  const blank = () => new Float64Array(lanes.mails.length)
  const pace = lanes.alone.map((alone, lane) => {
    const slowed = 1 + SLOWED_BY * (lanes.deferral[lane] ?? 0) * dice()
    return max(alone * slowed, lanes.relay)
  })
  const lastPlace = lanes.mails.map((mails) => dice() ** (1 / mails))
  return { lanes, dice, pace, lastPlace, begunAt: blank(), busyUntil: blank(), endsAt: blank() }
}

/** Sends a wave over every lane, each behind what it still has; returns when the last is settled. */
function sendWave(run: Run, leg: Leg): number {
  let settledAt = leg.startsAt
  for (let lane = 0; lane < run.pace.length; lane += 1) {
    settledAt = max(settledAt, sendOver(run, leg, lane))
  }
  return settledAt
}

/** Returns when all that the lane has of the wave is settled, and keeps when its last mail is. */
function sendOver(run: Run, leg: Leg, lane: number): number {
  const { lanes, begunAt, busyUntil, endsAt } = run
  const share = leg.until - leg.from
  const begin = max(busyUntil[lane] ?? 0, leg.startsAt)
  const takes = share * (run.pace[lane] ?? 0)
  begunAt[lane] = begin
  busyUntil[lane] = begin + takes
  const expected = share * (lanes.mails[lane] ?? 0) * (lanes.deferral[lane] ?? 0)
  const putOff = happenings(expected, run.dice)
  const retried = putOff === 0 ? 0 : lastRetry(run, lane, { begin, takes, putOff })
  const inside = insideOf(leg, run.lastPlace[lane] ?? 1)
  const last = inside < 0 ? 0 : begin + inside * takes + lanes.messageSeconds
  endsAt[lane] = max(endsAt[lane] ?? 0, max(last, retried))
  return max(retried, begin + takes + lanes.messageSeconds)
}

/** How far into the wave a place is, from 0 to 1; below 0 where it is in another wave. */
function insideOf({ from, until, isLast }: Leg, place: number): number {
  if (place <= from || (place > until && !isLast)) return -1
  return (place - from) / (until - from)
}

type Sent = { begin: number; takes: number; putOff: number }

/** When the last mail of those that were put off is accepted. */
function lastRetry({ lanes, dice }: Run, lane: number, sent: Sent): number {
  const { begin, takes } = sent
  const deferral = lanes.deferral[lane] ?? 0
  let { putOff } = sent
  let waited = 0
  let last = 0
  for (const seconds of lanes.retrySeconds) {
    if (putOff === 0) break
    waited += seconds
    last = max(last, begin + takes * dice() ** (1 / putOff) + waited + lanes.messageSeconds)
    putOff = happenings(putOff * deferral, dice)
  }
  return last
}

type Settling = { settledAt: number; patienceSeconds: number }

/** When the wave does not hold up the next one any more. */
function overOf(run: Run, leg: Leg, { settledAt, patienceSeconds }: Settling): number {
  const impatientAt = leg.startsAt + patienceSeconds
  if (settledAt <= impatientAt) return settledAt
  if (isHalfAnswered(run, leg, impatientAt)) return impatientAt
  let [early, late] = [impatientAt, settledAt]
  for (let halving = 0; halving < 20; halving += 1) {
    const middle = (early + late) / 2
    if (isHalfAnswered(run, leg, middle)) late = middle
    else early = middle
  }
  return late
}

function isHalfAnswered({ lanes, pace, begunAt }: Run, { from, until }: Leg, at: number): boolean {
  const share = until - from
  let answered = 0
  let all = 0
  for (let lane = 0; lane < pace.length; lane += 1) {
    const mails = lanes.mails[lane] ?? 0
    const since = at - (begunAt[lane] ?? 0)
    const isThrough = since >= share * (pace[lane] ?? 0)
    all += mails * share
    if (isThrough) answered += mails * share
    else if (since > 0) answered += (mails * since) / (pace[lane] ?? 1)
  }
  return answered >= all / 2
}

/**
 * How long the relay is busy with the lanes that are not slower by themselves: the shortest time in
 * which it could take, at its rate, what every lane would have sent by then.
 */
export function relaySeconds(
  mails: readonly number[],
  alone: readonly number[],
  relayRate: number,
): number {
  const lanes = mails
    .map((count, lane) => ({ count, seconds: alone[lane] ?? 0 }))
    .sort((left, right) => left.seconds - right.seconds)
  let stillRate = lanes.reduce((sum, { count, seconds }) => sum + count / seconds, 0)
  if (stillRate <= relayRate) return 0
  let through = 0
  for (const [index, { count, seconds }] of lanes.entries()) {
    through += count
    stillRate -= count / seconds
    const next = lanes[index + 1]?.seconds ?? Number.POSITIVE_INFINITY
    if (stillRate >= relayRate) continue
    const busy = through / (relayRate - stillRate)
    if (busy <= next) return max(busy, seconds)
  }
  return through / relayRate
}
