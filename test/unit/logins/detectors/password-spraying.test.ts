import fc from 'fast-check'
import { DEFAULT_CATALOGUE } from '../../../../src/logins/catalogue.js'
import { passwordSpraying } from '../../../../src/logins/detectors/password-spraying.js'
import type { SourceWindow } from '../../../../src/logins/windows.js'

const firstAt = new Date('2026-11-02T10:00:00Z')
const lasting = (seconds: number) => ({ lastAt: new Date(firstAt.getTime() + seconds * 1_000) })

/** One address that tried three passwords on each of five accounts within five minutes. */
const window = (over: Partial<SourceWindow> = {}): SourceWindow => ({
  level: 'address',
  ip: '198.51.100.7',
  asn: null,
  firstAt,
  ...lasting(300),
  failures: 15,
  successes: 0,
  accounts: 5,
  mostPerAccount: 3,
  accountsTriedUpToTwice: 0,
  accountsTriedTwoToSixTimes: 5,
  ...over,
})
const network = { level: 'network', ip: '198.51.100.0/24' } as const
const system = { level: 'system', ip: null, asn: 64_500n } as const
const each = (accounts: number) => ({ accounts, accountsTriedTwoToSixTimes: accounts })
const isRaised = (over: Partial<SourceWindow>) =>
  passwordSpraying(window(over), DEFAULT_CATALOGUE) !== undefined

test.each<[rule: string, over: Partial<SourceWindow>, expected: boolean]>([
  ['14 failures are too few', { failures: 14 }, false],
  ['15 failures on five accounts are spraying', { failures: 15 }, true],
  ['four accounts are too few', { failures: 16, ...each(4) }, false],
  ['six accounts are enough', { failures: 16, ...each(6) }, true],
  ['59 of 100 failing are people', { failures: 59, successes: 41 }, false],
  ['60 of 100 are not', { failures: 60, successes: 40 }, true],
  ['one password on each is no spraying', { mostPerAccount: 1, failures: 15, ...each(15) }, false],
  ['two passwords are', { mostPerAccount: 2 }, true],
  ['eight tries on one account still are', { mostPerAccount: 8 }, true],
  ['nine are brute force', { mostPerAccount: 9 }, false],
  ['59 % of accounts tried two to six times are too few', patient(59), false],
  ['60 % are enough', patient(60), true],
  ['a burst of just under five minutes is too fast', lasting(299), false],
  ['five minutes are slow enough', lasting(300), true],
  ['an hour is', lasting(3_600), true],
])('%s', (_rule, over, expected) => expect(isRaised(over)).toBe(expected))

test.each<[rule: string, over: Partial<SourceWindow>, expected: boolean]>([
  ['39 failures of a network are too few', { ...network, failures: 39, ...each(15) }, false],
  ['40 failures of a network are enough', { ...network, failures: 40, ...each(15) }, true],
  ['14 accounts of a network are too few', { ...network, failures: 40, ...each(14) }, false],
  ['79 of 100 of a network', { ...network, failures: 79, successes: 21, ...each(15) }, false],
  ['80 of 100 of a network', { ...network, failures: 80, successes: 20, ...each(15) }, true],
  ['199 failures of a system are too few', { ...system, failures: 199, ...each(80) }, false],
  ['200 failures of a system are enough', { ...system, failures: 200, ...each(80) }, true],
  ['79 accounts of a system are too few', { ...system, failures: 200, ...each(79) }, false],
  ['890 of 1,000 of a system', { ...system, failures: 890, successes: 110, ...each(80) }, false],
  ['900 of 1,000 of a system', { ...system, failures: 900, successes: 100, ...each(80) }, true],
])('%s', (_rule, over, expected) => expect(isRaised(over)).toBe(expected))

test('it concerns the source, and says how many accounts and failures', () => {
  const raised = passwordSpraying(window({ successes: 1 }), DEFAULT_CATALOGUE)
  expect(raised).toEqual({
    kind: 'password_spraying',
    accountNo: null,
    ip: '198.51.100.7',
    asn: null,
    firstAt,
    ...lasting(300),
    attempts: 16,
    says: 'one source tried a few passwords on each of 5 accounts, 15 failures within 60 minutes',
  })
  expect(
    passwordSpraying(window({ ...system, failures: 240, ...each(80) }), DEFAULT_CATALOGUE),
  ).toMatchObject({ ip: null, asn: 64_500n })
})

const anyWindow = fc.record({
  level: fc.constantFrom('address', 'network', 'system'),
  failures: fc.integer({ min: 1, max: 1_000 }),
  successes: fc.nat({ max: 1_000 }),
  accounts: fc.integer({ min: 1, max: 200 }),
  mostPerAccount: fc.integer({ min: 1, max: 12 }),
  accountsTriedTwoToSixTimes: fc.nat({ max: 200 }),
})

test('more logins that work never raise it', () => {
  fc.assert(
    fc.property(anyWindow, fc.nat({ max: 5_000 }), (some, more) => {
      const after = isRaised({ ...some, successes: some.successes + more })
      expect(!after || isRaised(some)).toBe(true)
    }),
  )
})

test('innocent traffic, most of which works, stays innocent however much it grows', () => {
  fc.assert(
    fc.property(anyWindow, fc.integer({ min: 2, max: 100 }), (some, times) => {
      const innocent = { ...some, successes: some.failures + some.successes }
      const grown = {
        ...innocent,
        failures: innocent.failures * times,
        successes: innocent.successes * times,
        accounts: innocent.accounts * times,
        accountsTriedTwoToSixTimes: innocent.accountsTriedTwoToSixTimes * times,
      }
      expect([isRaised(innocent), isRaised(grown)]).toEqual([false, false])
    }),
  )
})

function patient(accountsTriedTwoToSixTimes: number) {
  return { failures: 300, accounts: 100, mostPerAccount: 8, accountsTriedTwoToSixTimes }
}
