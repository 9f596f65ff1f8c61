export type SignInResult =
  | 'ok'
  | 'invalid'
  | 'reset_required'
  | 'second_factor_required'
  | 'locked'
  | 'throttled'

/**
 * What one sign-in showed. `factor` is what the account has and what was given for it; `elsewhere`
 * is a second factor that the platform verifies, because Cordon does not hold its secret.
 */
export type SignInFacts = {
  isPasswordRight: boolean
  isLocked: boolean
  isPasswordUsable: boolean
  factor: 'none' | 'elsewhere' | 'missing' | 'wrong' | 'right'
}

/**
 * Only who knows the password learns anything about the account: locked first, then that the password
 * was switched off, then the second factor. To everybody else every account looks like none.
 */
export function decideSignIn(facts: SignInFacts): SignInResult {
  if (!facts.isPasswordRight) return 'invalid'
  if (facts.isLocked) return 'locked'
  if (!facts.isPasswordUsable) return 'reset_required'
  if (facts.factor === 'missing' || facts.factor === 'elsewhere') return 'second_factor_required'
  return facts.factor === 'wrong' ? 'invalid' : 'ok'
}

/** Failures for one address: from this source lately, from anywhere lately, and of the second factor. */
export type RecentFailures = { fromSource: number; fromAnywhere: number; ofFactor: number }

/** Over how long each is counted, in minutes, and how many are one too many. */
export const FAILURE_LIMITS = {
  fromSource: { minutes: 10, failures: 10 },
  /** NIST SP 800-63B-4 §3.2.2: at most 100 consecutive failures. */
  fromAnywhere: { minutes: 60, failures: 100 },
  /** Only who knows the password can cause these, so nobody can be locked out by a stranger. */
  ofFactor: { minutes: 15, failures: 5 },
} as const

/**
 * Whether to answer `throttled` without looking. Counted by address, whether an account has it or
 * not, so that the limit tells nobody which addresses exist.
 */
export function isThrottled(recent: RecentFailures): boolean {
  return (
    recent.fromSource >= FAILURE_LIMITS.fromSource.failures ||
    recent.fromAnywhere >= FAILURE_LIMITS.fromAnywhere.failures ||
    recent.ofFactor >= FAILURE_LIMITS.ofFactor.failures
  )
}
