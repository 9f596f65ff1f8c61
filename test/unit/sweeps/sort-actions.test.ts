import fc from 'fast-check'
import { DEFAULT_POLICY } from '../../../src/scoring/default-policy.js'
import { decide } from '../../../src/sweeps/decide.js'
import { sortActions } from '../../../src/sweeps/running/sort-actions.js'
import { anyEvidence } from '../../support/policy-arbitraries.js'

const anyAction = fc.record({
  verdictNo: fc.nat(3),
  secondFactorNow: fc.constantFrom('present' as const, 'absent' as const, 'unknown' as const),
  resetSincePlan: fc.boolean(),
})

test('whatever moved since the plan, every action ends in exactly one outcome', () => {
  const kinds = fc.array(anyEvidence, { minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(kinds, fc.array(anyAction, { maxLength: 40 }), (facts, asked) => {
      const verdicts = new Map(
        facts.map((each, no) => [no, { ...decide(each, DEFAULT_POLICY), evidence: each }] as const),
      )
      const actions = asked.map((action, index) => ({
        ...action,
        accountNo: BigInt(index),
        accountId: `acc-${index}`,
      }))
      const sorted = sortActions(actions, verdicts, DEFAULT_POLICY)
      expect(sorted.outcomes.map(({ accountNo }) => accountNo)).toEqual(
        actions.map(({ accountNo }) => accountNo),
      )
      const overtaken = sorted.outcomes.filter(({ outcome }) => outcome === 'superseded')
      expect(overtaken.map(({ accountNo }) => accountNo)).toEqual(
        sorted.superseded.map(({ accountNo }) => accountNo),
      )
      const touched = new Set(
        [...sorted.reset, ...sorted.review, ...sorted.notify].map(({ accountNo }) => accountNo),
      )
      expect(sorted.superseded.filter(({ accountNo }) => touched.has(accountNo))).toEqual([])
      expect(sorted.outcomes.filter(({ outcome }) => outcome === 'reset_ordered')).toHaveLength(
        sorted.reset.length,
      )
    }),
  )
})

test('a plan that names a verdict it does not have does not run', () => {
  const action = {
    accountNo: 1n,
    accountId: 'a',
    verdictNo: 9,
    secondFactorNow: 'absent' as const,
    resetSincePlan: false,
  }
  expect(() => sortActions([action], new Map(), DEFAULT_POLICY)).toThrow('no verdict 9')
})
