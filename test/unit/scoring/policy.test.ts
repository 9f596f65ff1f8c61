import { Refusal } from '../../../src/platform/errors.js'
import { DEFAULT_POLICY } from '../../../src/scoring/default-policy.js'
import { parsePolicy, versionOf } from '../../../src/scoring/policy.js'

type Loose = Record<string, unknown>
const rule = (over: Loose = {}) => ({
  code: 'a_rule',
  points: 10,
  says: 'because',
  when: {},
  ...over,
})
const tier = (over: Loose = {}) => ({
  name: 'a_tier',
  says: 'because',
  when: { hostileAttempts: { atLeast: 1 } },
  effects: ['notify'],
  ...over,
})
const rest = { name: 'rest', says: 'anybody', when: {}, effects: ['notify'] }
const policy = (over: Loose = {}): Loose => ({
  name: 'mine',
  version: 1,
  window: { minDays: 14, maxDays: 90 },
  rules: [rule()],
  tiers: [rest],
  ...over,
})

function refusal(json: unknown): Refusal {
  try {
    parsePolicy(json)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('The policy was accepted')
}

test('a policy of the documented form is accepted as it is', () => {
  expect(parsePolicy(policy({ tiers: [tier(), rest] }))).toEqual(policy({ tiers: [tier(), rest] }))
  expect(versionOf(parsePolicy(policy({ version: 7 })))).toBe('mine@7')
})

test.each<[rule: string, json: unknown, path: string, says: RegExp]>([
  ['an unknown field', policy({ threshold: 3 }), '', /threshold/],
  ['an unknown field of a rule', policy({ rules: [rule({ weight: 1 })] }), 'rules.0', /weight/],
  [
    'an unknown fact',
    policy({ rules: [rule({ when: { country: ['XX'] } })] }),
    'rules.0.when',
    /country/,
  ],
  [
    'an unknown value of a fact',
    policy({ rules: [rule({ when: { balance: ['huge'] } })] }),
    'rules.0.when.balance.0',
    /zero/,
  ],
  [
    'an unknown effect',
    policy({ tiers: [{ ...rest, effects: ['delete'] }] }),
    'tiers.0.effects.0',
    /hold/,
  ],
  [
    'a rule without points',
    policy({ rules: [rule({ points: undefined })] }),
    'rules.0.points',
    /./,
  ],
  [
    'points that are no whole number',
    policy({ rules: [rule({ points: 1.5 })] }),
    'rules.0.points',
    /int/i,
  ],
  ['a repeated rule', policy({ rules: [rule(), rule()] }), 'rules', /a_rule is defined twice/],
  [
    'a repeated tier',
    policy({ tiers: [tier(), tier(), rest] }),
    'tiers',
    /a_tier is defined twice/,
  ],
  [
    'ranges of one fact that overlap',
    policy({
      rules: [
        rule({ code: 'some', when: { hostileAttempts: { atLeast: 1 } } }),
        rule({ code: 'many', when: { hostileAttempts: { atLeast: 10 } } }),
      ],
    }),
    'rules.1',
    /hostileAttempts overlaps that of some/,
  ],
  [
    'a range that is empty',
    policy({ rules: [rule({ when: { batches: { atLeast: 3, below: 3 } } })] }),
    'rules.0.when.batches',
    /under/,
  ],
  [
    'a range without bounds',
    policy({ rules: [rule({ when: { batches: {} } })] }),
    'rules.0.when.batches',
    /atLeast/,
  ],
  [
    'a negative count',
    policy({ rules: [rule({ when: { batches: { atLeast: -1 } } })] }),
    'rules.0.when.batches.atLeast',
    /0/,
  ],
  [
    'a count that no database integer holds',
    policy({ rules: [rule({ when: { batches: { atLeast: 3e9 } } })] }),
    'rules.0.when.batches.atLeast',
    /./,
  ],
  ['no tier for everybody', policy({ tiers: [tier()] }), 'tiers', /empty when/],
  ['a tier behind the one for everybody', policy({ tiers: [rest, tier()] }), 'tiers.1', /reach/],
  [
    'a tier behind a wider one',
    policy({
      tiers: [
        tier(),
        tier({ name: 'never', when: { hostileAttempts: { atLeast: 5 }, balance: ['zero'] } }),
        rest,
      ],
    }),
    'tiers.1',
    /reach/,
  ],
  ['a reset without hold', policy({ tiers: [{ ...rest, effects: ['reset'] }] }), 'tiers.0', /hold/],
  [
    'a review without priority',
    policy({ tiers: [{ ...rest, effects: ['review'] }] }),
    'tiers.0',
    /priority/,
  ],
  ['a window turned round', policy({ window: { minDays: 30, maxDays: 14 } }), 'window', /minDays/],
  ['no tiers', policy({ tiers: [] }), 'tiers', /./],
  ['a name with spaces', policy({ name: 'My policy' }), 'name', /lower-case/],
  ['a list', [], '', /./],
  ['nothing', null, '', /./],
])('%s is refused by name', (_rule, json, path, says) => {
  const refused = refusal(json)
  expect(refused.code).toBe('policy_invalid')
  expect(refused.options.errors).toContainEqual({ path, message: expect.stringMatching(says) })
  expect(refused.detail).toMatch(says)
})

test('every contradiction is named at once', () => {
  const broken = policy({
    window: { minDays: 9, maxDays: 8 },
    rules: [rule(), rule()],
    tiers: [{ ...rest, effects: ['reset'] }, tier()],
  })
  expect(
    refusal(broken)
      .options.errors?.map(({ path }) => path)
      .sort(),
  ).toEqual(['rules', 'tiers.0', 'tiers.1', 'window'])
})

test.each([
  ['ranges that only touch', { atLeast: 1, below: 10 }, { atLeast: 10 }],
  ['ranges of different facts', { atLeast: 1 }, undefined],
])('%s are no contradiction', (_rule, first, second) => {
  const other = second ? { hostileAttempts: second } : { hostileSources: { atLeast: 1 } }
  const rules = [
    rule({ code: 'some', when: { hostileAttempts: first } }),
    rule({ code: 'many', when: other }),
  ]
  expect(() => parsePolicy(policy({ rules }))).not.toThrow()
})

test('the default policy has no contradiction', () => {
  expect(() => parsePolicy(DEFAULT_POLICY)).not.toThrow()
})
