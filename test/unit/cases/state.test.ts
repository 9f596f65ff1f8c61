import { PRIORITY } from '../../../src/cases/priority.js'
import {
  type CaseStatus,
  DECISION_REASONS,
  DECISION_SAYS,
  DECISIONS,
  LEASE_MINUTES,
  NEXT,
} from '../../../src/cases/state.js'

/** Design §6, as drawn there. */
test.each<[CaseStatus, CaseStatus, boolean]>([
  ['open', 'claimed', true],
  ['open', 'snoozed', true],
  ['snoozed', 'open', true],
  ['claimed', 'open', true],
  ['claimed', 'decided', true],
  ['claimed', 'awaiting_second', true],
  ['awaiting_second', 'decided', true],
  ['decided', 'open', true],
  ['open', 'decided', false],
  ['decided', 'claimed', false],
  ['snoozed', 'decided', false],
])('%s → %s: %s', (from, to, isAllowed) => {
  expect((NEXT[from] as readonly string[]).includes(to)).toBe(isAllowed)
})

test('the more urgent a case, the earlier its turn and the sooner it is due', () => {
  const { critical, high, normal } = PRIORITY
  expect([critical.rank, high.rank, normal.rank]).toEqual([0, 1, 2])
  expect(critical.dueMinutes).toBeLessThan(high.dueMinutes)
  expect(high.dueMinutes).toBeLessThan(normal.dueMinutes)
})

test('every decision of the design says what it does', () => {
  expect([...DECISIONS].sort()).toEqual([
    'confirm_takeover',
    'keep_reset',
    'lock',
    'release',
    'reset',
  ])
  for (const decision of DECISIONS) expect(DECISION_SAYS[decision].length).toBeGreaterThan(10)
  expect(new Set(DECISION_REASONS).size).toBe(DECISION_REASONS.length)
  expect(LEASE_MINUTES).toBe(15)
})
