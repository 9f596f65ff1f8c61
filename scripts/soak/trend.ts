export type Sample = { second: number; value: number }

/** The line of least squares through samples: where it begins, and by how much it rises a second. */
export function lineThrough(samples: readonly Sample[]): { start: number; perSecond: number } {
  const count = samples.length
  const meanX = sum(samples.map(({ second }) => second)) / count
  const meanY = sum(samples.map(({ value }) => value)) / count
  const spread = sum(samples.map(({ second }) => (second - meanX) ** 2))
  const together = sum(samples.map(({ second, value }) => (second - meanX) * (value - meanY)))
  const perSecond = spread === 0 ? 0 : together / spread
  return { start: meanY - perSecond * meanX, perSecond }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** `noise`: so much growth over the whole time says nothing; `perHour`: what is too fast beyond it. */
export type Limit = { perHour: number; noise: number }
export type Trend = { perHour: number; growth: number; first: number; last: number; flat: boolean }

/** The first third is warming up: compiled code, caches and connections that are opened once. */
const WARM_UP = 1 / 3

/** Whether a figure stays where it is, by the line through what was sampled after warming up. */
export function trendOf(samples: readonly Sample[], limit: Limit): Trend {
  const kept = samples.slice(Math.floor(samples.length * WARM_UP))
  const { perSecond } = lineThrough(kept)
  const seconds = (kept.at(-1)?.second ?? 0) - (kept[0]?.second ?? 0)
  const growth = perSecond * seconds
  return {
    perHour: perSecond * 3_600,
    growth,
    first: kept[0]?.value ?? 0,
    last: kept.at(-1)?.value ?? 0,
    flat: growth <= limit.noise || perSecond * 3_600 <= limit.perHour,
  }
}
