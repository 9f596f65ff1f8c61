// By name, because they are asked for millions of times.
const { exp, imul } = Math

/** Chance from a seed: the same numbers for the same seed on every machine. */
export type Dice = () => number

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough for a forecast. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const NORMAL_FROM = 30

/** How often something happens that happens `mean` times on average (Poisson). */
export function happenings(mean: number, dice: Dice): number {
  if (mean <= 0) return 0
  if (mean >= NORMAL_FROM) {
    const normal = Math.sqrt(-2 * Math.log(1 - dice())) * Math.cos(2 * Math.PI * dice())
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal))
  }
  let left = dice()
  if (left <= 1 - mean) return 0 // below exp(-mean) for certain, and most lanes end here
  let chance = exp(-mean)
  let count = 0
  while (left > chance && count < 10 * NORMAL_FROM) {
    left -= chance
    count += 1
    chance *= mean / count
  }
  return count
}
