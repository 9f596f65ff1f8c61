import { forecast, type LaneForecast, type LaneLoad, waveSizes } from './forecast.js'
import type { MailTerms } from './terms.js'

/** Mails that a plan would send to one domain or, where domains were looked up, over one lane. */
export type Counted = {
  lane: string | null
  domain: string | null
  mails: number
  /** As the lane stands now, where it was used before. */
  rate: number | null
  connections: number | null
}

/** A forecast as it is kept with its plan and shown to those who approve it. */
export type ForecastSummary = {
  mails: number
  p50Seconds: number
  p95Seconds: number
  slowest: string | null
  /** The lanes that end last. */
  lanes: LaneForecast[]
  /** All others together; `null` when there are none. */
  others: { lanes: number; mails: number; p50Seconds: number; p95Seconds: number } | null
  /** Mails in each wave, the canary first. */
  waves: number[]
  holdSeconds: number
  seeds: number
}

const SHOWN = 50

/** Forecasts the mail of a plan. The seconds are rounded to tenths: nobody knows them better. */
export function foresee(counted: readonly Counted[], terms: MailTerms): ForecastSummary {
  const { waves, relayRate, seeds } = terms
  const { lanes, mails, ...total } = forecast(loadsOf(counted, terms), { waves, relayRate })
  return {
    mails,
    ...total,
    p50Seconds: tenths(total.p50Seconds),
    p95Seconds: tenths(total.p95Seconds),
    lanes: lanes.slice(0, SHOWN).map(rounded),
    others: together(lanes.slice(SHOWN)),
    waves: waveSizes(mails, waves),
    holdSeconds: waves.holdSeconds,
    seeds: seeds.length,
  }
}

/** Adds up per lane. A lane that throttled us lately is as slow as it is now. */
export function loadsOf(counted: readonly Counted[], terms: MailTerms): LaneLoad[] {
  const loads = new Map<string, LaneLoad>()
  for (const { lane, domain, mails, rate, connections } of counted) {
    const name = lane ?? terms.laneOf(domain ?? '')
    const known = loads.get(name)
    if (known) {
      known.mails += mails
      continue
    }
    const limits = terms.limitsOf(name)
    loads.set(name, {
      lane: name,
      mails,
      rate: rate ?? limits.rate,
      connections: connections ?? limits.connections,
      bulkShare: limits.bulkShare,
      deferralShare: terms.deferralShareOf(name),
    })
  }
  return [...loads.values()]
}

const tenths = (seconds: number) => Math.round(seconds * 10) / 10

const rounded = (lane: LaneForecast): LaneForecast => ({
  ...lane,
  p50Seconds: tenths(lane.p50Seconds),
  p95Seconds: tenths(lane.p95Seconds),
})

function together(lanes: readonly LaneForecast[]): ForecastSummary['others'] {
  if (lanes.length === 0) return null
  const last = (of: (lane: LaneForecast) => number) =>
    lanes.reduce((latest, lane) => Math.max(latest, of(lane)), 0)
  return {
    lanes: lanes.length,
    mails: lanes.reduce((sum, { mails }) => sum + mails, 0),
    p50Seconds: tenths(last(({ p50Seconds }) => p50Seconds)),
    p95Seconds: tenths(last(({ p95Seconds }) => p95Seconds)),
  }
}
