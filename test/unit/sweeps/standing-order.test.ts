import fc from 'fast-check'
import { DEFAULT_POLICY } from '../../../src/scoring/default-policy.js'
import type { Effect } from '../../../src/scoring/policy.js'
import {
  type InForce,
  standingOrder,
  withinLimits,
} from '../../../src/sweeps/watch/standing-order.js'
import { evidence } from '../../support/evidence.js'

const NOTHING: InForce = { held: false, openCase: null, decided: null, enteredSinceDecision: false }
const UNPROTECTED = { secondFactor: 'absent', balance: 'nonzero' } as const
const PROTECTED = { secondFactor: 'present', balance: 'zero' } as const
const ATTACKED = { hostileAttempts: 3 }
const ENTERED = { hostileAttempts: 3, hostileSuccesses: 1 }
const released = (minutesAgo: number) => ({ decided: { decision: 'release', minutesAgo } })

test.each([
  [
    'an attack on an unprotected account holds, resets and asks',
    { ...UNPROTECTED, ...ATTACKED },
    {},
    'hold reset review',
  ],
  ['an attack on a protected account asks', { ...PROTECTED, ...ATTACKED }, {}, 'review'],
  [
    'what is held is not held again',
    { ...UNPROTECTED, ...ATTACKED },
    { held: true },
    'reset review',
  ],
  [
    'a case that waits is not opened again',
    { ...PROTECTED, ...ATTACKED },
    { openCase: 'normal' },
    '',
  ],
  [
    'but raised when it gets more urgent',
    { ...PROTECTED, ...ENTERED },
    { openCase: 'normal', held: true },
    'reset review',
  ],
  [
    'whoever was reset since the exposure is left alone',
    { ...UNPROTECTED, ...ATTACKED, resetSinceExposure: true },
    {},
    '',
  ],
  ['nobody is told twice', PROTECTED, {}, ''],
  [
    'whom people released is only asked about',
    { ...UNPROTECTED, ...ATTACKED },
    released(60),
    'review',
  ],
  ['and not within the hour', { ...UNPROTECTED, ...ATTACKED }, released(59), ''],
  [
    'nor while a case waits',
    { ...UNPROTECTED, ...ATTACKED },
    { ...released(90), openCase: 'normal' },
    '',
  ],
  ['a changed fact alone does not go against what people decided', UNPROTECTED, released(600), ''],
  [
    'a login that worked since does',
    { ...UNPROTECTED, ...ENTERED },
    { ...released(1), enteredSinceDecision: true },
    'hold reset review',
  ],
  [
    'an address that is only equivalent goes to people',
    { ...UNPROTECTED, ...ENTERED, match: 'equivalent' },
    {},
    'review',
  ],
] as const)('%s', (_rule, facts, inForce, effects) => {
  const order = standingOrder(
    evidence(facts),
    { ...NOTHING, ...(inForce as Partial<InForce>) },
    DEFAULT_POLICY,
  )
  expect(order?.effects.join(' ') ?? '').toBe(effects)
})

type Candidate = { accountNo: bigint; ip: string | null; entered: boolean; effects: Effect[] }
const candidate = (no: number, over: Partial<Candidate> = {}): Candidate => ({
  accountNo: BigInt(no),
  ip: '203.0.113.1',
  entered: false,
  effects: ['hold', 'reset'],
  ...over,
})
const NONE = { thisHour: 0, bySource: new Map<string, number>() }
const numbers = (some: readonly Candidate[]) => some.map(({ accountNo }) => Number(accountNo))

test.each([
  [
    'as many as the hour allows',
    [candidate(1), candidate(2), candidate(3)],
    NONE,
    { perHour: 2, perSourcePerHour: 9 },
    [1, 2],
  ],
  [
    'less what the hour has seen',
    [candidate(1), candidate(2)],
    { ...NONE, thisHour: 1 },
    { perHour: 2, perSourcePerHour: 9 },
    [1],
  ],
  [
    'asking people is never limited',
    [candidate(1, { effects: ['review'] })],
    NONE,
    { perHour: 0, perSourcePerHour: 0 },
    [1],
  ],
  [
    'who was entered comes first',
    [candidate(1), candidate(2, { entered: true })],
    NONE,
    { perHour: 1, perSourcePerHour: 9 },
    [2],
  ],
  [
    'so many because of one source',
    [candidate(1), candidate(2), candidate(3, { ip: '203.0.113.2' })],
    NONE,
    { perHour: 9, perSourcePerHour: 1 },
    [1, 3],
  ],
  [
    'whose logins that worked are not limited',
    [candidate(1, { entered: true }), candidate(2, { entered: true })],
    NONE,
    { perHour: 9, perSourcePerHour: 0 },
    [1, 2],
  ],
])('the watch acts on %s', (...[, candidates, used, limits, acted]) => {
  expect(numbers(withinLimits(candidates, used, limits).act)).toEqual(acted)
})

test('everybody is either acted on or waits, and nobody above the limit is acted on', () => {
  const some = fc.array(
    fc.record({
      ip: fc.constantFrom('203.0.113.1', '203.0.113.2', null),
      entered: fc.boolean(),
      effects: fc.constantFrom<Effect[]>(['hold', 'reset'], ['review'], ['hold']),
    }),
  )
  fc.assert(
    fc.property(some, fc.nat(10), fc.nat(5), (drawn, perHour, perSourcePerHour) => {
      const candidates = drawn.map((over, index) => candidate(index, over))
      const { act, wait } = withinLimits(candidates, NONE, { perHour, perSourcePerHour })
      expect([...numbers(act), ...numbers(wait)].sort((a, b) => a - b)).toEqual(numbers(candidates))
      expect(act.filter(({ effects }) => effects.includes('hold')).length).toBeLessThanOrEqual(
        perHour,
      )
    }),
  )
})
