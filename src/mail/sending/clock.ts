/** The database's clock as seen from this process, both in milliseconds. */
export type Clock = {
  /** What the database's clock said, and when that was heard here. */
  heard(saidMs: number, hereMs: number): void
  /** A moment of the database's clock, on this process's monotonic clock. */
  hereMs(saidMs: number): number
}

const SAMPLES = 64

/**
 * An answer is heard some time after it was given, and never before: the quickest of the last
 * answers shows the difference of the clocks best, and slots of different processes keep their
 * distance however long a single answer takes.
 */
export function createClock(): Clock {
  const differences: number[] = []
  let last: number | undefined
  return {
    heard: (saidMs, hereMs) => {
      if (saidMs === last) return
      last = saidMs
      differences.push(hereMs - saidMs)
      if (differences.length > SAMPLES) differences.shift()
    },
    hereMs: (saidMs) => saidMs + Math.min(...differences),
  }
}
