import fc from 'fast-check'
import { DEFAULT_CATALOGUE } from '../../../../src/logins/catalogue.js'
import { automation } from '../../../../src/logins/detectors/automation.js'
import type { PairWindow } from '../../../../src/logins/windows.js'

const [firstAt, lastAt] = [new Date('2026-11-02T10:00:00Z'), new Date('2026-11-02T10:29:00Z')]

/** Ten tries with one browser that keeps its device token. */
const window = (over: Partial<PairWindow> = {}): PairWindow => ({
  accountNo: 7n,
  ip: '198.51.100.7',
  firstAt,
  lastAt,
  tries: 10,
  devices: 1,
  triesWithDevice: 10,
  agents: 1,
  ...over,
})
const says = (over: Partial<PairWindow>) => automation(window(over), DEFAULT_CATALOGUE)?.says
const all = (tries: number) => ({ tries, triesWithDevice: tries })

test.each<[rule: string, over: Partial<PairWindow>, isRaised: boolean]>([
  ['one browser that keeps its token is a person, however patient', all(500), false],
  ['six device tokens are too few', { devices: 6 }, false],
  ['seven device tokens in ten tries are a program', { devices: 7 }, true],
  ['seven device tokens in nine tries are too early to say', { ...all(9), devices: 7 }, false],
  ['a new token at half the tries', { ...all(20), devices: 10 }, true],
  ['a new token at fewer than half', { ...all(21), devices: 10 }, false],
  ['eleven tries without any token', { tries: 11, triesWithDevice: 0, devices: 0 }, false],
  ['twelve tries without any token', { tries: 12, triesWithDevice: 0, devices: 0 }, true],
  ['a token at 14 of 100 tries', { tries: 100, triesWithDevice: 14 }, true],
  ['a token at 15 of 100 tries', { tries: 100, triesWithDevice: 15 }, false],
  ['four user agents are too few', { agents: 4 }, false],
  ['five user agents in ten tries', { agents: 5 }, true],
  ['five user agents in nine tries', { ...all(9), agents: 5 }, false],
])('%s: %#', (_rule, over, isRaised) => {
  expect(says(over) !== undefined).toBe(isRaised)
})

test.each<[over: Partial<PairWindow>, why: string]>([
  [{ devices: 8 }, '10 times within 30 minutes with 8 device tokens'],
  [
    { tries: 20, triesWithDevice: 1 },
    '20 times within 30 minutes with a device token on only 1 of them',
  ],
  [{ tries: 12, triesWithDevice: 0 }, '12 times within 30 minutes without any device token'],
  [{ agents: 6 }, '10 times within 30 minutes with 6 user agents'],
])('the sentence says what is not like a person: %#', (over, why) => {
  expect(says(over)).toBe(`one source failed on this account ${why}`)
})

test('it concerns the account and the source', () => {
  expect(automation(window({ devices: 8 }), DEFAULT_CATALOGUE)).toMatchObject({
    kind: 'automation',
    accountNo: 7n,
    ip: '198.51.100.7',
    asn: null,
    firstAt,
    lastAt,
    attempts: 10,
  })
})

test('another device token or user agent never takes it back', () => {
  const counts = fc.record({
    tries: fc.integer({ min: 1, max: 40 }),
    devices: fc.nat({ max: 40 }),
    agents: fc.nat({ max: 10 }),
  })
  fc.assert(
    fc.property(counts, fc.nat({ max: 5 }), fc.nat({ max: 5 }), (some, devices, agents) => {
      const odd = { ...some, triesWithDevice: some.tries }
      const odder = { ...odd, devices: odd.devices + devices, agents: odd.agents + agents }
      expect(says(odd) === undefined || says(odder) !== undefined).toBe(true)
    }),
  )
})
