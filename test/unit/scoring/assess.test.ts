import fc from 'fast-check'
import { assess, cutPoints } from '../../../src/scoring/assess.js'
import { DEFAULT_POLICY } from '../../../src/scoring/default-policy.js'
import type { Evidence } from '../../../src/scoring/evidence.js'
import { parsePolicy } from '../../../src/scoring/policy.js'
import { evidence } from '../../support/evidence.js'
import { anyEvidence, anyPolicy } from '../../support/policy-arbitraries.js'

const attacked = { hostileAttempts: 12, hostileSources: 2 }
const entered = { ...attacked, hostileSuccesses: 1 }

type Row = [rule: string, facts: Partial<Evidence>, score: number, tier: string]

describe('exposed-addresses@1', () => {
  test.each<Row>([
    ['a protected, empty, quiet account is only listed', {}, 0, 'listed'],
    [
      'no second factor gives 40, and without value only listed',
      { secondFactor: 'absent' },
      40,
      'listed',
    ],
    ['value gives 30, and with a second factor only listed', { balance: 'nonzero' }, 30, 'listed'],
    ['hostile logins give 30 and ask people', attacked, 30, 'targeted'],
    ['attacked without value asks people', { ...attacked, secondFactor: 'absent' }, 70, 'targeted'],
    [
      'attacked with a second factor asks people',
      { ...attacked, balance: 'nonzero' },
      60,
      'targeted',
    ],
    [
      'unprotected and funded is what BitMEX reset',
      { secondFactor: 'absent', balance: 'nonzero' },
      70,
      'unprotected',
    ],
    [
      'an unknown second factor counts as none',
      { secondFactor: 'unknown', balance: 'nonzero' },
      70,
      'unprotected',
    ],
    [
      'an unknown balance counts as value',
      { secondFactor: 'absent', balance: 'unknown' },
      70,
      'unprotected',
    ],
    [
      'knowing nothing is as bad as knowing the worst',
      { secondFactor: 'unknown', balance: 'unknown' },
      70,
      'unprotected',
    ],
    [
      'attacked, unprotected and funded',
      { ...attacked, secondFactor: 'absent', balance: 'nonzero' },
      100,
      'attacked',
    ],
    [
      'attacked and nothing known',
      { ...attacked, secondFactor: 'unknown', balance: 'unknown' },
      100,
      'attacked',
    ],
    [
      'a hostile login that worked is a takeover whatever protects the account',
      entered,
      70,
      'takeover',
    ],
    ['a takeover of a funded account', { ...entered, balance: 'nonzero' }, 100, 'takeover'],
    [
      '140 points are 100',
      { ...entered, secondFactor: 'absent', balance: 'nonzero' },
      100,
      'takeover',
    ],
    ['one hostile attempt is enough', { hostileAttempts: 1 }, 30, 'targeted'],
  ])('%s', (_rule, facts, score, tier) => {
    const judged = assess(evidence(facts), DEFAULT_POLICY)
    expect([judged.score, judged.tier.name]).toEqual([score, tier])
  })

  test.each<[string, Partial<Evidence>, string[]]>([
    ['nothing', {}, []],
    [
      'what is known',
      { secondFactor: 'absent', balance: 'nonzero' },
      ['no_second_factor', 'nonzero_balance'],
    ],
    [
      'what is not known, by its own name',
      { secondFactor: 'unknown', balance: 'unknown' },
      ['second_factor_unknown', 'balance_unknown'],
    ],
    ['a takeover with its attack', entered, ['hostile_logins', 'hostile_login_succeeded']],
  ])('a score explains itself: %s', (_rule, facts, reasons) => {
    expect(assess(evidence(facts), DEFAULT_POLICY).reasons).toEqual(reasons)
  })

  test.each([
    ['takeover', ['hold', 'reset', 'review'], 'critical'],
    ['attacked', ['hold', 'reset', 'review'], 'high'],
    ['unprotected', ['hold', 'reset'], undefined],
    ['targeted', ['review'], 'normal'],
    ['listed', ['notify'], undefined],
  ])('%s does %j', (name, effects, priority) => {
    const tier = DEFAULT_POLICY.tiers.find((each) => each.name === name)
    expect([tier?.effects, tier?.priority]).toEqual([effects, priority])
  })

  test('is a policy that Cordon itself accepts', () => {
    expect(parsePolicy(JSON.parse(JSON.stringify(DEFAULT_POLICY)))).toEqual(DEFAULT_POLICY)
  })
})

test('a score is a whole number from 0 to 100, and says exactly which rules made it', () => {
  fc.assert(
    fc.property(anyEvidence, anyPolicy, (facts, policy) => {
      const { score, reasons } = assess(facts, policy)
      expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true)
      const points = policy.rules
        .filter(({ code }) => reasons.includes(code))
        .reduce((sum, rule) => sum + rule.points, 0)
      expect(score).toBe(Math.min(100, Math.max(0, points)))
    }),
  )
})

test('the first tier that fits is the tier, whatever comes after it', () => {
  fc.assert(
    fc.property(anyEvidence, anyPolicy, fc.nat(5), (facts, policy, at) => {
      const { tier } = assess(facts, policy)
      const index = policy.tiers.indexOf(tier)
      const reversedTail = [
        ...policy.tiers.slice(0, index + 1),
        ...policy.tiers.slice(index + 1).reverse(),
      ]
      expect(assess(facts, { ...policy, tiers: reversedTail }).tier).toBe(tier)
      const without = policy.tiers.filter((each, i) => each === tier || i !== at)
      expect(assess(facts, { ...policy, tiers: without }).tier).toBe(tier)
    }),
  )
})

test('what is unknown never scores below what is known to be safe', () => {
  fc.assert(
    fc.property(anyEvidence, (facts) => {
      const score = (over: Partial<Evidence>) => assess({ ...facts, ...over }, DEFAULT_POLICY).score
      expect(score({ secondFactor: 'unknown' })).toBe(score({ secondFactor: 'absent' }))
      expect(score({ balance: 'unknown' })).toBe(score({ balance: 'nonzero' }))
    }),
  )
})

test('cut points are where conditions change their mind, from 0, ascending, without repetition', () => {
  const policy = {
    ...DEFAULT_POLICY,
    rules: [
      { code: 'many', points: 5, says: 's', when: { batches: { atLeast: 7, below: 20 } } },
      { code: 'few', points: 5, says: 's', when: { batches: { below: 7 } } },
    ],
  }
  expect(cutPoints(policy, 'batches')).toEqual([0, 7, 20])
  expect(cutPoints(policy, 'hostileSources')).toEqual([0])
  expect(cutPoints(DEFAULT_POLICY, 'hostileAttempts')).toEqual([0, 1])
})
