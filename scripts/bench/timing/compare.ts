import { median } from '../measure.js'

export type Side = 'known' | 'unknown'

export type Gap = {
  requests: number
  /** Welch's t of all times, and of those below the pooled 95th percentile (dudect crops alike). */
  t: number
  tCropped: number
  knownMs: number
  unknownMs: number
  /** Of the medians, as a part of the response time. */
  medianGap: number
}

export type Compared = {
  requests: number
  concurrency: number
  /** What is not timed: makes both sides' starting points alike. */
  before: () => Promise<unknown>
  ask: (side: Side, no: number) => Promise<void>
}

const WARM_UP = 20

/** Asks for both sides by turns, each pair in an order that a coin decides. */
export async function compareSides({ requests, concurrency, before, ask }: Compared): Promise<Gap> {
  const times: Record<Side, number[]> = { known: [], unknown: [] }
  let next = 0
  const worker = async () => {
    while (next < requests / 2 + WARM_UP) {
      const no = next++
      const sides: Side[] = Math.random() < 0.5 ? ['known', 'unknown'] : ['unknown', 'known']
      for (const side of sides) {
        await before()
        const startedAt = performance.now()
        await ask(side, no)
        if (no >= WARM_UP) times[side].push(performance.now() - startedAt)
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return gapOf(times)
}

export function gapOf({ known, unknown }: Record<Side, readonly number[]>): Gap {
  const [knownMs, unknownMs] = [median(known), median(unknown)]
  const pooled = [...known, ...unknown].sort((a, b) => a - b)
  const most = pooled[Math.floor(pooled.length * 0.95)] ?? Number.POSITIVE_INFINITY
  const cropped = (times: readonly number[]) => times.filter((ms) => ms < most)
  return {
    requests: pooled.length,
    t: welch(known, unknown),
    tCropped: welch(cropped(known), cropped(unknown)),
    knownMs,
    unknownMs,
    medianGap: Math.abs(knownMs - unknownMs) / unknownMs,
  }
}

/** Welch's t: how many standard errors lie between two means. */
export function welch(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [moments(a), moments(b)]
  return (x.mean - y.mean) / Math.sqrt(x.variance / a.length + y.variance / b.length)
}

function moments(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, variance: squares / (values.length - 1) }
}
