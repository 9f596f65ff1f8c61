import { DEFAULT_POLICY } from '../../../src/scoring/default-policy.js'
import { type Held, moneyOf } from '../../../src/sweeps/reviewing/money.js'
import {
  readThresholds,
  thresholdsOf,
  withThresholds,
} from '../../../src/sweeps/reviewing/thresholds.js'

const held = (tier: string | null, accounts: number, currency = 'USD'): Held => ({
  tier,
  currency,
  accounts,
  total: String(accounts * 10),
})

describe('what accounts hold is never told of few', () => {
  test('a sum of four is withheld, one of five is shown', () => {
    expect(moneyOf([held('a', 4)], 'a')).toEqual([{ currency: 'USD', accounts: 4, total: null }])
    expect(moneyOf([held('a', 5)], 'a')).toEqual([{ currency: 'USD', accounts: 5, total: '50' }])
  })

  test.each([
    ['one tier of few', [held('a', 9), held('b', 2), held(null, 11)], null],
    ['tiers of few who are enough together', [held('a', 3), held('b', 2), held(null, 5)], '50'],
    ['few of another currency', [held('a', 9), held('b', 2, 'EUR'), held(null, 9)], '90'],
  ])('the sum of all tiers beside %s', (_case, groups, total) => {
    const [all] = moneyOf(groups, null)
    expect(all?.total).toBe(total)
  })
})

describe('the thresholds of a policy', () => {
  test('are those of its tiers, and read back as they are written', () => {
    const written = thresholdsOf(DEFAULT_POLICY)
      .map(({ tier, fact, bound, value }) => `${tier}.${fact}.${bound}:${value}`)
      .join(',')
    expect(written).toBe(
      'takeover.hostileSuccesses.atLeast:1,attacked.hostileAttempts.atLeast:1,targeted.hostileAttempts.atLeast:1',
    )
    expect(readThresholds(written)).toEqual(thresholdsOf(DEFAULT_POLICY))
    expect(readThresholds(undefined)).toEqual([])
  })

  test('move without changing the policy they came from', () => {
    const before = structuredClone(DEFAULT_POLICY)
    const moved = withThresholds(
      DEFAULT_POLICY,
      readThresholds('attacked.hostileAttempts.atLeast:4'),
    )
    expect(moved.tiers[1]?.when.hostileAttempts).toEqual({ atLeast: 4 })
    expect(moved.rules).toEqual(before.rules)
    expect(DEFAULT_POLICY).toEqual(before)
  })
})
