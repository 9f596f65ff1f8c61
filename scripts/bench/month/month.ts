import { attackedMonth, LEARNING_DAYS } from './attacks.js'
import { DAY, type MonthAttempt } from './label.js'
import { innocentMonth, inventPeople, MONTH_DAYS } from './people.js'

/** `learnedAt`: when the platform knows who is who, and attacks begin. */
export type Month = { accounts: number; attempts: MonthAttempt[]; learnedAt: number }

/**
 * A month of logins that ends at `now`, in order of time, each attack labelled. The same seed, size
 * and time give the same month. Nobody's real habits: figures from it are about this month only.
 */
export function inventMonth({
  accounts,
  seed,
  now,
}: {
  accounts: number
  seed: number
  now: Date
}): Month {
  const midnight = Math.floor(now.getTime() / DAY) * DAY
  const start = midnight - MONTH_DAYS * DAY
  const people = inventPeople(accounts, seed)
  const attempts = [...innocentMonth(people, start, seed), ...attackedMonth(people, start, seed)]
  const learnedAt = start + LEARNING_DAYS * DAY
  return { accounts, learnedAt, attempts: attempts.toSorted((one, other) => one.at - other.at) }
}
