import fc from 'fast-check'
import { DEFAULT_CATALOGUE } from '../../../../src/logins/catalogue.js'
import { credentialStuffing } from '../../../../src/logins/detectors/credential-stuffing.js'
import type { SourceWindow } from '../../../../src/logins/windows.js'

const [firstAt, lastAt] = [new Date('2026-11-02T10:00:00Z'), new Date('2026-11-02T10:14:00Z')]

/** One address that tried fifteen accounts, each at most twice. */
const window = (over: Partial<SourceWindow> = {}): SourceWindow => ({
  level: 'address',
  ip: '198.51.100.7',
  asn: null,
  firstAt,
  lastAt,
  failures: 25,
  successes: 0,
  accounts: 15,
  mostPerAccount: 2,
  accountsTriedUpToTwice: 15,
  accountsTriedTwoToSixTimes: 10,
  ...over,
})
const network = { level: 'network', ip: '198.51.100.0/24' } as const
const system = { level: 'system', ip: null, asn: 64_500n } as const
const each = (accounts: number) => ({ accounts, accountsTriedUpToTwice: accounts })
const isRaised = (over: Partial<SourceWindow>) =>
  credentialStuffing(window(over), DEFAULT_CATALOGUE) !== undefined

test.each<[rule: string, over: Partial<SourceWindow>, expected: boolean]>([
  ['24 failures are too few', { failures: 24 }, false],
  ['25 failures on 15 accounts are stuffing', { failures: 25 }, true],
  ['30 failures on 15 accounts, twice each, are stuffing', { failures: 30 }, true],
  ['14 accounts are too few', { failures: 28, ...each(14) }, false],
  ['16 accounts are enough', { failures: 28, ...each(16) }, true],
  ['where 40 of 100 fail, people mistype', { failures: 40, successes: 60 }, false],
  ['59 of 100 are still people', { failures: 59, successes: 41 }, false],
  ['60 of 100 are not', { failures: 60, successes: 40 }, true],
  ['49 % of accounts tried up to twice are too few', tried(49, 100), false],
  ['50 % are enough', tried(50, 100), true],
  ['51 % are enough', tried(51, 100), true],
])('%s', (_rule, over, expected) => expect(isRaised(over)).toBe(expected))

test('an attacker does not escape by trying a few accounts more often', () => {
  expect(isRaised({ ...tried(80, 100), mostPerAccount: 3 })).toBe(true)
  expect(isRaised({ ...tried(80, 100), mostPerAccount: 300 })).toBe(true)
})

describe('many people share a network, and more a system: they need more evidence', () => {
  test.each<[rule: string, over: Partial<SourceWindow>, expected: boolean]>([
    ['49 failures of a network', { ...network, failures: 49, ...each(30) }, false],
    ['50 failures of a network', { ...network, failures: 50, ...each(30) }, true],
    ['29 accounts of a network', { ...network, failures: 50, ...each(29) }, false],
    ['79 of 100 from a network', { ...network, failures: 79, successes: 21, ...each(30) }, false],
    ['80 of 100 from a network', { ...network, failures: 80, successes: 20, ...each(30) }, true],
    ['199 failures of a system', { ...system, failures: 199, ...each(100) }, false],
    ['200 failures of a system', { ...system, failures: 200, ...each(100) }, true],
    ['99 accounts of a system', { ...system, failures: 200, ...each(99) }, false],
    [
      '890 of 1,000 from a system',
      { ...system, failures: 890, successes: 110, ...each(500) },
      false,
    ],
    [
      '900 of 1,000 from a system',
      { ...system, failures: 900, successes: 100, ...each(500) },
      true,
    ],
  ])('%s: %#', (_rule, over, expected) => expect(isRaised(over)).toBe(expected))
})

test.each<[level: string, over: Partial<SourceWindow>, named: object]>([
  ['an address', {}, { ip: '198.51.100.7', asn: null }],
  ['a network', { ...network, failures: 60, ...each(30) }, { ip: '198.51.100.0/24', asn: null }],
  ['a system', { ...system, failures: 260, ...each(130) }, { ip: null, asn: 64_500n }],
])('it concerns %s and no account', (_level, over, named) => {
  expect(credentialStuffing(window(over), DEFAULT_CATALOGUE)).toMatchObject({
    kind: 'credential_stuffing',
    accountNo: null,
    firstAt,
    lastAt,
    ...named,
  })
})

test('it says how many accounts and how many times', () => {
  expect(
    credentialStuffing(window({ failures: 30, successes: 2 }), DEFAULT_CATALOGUE),
  ).toMatchObject({
    attempts: 32,
    says: 'one source failed on 15 accounts, 30 times within 15 minutes',
  })
})

const anyWindow = fc
  .record({
    level: fc.constantFrom('address', 'network', 'system'),
    failures: fc.integer({ min: 1, max: 2_000 }),
    successes: fc.nat({ max: 2_000 }),
    accounts: fc.integer({ min: 1, max: 500 }),
    tame: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ tame, ...counts }) => ({
    ...counts,
    accountsTriedUpToTwice: Math.floor(counts.accounts * tame),
  }))

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
        accountsTriedUpToTwice: innocent.accountsTriedUpToTwice * times,
      }
      expect([isRaised(innocent), isRaised(grown)]).toEqual([false, false])
    }),
  )
})

function tried(upToTwice: number, accounts: number) {
  return { failures: 200, accounts, accountsTriedUpToTwice: upToTwice, mostPerAccount: 9 }
}
