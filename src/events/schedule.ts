const SECOND = 1
const MINUTE = 60
const HOUR = 3_600

/** How long to wait after the first, second, … failure (Standard Webhooks 1.0, three days in all). */
const DELAYS_SECONDS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
]
const JITTER = 0.2
const LONGEST_WISH_SECONDS = 24 * HOUR

/**
 * Seconds until a delivery that failed `attempts` times is tried again, up to a fifth longer by
 * `chance` (0 to 1), and no earlier than the receiver asked. `undefined`: not again.
 */
export function retrySeconds(
  attempts: number,
  chance: number,
  wishedSeconds = 0,
): number | undefined {
  const delay = DELAYS_SECONDS[attempts - 1]
  if (delay === undefined) return undefined
  return Math.max(delay * (1 + JITTER * chance), Math.min(wishedSeconds, LONGEST_WISH_SECONDS))
}

/** `Retry-After` in seconds (RFC 9110 §10.2.3); its form as a date is not read. */
export const wishedSeconds = (retryAfter: string | undefined): number =>
  /^\d{1,9}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0
