/** What the time that is left is worked out from. */
export type Pace = {
  /** Mails that still have to leave. */
  left: number
  /** Messages a second; null where the provider has no limits yet. */
  rate: number | null
  /** Seconds until the provider is tried again; null for one that was put aside for good. */
  pausedSeconds: number | null
}

/**
 * Seconds until the last mail of a lane has left, at the rate of now: a lower bound, because a rate
 * can fall. Null when nobody can say: no rate yet, or put aside for good.
 */
export function laneSeconds({ left, rate, pausedSeconds }: Pace): number | null {
  if (left === 0) return 0
  if (rate === null || pausedSeconds === null) return null
  return Math.ceil(pausedSeconds + left / rate)
}

/** Seconds until everything has left: lanes run side by side, so the slowest decides. */
export function allSeconds(lanes: readonly Pace[]): number | null {
  const each = lanes.map(laneSeconds)
  return each.some((seconds) => seconds === null) ? null : Math.max(0, ...(each as number[]))
}
