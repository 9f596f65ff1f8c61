/** Chance that repeats itself: the same seed and stream always give the same draws. */
export type Random = {
  /** A whole number from 0 to `limit` - 1. */
  below: (limit: number) => number
  /** True in about `share` of all draws; `share` is from 0 to 1. */
  chance: (share: number) => boolean
  /** One of `choices`, which must not be empty. */
  pick: <T>(choices: readonly T[]) => T
}

const WARM_UP = 15

/**
 * A generator of its own for each purpose (`stream`), so that drawing more in one place changes
 * nothing elsewhere. The algorithm is sfc32 of PractRand: integer arithmetic only, hence the same
 * on every machine.
 */
export function randomFrom(seed: number, stream: string): Random {
  let a = seed | 0
  let b = Math.floor(seed / 2 ** 32) | 0
  let c = hashOf(stream)
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let round = 0; round < WARM_UP; round++) next()
  return {
    below: (limit) => Math.floor(next() * limit),
    chance: (share) => next() < share,
    pick: <T>(choices: readonly T[]) => choices[Math.floor(next() * choices.length)] as T,
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return hash
}

/** A table to `pick` from in which each value stands as often as its weight says. */
export function weighted<T>(...weights: readonly (readonly [weight: number, value: T])[]): T[] {
  return weights.flatMap(([weight, value]) => Array.from({ length: weight }, () => value))
}

/** A shuffled copy (Fisher and Yates). */
export function shuffle<T>(values: readonly T[], random: Random): T[] {
  const shuffled = [...values]
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = random.below(last + 1)
    const kept = shuffled[last] as T
    shuffled[last] = shuffled[other] as T
    shuffled[other] = kept
  }
  return shuffled
}
