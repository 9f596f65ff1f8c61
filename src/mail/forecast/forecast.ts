import { sizeOf, type WavesPolicy } from '../waves/policy.js'
import { deferralShareOf } from './deferrals.js'
import { diceOf } from './random.js'
import { relaySeconds, type Travelling, travel } from './travel.js'

/** What a plan would send over one lane, and what the lane allows. */
export type LaneLoad = {
  lane: string
  mails: number
  /** Messages a second. */
  rate: number
  connections: number
  /** The share of the rate that mail of sweeps may take. */
  bulkShare: number
  /** How many of the mails are put off at first; by the lane's name when left out. */
  deferralShare?: number
}

export type ForecastTerms = {
  waves: WavesPolicy
  /** What the mail server itself takes, in messages a second, over all lanes. */
  relayRate: number
  /** How long one message takes on one connection. */
  messageSeconds?: number
  /** How long a mail waits after its first, second … time of being put off. */
  retrySeconds?: readonly number[]
  seed?: number
}

export type LaneForecast = { lane: string; mails: number; p50Seconds: number; p95Seconds: number }

export type Forecast = {
  mails: number
  /** From the release of the canary to the last mail that was accepted. */
  p50Seconds: number
  p95Seconds: number
  /** The lane that ends last, and so the forecast; `null` when there is nothing to send. */
  slowest: string | null
  /** The slowest first. */
  lanes: LaneForecast[]
}

/** Few lanes are looked at often; of many, whose chances even out, twenty runs are enough. */
const runsFor = (lanes: number) => Math.max(20, Math.min(64, Math.floor(100_000 / lanes)))

const MESSAGE_SECONDS = 0.5
/** The waits of `mail/state.ts`, in the middle of their spread. */
const RETRY_SECONDS = [330, 630, 1_230, 2_430, 4_830, 9_630, 14_430]

/**
 * When the mail of a plan will be with its owners, from simulations of its lanes: each lane
 * sends at its rate (GCRA lets through no more, whatever the burst) and over its connections, all of
 * them together at the relay's, wave after wave with its hold; some mails are put off and tried
 * again, by chance. The chance comes from a seed, so the same plan has the same forecast.
 */
export function forecast(lanes: readonly LaneLoad[], terms: ForecastTerms): Forecast {
  const loads = lanes.filter(({ mails }) => mails > 0)
  const mails = loads.reduce((total, lane) => total + lane.mails, 0)
  if (mails === 0) return { mails, p50Seconds: 0, p95Seconds: 0, slowest: null, lanes: [] }
  const dice = diceOf(terms.seed ?? 1)
  const travelling = travellingOf(loads, terms)
  const sizes = waveSizes(mails, terms.waves)
  const runs = runsFor(loads.length)
  const perLane = loads.map(() => new Float64Array(runs))
  const totals = new Float64Array(runs)
  for (let run = 0; run < runs; run += 1) {
    const ends = travel(travelling, { sizes, waves: terms.waves, dice })
    for (let index = 0; index < ends.length; index += 1) {
      const end = ends[index] ?? 0
      const lane = perLane[index]
      if (lane) lane[run] = end
      if (end > (totals[run] ?? 0)) totals[run] = end
    }
  }
  const forecasts = loads.map(({ lane, mails: count }, index) => ({
    lane,
    mails: count,
    ...quantiles(perLane[index] ?? totals),
  }))
  forecasts.sort((left, right) => right.p50Seconds - left.p50Seconds || right.mails - left.mails)
  return { mails, ...quantiles(totals), slowest: forecasts[0]?.lane ?? null, lanes: forecasts }
}

function quantiles(runs: Float64Array): { p50Seconds: number; p95Seconds: number } {
  const sorted = runs.slice().sort()
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
  return { p50Seconds: at(0.5), p95Seconds: at(0.95) }
}

/** How many mails each wave holds, the canary first; none is empty. */
export function waveSizes(mails: number, policy: WavesPolicy): number[] {
  const sizes: number[] = []
  for (let left = mails, no = 0; left > 0; no += 1) {
    const size = Math.min(left, sizeOf(no, mails, policy))
    sizes.push(size)
    left -= size
  }
  return sizes
}

/** Each lane by the time it needs for all its mails, alone and among the others. */
function travellingOf(loads: readonly LaneLoad[], terms: ForecastTerms): Travelling {
  const messageSeconds = terms.messageSeconds ?? MESSAGE_SECONDS
  const shares = loads.map((lane) => lane.deferralShare ?? deferralShareOf(lane.lane))
  const alone = loads.map(({ mails, rate, connections, bulkShare }, index) => {
    const perSecond = Math.min(rate * bulkShare, connections / messageSeconds)
    return (mails * (1 + (shares[index] ?? 0))) / perSecond
  })
  const counts = loads.map(({ mails }) => mails)
  return {
    mails: Float64Array.from(counts),
    deferral: Float64Array.from(shares),
    alone: Float64Array.from(alone),
    relay: relaySeconds(counts, alone, terms.relayRate),
    messageSeconds,
    retrySeconds: terms.retrySeconds ?? RETRY_SECONDS,
  }
}
