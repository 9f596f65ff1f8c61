import fc from 'fast-check'
import { DEFAULT_CATALOGUE } from '../../../../src/logins/catalogue.js'
import { distributedSpraying } from '../../../../src/logins/detectors/distributed-spraying.js'
import type { PlatformWindow } from '../../../../src/logins/windows.js'

const [firstAt, lastAt] = [new Date('2026-11-02T10:00:00Z'), new Date('2026-11-02T10:15:00Z')]

const window = (over: Partial<PlatformWindow> = {}): PlatformWindow => ({
  firstAt,
  lastAt,
  failures: 25,
  sources: 5,
  accounts: 8,
  usual: 0,
  ...over,
})
const isRaised = (over: Partial<PlatformWindow>) =>
  distributedSpraying(window(over), DEFAULT_CATALOGUE) !== undefined

test.each<[rule: string, over: Partial<PlatformWindow>, expected: boolean]>([
  ['24 failures are too few', { failures: 24 }, false],
  ['25 failures, eight accounts, five sources are spraying', {}, true],
  ['four sources are too few', { sources: 4 }, false],
  ['six sources are enough', { sources: 6 }, true],
  ['seven accounts are too few', { accounts: 7 }, false],
  ['nine accounts are enough', { accounts: 9 }, true],
  ['five tries on each account are a few', { failures: 50, accounts: 10 }, true],
  ['more than five are brute force', { failures: 51, accounts: 10 }, false],
  ['four sources for every account are spraying', { accounts: 20, sources: 80 }, true],
  ['more are an attack on a few', { accounts: 20, sources: 81 }, false],
  ['three times what is usual is unusual', { failures: 300, accounts: 200, usual: 100 }, true],
  ['just less is not', { failures: 299, accounts: 200, usual: 100 }, false],
])('%s', (_rule, over, expected) => expect(isRaised(over)).toBe(expected))

test('where nothing is usual, one failure is', () => {
  const patient = { ...DEFAULT_CATALOGUE.distributedSpraying, timesUsual: 50 }
  const catalogue = { ...DEFAULT_CATALOGUE, distributedSpraying: patient }
  const judge = (failures: number) =>
    distributedSpraying(window({ failures, accounts: 10, usual: 0 }), catalogue)
  expect(judge(49)).toBeUndefined()
  expect(judge(50)).toBeDefined()
})

test('it concerns the whole platform: no account, no source', () => {
  const busy = window({ failures: 420, accounts: 300, sources: 120, usual: 31 })
  expect(distributedSpraying(busy, DEFAULT_CATALOGUE)).toEqual({
    kind: 'distributed_spraying',
    accountNo: null,
    ip: null,
    asn: null,
    firstAt,
    lastAt,
    attempts: 420,
    says: '120 strange sources failed on 300 accounts within 15 minutes, 420 times where 31 is usual',
  })
})

const anyWindow = fc.record({
  failures: fc.integer({ min: 1, max: 500 }),
  sources: fc.integer({ min: 1, max: 100 }),
  accounts: fc.integer({ min: 1, max: 300 }),
  usual: fc.nat({ max: 500 }),
})

test('a platform that grows, its usual failures with it, raises nothing new', () => {
  fc.assert(
    fc.property(anyWindow, fc.integer({ min: 2, max: 50 }), (some, times) => {
      const usual = Math.ceil(some.failures / 2)
      const grown = {
        failures: some.failures * times,
        sources: some.sources * times,
        accounts: some.accounts * times,
        usual: usual * times,
      }
      expect([isRaised({ ...some, usual }), isRaised(grown)]).toEqual([false, false])
    }),
  )
})

test('the more is usual, the less is raised', () => {
  fc.assert(
    fc.property(anyWindow, fc.nat({ max: 500 }), (some, more) => {
      expect(!isRaised({ ...some, usual: some.usual + more }) || isRaised(some)).toBe(true)
    }),
  )
})
