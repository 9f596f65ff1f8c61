/** Everything scoring needs to know of one account, as plain data. Unknown is never safe. */
export type Evidence = {
  /** `equivalent`: only an alias of the exposed address (dots, plus tags), so perhaps somebody else. */
  match: 'equal' | 'equivalent'
  secondFactor: 'present' | 'absent' | 'unknown'
  balance: 'zero' | 'nonzero' | 'unknown'
  hostileAttempts: number
  hostileSuccesses: number
  hostileSources: number
  /** How many batches the address was exposed in. */
  batches: number
  passwordChangedSinceExposure: boolean
  /** A reset was ordered after the exposure and was not cancelled. */
  resetSinceExposure: boolean
}

export const NUMERIC_FACTS = [
  'hostileAttempts',
  'hostileSuccesses',
  'hostileSources',
  'batches',
] as const
export type NumericFact = (typeof NUMERIC_FACTS)[number]
