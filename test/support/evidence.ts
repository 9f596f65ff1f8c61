import type { Evidence } from '../../src/scoring/evidence.js'

/** The calmest account: protected, empty, never attacked, exposed once. Name only what differs. */
export const evidence = (over: Partial<Evidence> = {}): Evidence => ({
  match: 'equal',
  secondFactor: 'present',
  balance: 'zero',
  hostileAttempts: 0,
  hostileSuccesses: 0,
  hostileSources: 0,
  batches: 1,
  passwordChangedSinceExposure: false,
  resetSinceExposure: false,
  ...over,
})
