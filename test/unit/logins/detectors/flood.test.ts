import fc from 'fast-check'
import { DEFAULT_CATALOGUE } from '../../../../src/logins/catalogue.js'
import { flood } from '../../../../src/logins/detectors/flood.js'
import { COUNTED_AT_MOST, type SourceWindow } from '../../../../src/logins/windows.js'

const firstAt = new Date('2026-11-02T13:00:00Z')

/** A source that fills its window on one account alone. */
const window = (over: Partial<SourceWindow> = {}): SourceWindow => ({
  level: 'address',
  ip: '198.51.100.7',
  asn: null,
  firstAt,
  lastAt: new Date(firstAt.getTime() + 50 * 60_000),
  failures: COUNTED_AT_MOST,
  successes: 0,
  accounts: 1,
  mostPerAccount: COUNTED_AT_MOST,
  accountsTriedUpToTwice: 0,
  accountsTriedTwoToSixTimes: 0,
  ...over,
})

test.each<[rule: string, over: Partial<SourceWindow>, isFlood: boolean]>([
  ['a thousand failures are one, on however few accounts', {}, true],
  ['a thousand less one are not', { failures: COUNTED_AT_MOST - 1 }, false],
  ['nor are they where two fifths of the attempts succeed', { successes: 667 }, false],
  ['just under two fifths do not excuse them', { successes: 666 }, true],
  ['a network must fail four times in five', { level: 'network', successes: 251 }, false],
  ['and does', { level: 'network', successes: 250 }, true],
  ['a system must fail nine times in ten', { level: 'system', successes: 112 }, false],
  ['and does so, too', { level: 'system', successes: 111 }, true],
])('%s', (_rule, over, isFlood) => {
  expect(flood(window(over), DEFAULT_CATALOGUE)?.kind).toBe(isFlood ? 'flood' : undefined)
})

test('says that not all of it was counted', () => {
  expect(flood(window(), DEFAULT_CATALOGUE)?.says).toBe(
    'one source failed 1000 times and more within 60 minutes, on 1 account of those counted',
  )
})

test('innocent logins beside it never raise one', () => {
  fc.assert(
    fc.property(fc.nat(COUNTED_AT_MOST - 1), fc.nat(10_000), (failures, successes) => {
      expect(flood(window({ failures, successes }), DEFAULT_CATALOGUE)).toBeUndefined()
    }),
  )
})
