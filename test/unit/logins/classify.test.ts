import { classifyAccount, classifySource, classifySuccess } from '../../../src/logins/classify.js'

const firstAt = new Date('2026-11-02T10:00:00Z')
const lastAt = new Date('2026-11-02T10:09:00Z')

test.each([
  [9, undefined],
  [10, 'brute_force'],
  [11, 'brute_force'],
])('%i failures on one account within ten minutes: %s', (failures, kind) => {
  const window = { accountNo: 7n, firstAt, lastAt, failures, sources: 3 }
  expect(classifyAccount(window)?.kind).toBe(kind)
})

test.each<[string, { failures: number; successes: number; accounts: number }, string | undefined]>([
  [
    '25 failures on 15 accounts',
    { failures: 25, successes: 0, accounts: 15 },
    'credential_stuffing',
  ],
  ['24 failures are too few', { failures: 24, successes: 0, accounts: 15 }, undefined],
  ['14 accounts are too few', { failures: 25, successes: 0, accounts: 14 }, undefined],
  ['60 % are enough', { failures: 30, successes: 20, accounts: 15 }, 'credential_stuffing'],
  ['an office where half of it works', { failures: 50, successes: 50, accounts: 40 }, undefined],
  ['just below 60 %', { failures: 59, successes: 41, accounts: 40 }, undefined],
  ['one forgetful person', { failures: 500, successes: 0, accounts: 1 }, undefined],
])('one source: %s', (_rule, counts, kind) => {
  expect(classifySource({ ip: '203.0.113.7', firstAt, lastAt, ...counts })?.kind).toBe(kind)
})

test('a signal names whom it concerns, when, how often, and says so in one sentence', () => {
  expect(classifyAccount({ accountNo: 7n, firstAt, lastAt, failures: 12, sources: 1 })).toEqual({
    kind: 'brute_force',
    accountNo: 7n,
    ip: null,
    firstAt,
    lastAt,
    attempts: 12,
    says: '12 failed logins within 10 minutes from 1 source',
  })
  const window = { ip: '203.0.113.7', firstAt, lastAt, failures: 40, successes: 2, accounts: 33 }
  expect(classifySource(window)).toMatchObject({ accountNo: null, ip: '203.0.113.7', attempts: 42 })
  expect(classifySource(window)?.says).toMatch(/33 accounts, 40 times/)
})

test.each([
  [0, '0 minutes'],
  [60_000, '1 minute '],
  [180 * 60_000, '180 minutes'],
])('a success %i ms after the attack says how soon', (ms, says) => {
  const at = new Date(lastAt.getTime() + ms)
  const signal = classifySuccess({ accountNo: 7n, ip: '203.0.113.7', at, attackedAt: lastAt })
  expect(signal).toMatchObject({
    kind: 'success_after_attack',
    accountNo: 7n,
    firstAt: at,
    attempts: 1,
  })
  expect(signal.says).toContain(says)
})
