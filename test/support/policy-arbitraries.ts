import fc from 'fast-check'
import type { Evidence } from '../../src/scoring/evidence.js'
import { type Condition, EFFECTS, type Policy, PRIORITIES } from '../../src/scoring/policy.js'

const range = fc
  .tuple(fc.nat(6), fc.nat(6), fc.constantFrom('atLeast', 'below', 'both'))
  .map(([low, span, form]) => ({
    ...(form === 'below' ? {} : { atLeast: low }),
    ...(form === 'atLeast' ? {} : { below: low + span + 1 }),
  }))

const condition: fc.Arbitrary<Condition> = fc.record(
  {
    secondFactor: fc.subarray(['present', 'absent', 'unknown'] as const, { minLength: 1 }),
    balance: fc.subarray(['zero', 'nonzero', 'unknown'] as const, { minLength: 1 }),
    hostileAttempts: range,
    hostileSuccesses: range,
    hostileSources: range,
    batches: range,
    passwordChangedSinceExposure: fc.boolean(),
  },
  { requiredKeys: [] },
)

/** Any policy: any rules, any tiers, and a last tier for everybody. Codes are free of repetition. */
export const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    rules: fc.array(fc.record({ points: fc.integer({ min: -100, max: 100 }), when: condition }), {
      minLength: 1,
      maxLength: 6,
    }),
    tiers: fc.array(
      fc.record({
        when: condition,
        effects: fc.subarray([...EFFECTS], { minLength: 1 }),
        priority: fc.constantFrom(...PRIORITIES),
      }),
      { maxLength: 5 },
    ),
  })
  .map(({ rules, tiers }) => ({
    name: 'any-policy',
    version: 1,
    window: { minDays: 14, maxDays: 90 },
    rules: rules.map((rule, index) => ({ ...rule, code: `rule_${index}`, says: 'says so' })),
    tiers: [
      ...tiers.map((tier, index) => ({ ...tier, name: `tier_${index}`, says: 'says so' })),
      { name: 'rest', says: 'anybody else', when: {}, effects: ['notify' as const] },
    ],
  }))

const count = fc.nat(14)

export const anyEvidence: fc.Arbitrary<Evidence> = fc.record({
  match: fc.constantFrom('equal' as const, 'equivalent' as const),
  secondFactor: fc.constantFrom('present' as const, 'absent' as const, 'unknown' as const),
  balance: fc.constantFrom('zero' as const, 'nonzero' as const, 'unknown' as const),
  hostileAttempts: count,
  hostileSuccesses: count,
  hostileSources: count,
  batches: count,
  passwordChangedSinceExposure: fc.boolean(),
  resetSinceExposure: fc.boolean(),
})

/** Postgres' `width_bucket(value, thresholds)`: how many thresholds the value has reached. */
export const widthBucket = (value: number, thresholds: readonly number[]) =>
  thresholds.filter((threshold) => threshold <= value).length
