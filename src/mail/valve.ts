/** The stop switch of all mail: `closed` means that no further message may be completed. */
export type ValveState = 'open' | 'closed'

/** What was last read from the database, and when, on this process's monotonic clock. */
export type ValveReading = { state: ValveState; readAtMs: number }

/** A reading older than this is as good as none: whoever cannot be stopped must stop. */
export const STALE_AFTER_MS = 2_000

/** Decides whether a message may go on. No reading, an old one, or `closed`: it may not. */
export function maySend(reading: ValveReading | undefined, nowMs: number): boolean {
  return reading?.state === 'open' && nowMs - reading.readAtMs <= STALE_AFTER_MS
}
