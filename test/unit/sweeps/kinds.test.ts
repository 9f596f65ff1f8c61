import fc from 'fast-check'
import type { Evidence } from '../../../src/scoring/evidence.js'
import type { Effect } from '../../../src/scoring/policy.js'
import { decide, OUTCOMES } from '../../../src/sweeps/decide.js'
import { countPlan, cutsOf, judgeKinds } from '../../../src/sweeps/planning/kinds.js'
import type { Cuts, KindRow } from '../../../src/sweeps/planning/store.js'
import { anyEvidence, anyPolicy, widthBucket } from '../../support/policy-arbitraries.js'

/** The row by which Postgres sorts an account among the kinds. */
const kindOf = (facts: Evidence, cuts: Cuts): KindRow => ({
  equal: facts.match === 'equal',
  second_factor: facts.secondFactor,
  balance: facts.balance,
  password_changed: facts.passwordChangedSinceExposure,
  reset_since: facts.resetSinceExposure,
  attempts_kind: widthBucket(facts.hostileAttempts, cuts.hostileAttempts),
  successes_kind: widthBucket(facts.hostileSuccesses, cuts.hostileSuccesses),
  sources_kind: widthBucket(facts.hostileSources, cuts.hostileSources),
  batches_kind: widthBucket(facts.batches, cuts.batches),
})

test('an account judged as the smallest of its kind is judged as if by itself', () => {
  fc.assert(
    fc.property(anyEvidence, anyPolicy, (facts, policy) => {
      const cuts = cutsOf(policy)
      const [judged] = judgeKinds([kindOf(facts, cuts)], cuts, policy)
      expect(judged?.verdict).toEqual(decide(facts, policy))
    }),
    { numRuns: 2_000 },
  )
})

test('the counts of a plan add up however the kinds fall', () => {
  const counted = fc.array(
    fc.record({
      accounts: fc.nat(5_000),
      match: fc.constantFrom('equal' as const, 'equivalent' as const),
      verdict: fc.record({
        score: fc.nat(100),
        reasons: fc.constant<string[]>([]),
        tier: fc.constantFrom('takeover', 'attacked', 'listed'),
        priority: fc.constant(null),
        effects: fc.constant<Effect[]>([]),
        outcome: fc.constantFrom(...OUTCOMES),
      }),
    }),
  )
  fc.assert(
    fc.property(counted, (kinds) => {
      const { accounts, byTier, byOutcome, histogram, equivalent } = countPlan(kinds)
      const sum = (numbers: readonly (number | undefined)[]) =>
        numbers.reduce<number>((total, each) => total + (each ?? 0), 0)
      expect(sum(Object.values(byTier))).toBe(accounts)
      expect(sum(Object.values(byOutcome))).toBe(accounts)
      expect(sum(histogram)).toBe(accounts)
      expect(histogram).toHaveLength(11)
      expect(equivalent).toBeLessThanOrEqual(accounts)
    }),
  )
})
