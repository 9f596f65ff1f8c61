import fc from 'fast-check'
import { DEFAULT_CATALOGUE } from '../../../../src/logins/catalogue.js'
import { successAfterAttack } from '../../../../src/logins/detectors/success-after-attack.js'
import type { JudgedLogin } from '../../../../src/logins/windows.js'

const at = new Date('2026-11-02T13:00:00Z')
const before = (minutes: number) => ({ attackedAt: new Date(at.getTime() - minutes * 60_000) })

/** A login at a place that is new for an account nobody attacks. */
const login = (over: Partial<JudgedLogin> = {}): JudgedLogin => ({
  accountNo: 7n,
  ip: '198.51.100.7',
  at,
  familiar: false,
  attackedAt: null,
  attackedFromHere: false,
  failures: 0,
  failedOnOthers: 0,
  failureShare: 0,
  ...over,
})
const stranger = { failures: 15, failedOnOthers: 15, failureShare: 0.8 }
const judge = (over: Partial<JudgedLogin>) => successAfterAttack(login(over), DEFAULT_CATALOGUE)

test.each<[rule: string, over: Partial<JudgedLogin>, kind: string | undefined]>([
  ['a new place alone is no attack', {}, undefined],
  ['a login a moment after an attack', before(1 / 60), 'success_after_attack'],
  ['a login 179 minutes after an attack', before(179), 'success_after_attack'],
  ['a login 180 minutes after an attack', before(180), 'success_after_attack'],
  ['a login more than 180 minutes after an attack', before(180.1), undefined],
  ['a login at the instant of the attack is not after it', before(0), undefined],
  ['an attack that only follows', before(-5), undefined],
  ['the attacking source itself', { ...before(5), attackedFromHere: true }, 'success_after_attack'],
  ['a source that fails on 14 others', { ...stranger, failedOnOthers: 14 }, undefined],
  ['a source that fails on 15 others', stranger, 'success_from_attacker'],
  ['… and 79 % of the time', { ...stranger, failureShare: 0.79 }, undefined],
  ['… and 81 % of the time', { ...stranger, failureShare: 0.81 }, 'success_from_attacker'],
  ['an attack on the account says more', { ...stranger, ...before(5) }, 'success_after_attack'],
  [
    'an attack long ago leaves the source',
    { ...stranger, ...before(300) },
    'success_from_attacker',
  ],
  [
    'the owner at a place of their own, after an attack',
    { familiar: true, ...before(5) },
    undefined,
  ],
  ['… even from an attacking network', { familiar: true, ...stranger, ...before(5) }, undefined],
])('%s: %#', (_rule, over, kind) => expect(judge(over)?.kind).toBe(kind))

test.each<[over: Partial<JudgedLogin>, says: string]>([
  [
    { ...before(7), attackedFromHere: true },
    'a login succeeded 7 minutes after this account was attacked, from a source that attacked it',
  ],
  [
    before(1),
    'a login succeeded 1 minute after this account was attacked, from a place not established as its own',
  ],
  [
    { ...stranger, failedOnOthers: 43 },
    'a login succeeded from a source that failed on 43 other accounts within the hour',
  ],
])('the sentence says why: %#', (over, says) => expect(judge(over)?.says).toBe(says))

test('it concerns the account and the source at one instant', () => {
  expect(judge(before(7))).toMatchObject({
    accountNo: 7n,
    ip: '198.51.100.7',
    asn: null,
    firstAt: at,
    lastAt: at,
    attempts: 1,
  })
})

test('nobody is ever blamed at a familiar place', () => {
  const anyLogin = fc.record({
    attackedAt: fc.option(fc.date({ noInvalidDate: true }), { nil: null }),
    attackedFromHere: fc.boolean(),
    failedOnOthers: fc.nat(),
    failureShare: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(anyLogin, (around) => {
      expect(judge({ ...around, familiar: true })).toBeUndefined()
    }),
  )
})
