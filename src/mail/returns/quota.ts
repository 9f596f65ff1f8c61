export type Quota = {
  /** Counts one more for this key; false once it had its share of the current stretch of time. */
  take(key: string, most: number, nowMs: number): boolean
}

/**
 * So many per key in each stretch of `stretchMs`. Remembers up to `keys` of them; when there are more
 * it begins anew, so that a flood of keys costs memory once.
 */
export function openQuota(stretchMs: number, keys = 20_000): Quota {
  let taken = new Map<string, number>()
  let until = 0
  return {
    take(key, most, nowMs) {
      if (nowMs >= until || taken.size >= keys) {
        taken = new Map()
        until = nowMs + stretchMs
      }
      const before = taken.get(key) ?? 0
      if (before >= most) return false
      taken.set(key, before + 1)
      return true
    },
  }
}
