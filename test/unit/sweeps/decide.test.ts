import fc from 'fast-check'
import { DEFAULT_POLICY } from '../../../src/scoring/default-policy.js'
import type { Evidence } from '../../../src/scoring/evidence.js'
import { decide, type FactsNow, type Outcome, supersededBy } from '../../../src/sweeps/decide.js'
import { evidence } from '../../support/evidence.js'
import { anyEvidence, anyPolicy } from '../../support/policy-arbitraries.js'

const risky = { secondFactor: 'absent', balance: 'nonzero' } as const
const attacked = { ...risky, hostileAttempts: 11 } as const
const entered = { ...attacked, hostileSuccesses: 1 } as const

test.each<[string, Partial<Evidence>, Outcome, string[]]>([
  ['unprotected and funded: held and reset', risky, 'reset_ordered', ['hold', 'reset']],
  ['attacked: also reviewed', attacked, 'reset_ordered', ['hold', 'reset', 'review']],
  ['taken over: also reviewed', entered, 'reset_ordered', ['hold', 'reset', 'review']],
  ['attacked but protected: people decide', { hostileAttempts: 3 }, 'review_opened', ['review']],
  ['anybody else: told', {}, 'notified', ['notify']],
  [
    'already reset since: left alone',
    { ...attacked, resetSinceExposure: true },
    'already_protected',
    [],
  ],
  [
    'only equivalent: people decide, never a reset',
    { ...attacked, match: 'equivalent' },
    'review_opened',
    ['review'],
  ],
  ['only equivalent and calm: people decide', { match: 'equivalent' }, 'review_opened', ['review']],
  [
    'only equivalent and already reset: left alone',
    { match: 'equivalent', resetSinceExposure: true },
    'already_protected',
    [],
  ],
])('%s', (_rule, facts, outcome, effects) => {
  const verdict = decide(evidence(facts), DEFAULT_POLICY)
  expect([verdict.outcome, verdict.effects]).toEqual([outcome, effects])
})

test.each<[string, Partial<Evidence>, string | null, string]>([
  ['a takeover is critical', entered, 'critical', 'hostile_login_succeeded'],
  ['an attack is high', attacked, 'high', 'hostile_logins'],
  [
    'an equivalent address keeps the urgency of its tier',
    { ...entered, match: 'equivalent' },
    'critical',
    'address_only_equivalent',
  ],
  [
    'an equivalent address without urgency is normal',
    { match: 'equivalent' },
    'normal',
    'address_only_equivalent',
  ],
  [
    'an account that was reset needs nobody',
    { ...entered, resetSinceExposure: true },
    null,
    'reset_since_exposure',
  ],
])('%s and says why', (_rule, facts, priority, reason) => {
  const verdict = decide(evidence(facts), DEFAULT_POLICY)
  expect(verdict.priority).toBe(priority)
  expect(verdict.reasons).toContain(reason)
})

test('under any policy, neither an equivalent address nor an account already reset is reset or held', () => {
  fc.assert(
    fc.property(anyEvidence, anyPolicy, (facts, policy) => {
      const spared = { ...facts, match: 'equivalent' as const }
      for (const one of [spared, { ...facts, resetSinceExposure: true }]) {
        const { effects } = decide(one, policy)
        expect(effects.some((effect) => effect === 'reset' || effect === 'hold')).toBe(false)
      }
    }),
  )
})

const later = (over: Partial<FactsNow> = {}): FactsNow => ({
  secondFactor: 'absent',
  resetSincePlan: false,
  ...over,
})

test.each<[string, Partial<Evidence>, Partial<FactsNow>, string | undefined]>([
  ['nothing moved', risky, {}, undefined],
  [
    'a second factor enrolled since the plan spares an unprotected account',
    risky,
    { secondFactor: 'present' },
    'second_factor_enrolled',
  ],
  [
    '… and one that was attacked in vain',
    attacked,
    { secondFactor: 'present' },
    'second_factor_enrolled',
  ],
  [
    '… but not one that was entered: the factor may be the attacker’s',
    entered,
    { secondFactor: 'present' },
    undefined,
  ],
  ['a second factor no longer known spares nobody', risky, { secondFactor: 'unknown' }, undefined],
  ['a reset since the plan is enough', risky, { resetSincePlan: true }, 'already_reset'],
  ['… also after a takeover', entered, { resetSincePlan: true }, 'already_reset'],
  ['a notice is never overtaken', {}, { resetSincePlan: true }, undefined],
  [
    'a review is never overtaken',
    { hostileAttempts: 2 },
    { secondFactor: 'present', resetSincePlan: true },
    undefined,
  ],
])('%s', (_rule, facts, now, why) => {
  const planned = evidence(facts)
  const { effects } = decide(planned, DEFAULT_POLICY)
  expect(supersededBy({ evidence: planned, effects }, later(now), DEFAULT_POLICY)).toBe(why)
})

test('an enrolled factor spares exactly those that the policy itself would not reset', () => {
  fc.assert(
    fc.property(anyEvidence, anyPolicy, (facts, policy) => {
      const { effects } = decide(facts, policy)
      const now = later({ secondFactor: 'present' })
      const isSpared = supersededBy({ evidence: facts, effects }, now, policy) !== undefined
      const today = decide({ ...facts, secondFactor: 'present' }, policy).effects
      expect(isSpared).toBe(effects.includes('reset') && !today.includes('reset'))
    }),
  )
})
