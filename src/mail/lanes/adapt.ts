/** How fast a lane goes, and what it remembers of its provider's complaints. Times in milliseconds. */
export type LaneState = {
  rate: number
  rateCap: number
  connections: number
  connectionsCap: number
  /** Accepted in a row since `changedAtMs`. */
  clean: number
  changedAtMs: number
  pausedUntilMs: number
  /** The rate of the last complaint. Until `hurtUntilMs` the lane keeps below it. */
  hurtRate: number | null
  hurtUntilMs: number
  /** The highest rate that was clean for a while since then. */
  provenRate: number | null
  /** Complaints since a rate was last proven. */
  strikes: number
}

/** What the provider said about one lane since it was last looked at. */
export type Seen = {
  accepted: number
  throttled: number
  /** Of those, how many were about connections, not about messages. */
  crowded: number
  /** The longest pause that a rule or the server's own words ask for; zero when none does. */
  pauseSeconds: number
  /** The reason of a block of our reputation: the lane stops for long. */
  blocked: string | null
}

/** A rate is proven by the messages of this many seconds, and by at least so many. */
const PROOF_SECONDS = 2
const PROOF_AT_LEAST = 5
/** The messages must have come at a third of the rate at least: idling proves nothing. */
const PROOF_TIMES = 3
const GROWTH = 1.1
/** After a complaint about a rate just above a proven one: the limit is near. */
const GENTLE = 0.9
/** After a complaint out of nowhere, or one right after another. */
const HARD = 0.5
const KEEP_BELOW = 0.95
const KEEP_SECONDS = 12
const NEAR = 0.8
const SLOWEST = 1 / 60
const LONGEST_PAUSE_SECONDS = 15 * 60
const BLOCK_SECONDS = 60 * 60

/**
 * Additive-increase/multiplicative-decrease alone swings between half the limit and all of it. So a
 * lane remembers: a complaint halves the rate, unless a rate close below was proven clean; then the
 * limit is near and a small step back is enough. It grows by a tenth per proof, stays just below
 * the rate that hurt, and only after a while tries whether that limit still stands. A complaint
 * while the lane pauses is an echo of the same one. Never above the caps.
 */
export function adapt(lane: LaneState, seen: Seen, nowMs: number): LaneState {
  if (seen.blocked !== null) return stopped(lane, seen, nowMs)
  if (seen.throttled > 0) return slowed(lane, seen, nowMs)
  return seen.accepted > 0 ? grown(lane, seen.accepted, nowMs) : lane
}

/** A block says nothing about the rate. */
function stopped(lane: LaneState, { pauseSeconds }: Seen, nowMs: number): LaneState {
  const until = nowMs + (pauseSeconds || BLOCK_SECONDS) * 1_000
  return {
    ...lane,
    clean: 0,
    changedAtMs: until,
    pausedUntilMs: Math.max(lane.pausedUntilMs, until),
  }
}

function slowed(lane: LaneState, seen: Seen, nowMs: number): LaneState {
  const isEcho = lane.pausedUntilMs > nowMs
  const strikes = isEcho ? lane.strikes : lane.strikes + 1
  const pauseSeconds = Math.max(seen.pauseSeconds, isEcho ? 0 : pauseAfter(strikes))
  const pausedUntilMs = Math.max(lane.pausedUntilMs, nowMs + pauseSeconds * 1_000)
  const paused = { ...lane, strikes, pausedUntilMs, clean: 0, changedAtMs: pausedUntilMs }
  if (isEcho) return paused
  const isOnlyCrowded = seen.crowded === seen.throttled
  if (isOnlyCrowded) return { ...paused, connections: halfOf(lane.connections), provenRate: null }
  const isNear = lane.provenRate !== null && lane.provenRate >= NEAR * lane.rate
  return {
    ...paused,
    rate: Math.max(Math.min(SLOWEST, lane.rateCap), lane.rate * (isNear ? GENTLE : HARD)),
    connections: isNear ? lane.connections : halfOf(lane.connections),
    hurtRate: lane.rate,
    hurtUntilMs: pausedUntilMs + Math.max(KEEP_SECONDS, 10 * pauseSeconds) * 1_000,
    provenRate: null,
  }
}

/** Doubling from half a second, in which mails that were under way come back. */
const pauseAfter = (strikes: number) =>
  Math.min(2 ** Math.min(strikes - 2, 20), LONGEST_PAUSE_SECONDS)

const halfOf = (connections: number) => Math.max(1, Math.floor(connections / 2))

function grown(lane: LaneState, accepted: number, nowMs: number): LaneState {
  if (lane.pausedUntilMs > nowMs) return lane
  const clean = lane.clean + accepted
  const wanted = Math.max(PROOF_AT_LEAST, Math.ceil(lane.rate * PROOF_SECONDS))
  if (clean < wanted) return { ...lane, clean }
  const tookSeconds = (nowMs - lane.changedAtMs) / 1_000
  const counted = { ...lane, clean: 0, changedAtMs: nowMs }
  if (tookSeconds > (PROOF_TIMES * wanted) / lane.rate) return counted
  const isKept = lane.hurtRate !== null && lane.hurtUntilMs > nowMs
  const ceiling = isKept ? KEEP_BELOW * (lane.hurtRate ?? 0) : lane.rateCap
  return {
    ...counted,
    rate: Math.max(lane.rate, Math.min(lane.rateCap, ceiling, lane.rate * GROWTH)),
    connections: Math.min(lane.connectionsCap, lane.connections + 1),
    hurtRate: isKept ? lane.hurtRate : null,
    provenRate: lane.rate,
    strikes: 0,
  }
}
