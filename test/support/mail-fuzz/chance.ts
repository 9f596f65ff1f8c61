/** Seeded chance: the same seed gives the same cases. Mulberry32, which is fast and good enough here. */
export type Chance = {
  /** A whole number from 0 up to but not including `below`. */
  upTo(below: number): number
  one<T>(of: readonly T[]): T
  /** True once in `times`. */
  once(times: number): boolean
}

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const upTo = (below: number) => Math.floor(next() * below)
  return {
    upTo,
    one: (of) => of[upTo(of.length)]!,
    once: (times) => upTo(times) === 0,
  }
}
