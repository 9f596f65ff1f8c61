import fc from 'fast-check'
import { DEFAULT_CATALOGUE } from '../../../../src/logins/catalogue.js'
import { newPlaces } from '../../../../src/logins/detectors/new-place.js'
import type { Visit } from '../../../../src/logins/windows.js'

const start = Date.parse('2026-11-02T10:00:00Z')
const visit = (minutes: number, over: Partial<Visit> = {}): Visit => ({
  at: new Date(start + minutes * 60_000),
  ip: '198.51.100.7',
  country: 'NO',
  asn: 64_500n,
  device: 'd-1',
  userAgent: 'Firefox',
  latitude: null,
  longitude: null,
  listed: null,
  ...over,
})
const usual = (logins: number, over: Partial<Visit> = {}) =>
  Array.from({ length: logins }, (_, index) => visit(index, over))
const found = (visits: readonly Visit[]) => newPlaces(visits, DEFAULT_CATALOGUE)
const kinds = (visits: readonly Visit[]) => found(visits).map(({ kind }) => kind)

test.each<[rule: string, visits: Visit[], kinds: string[]]>([
  ['the usual place is not new', usual(20), []],
  ['another country is', [...usual(5), visit(9, { country: 'NZ' })], ['new_country']],
  ['another autonomous system is', [...usual(5), visit(9, { asn: 64_501n })], ['new_network']],
  ['another device token is', [...usual(5), visit(9, { device: 'd-2' })], ['new_device']],
  [
    'another address or browser is not',
    [...usual(5), visit(9, { ip: '::1', userAgent: 'w3m' })],
    [],
  ],
  [
    'all three at once are three',
    [...usual(5), visit(9, { country: 'NZ', asn: 64_501n, device: 'd-2' })],
    ['new_country', 'new_network', 'new_device'],
  ],
  ['after four logins nothing is known yet', [...usual(4), visit(9, { country: 'NZ' })], []],
  ['after six it is', [...usual(6), visit(9, { country: 'NZ' })], ['new_country']],
  ['what was learned is not new later', [visit(0, { country: 'NZ' }), ...usual(9)], []],
  [
    'a new place is new once',
    [...usual(5), visit(8, { country: 'NZ' }), visit(9, { country: 'NZ' })],
    ['new_country'],
  ],
  ['an unknown place is not new', [...usual(5), visit(9, { country: null, device: null })], []],
  [
    'logins without device tokens do not make the first device new',
    [...usual(9, { device: null }), visit(9)],
    [],
  ],
  [
    'nor do they count as logins to compare with',
    [...usual(9, { device: null }), ...usual(4), visit(20, { device: 'd-2' })],
    [],
  ],
])('%s', (_rule, visits, expected) => expect(kinds(visits)).toEqual(expected))

test('the sentences name the place and how much is known, and never the device token', () => {
  const there = visit(99, { ip: '203.0.113.9', country: 'NZ', asn: 64_501n, device: 'secret' })
  expect(found([...usual(23), there])).toEqual([
    {
      kind: 'new_country',
      at: there.at,
      ip: '203.0.113.9',
      says: 'the first login from country NZ, after 23 logins without',
    },
    {
      kind: 'new_network',
      at: there.at,
      ip: '203.0.113.9',
      says: 'the first login from network AS64501, after 23 logins without',
    },
    {
      kind: 'new_device',
      at: there.at,
      ip: '203.0.113.9',
      says: 'the first login with this device, after 23 logins without',
    },
  ])
})

test('with nothing to learn, the second login can be new but the first cannot', () => {
  const catalogue = { ...DEFAULT_CATALOGUE, newPlace: { learningLogins: 0 } }
  expect(newPlaces([visit(0)], catalogue)).toEqual([])
  expect(newPlaces([visit(0), visit(1, { country: 'NZ' })], catalogue)).toHaveLength(1)
})

test.each<[string, Partial<Visit>, Partial<Visit>]>([
  ['autonomous systems', { asn: 64_501n }, { asn: 64_502n }],
  ['countries', { country: 'NZ' }, { country: 'US' }],
  ['devices', { device: 'd-2', ip: '203.0.113.1' }, { device: 'd-3', ip: '203.0.113.2' }],
])('two %s at one instant are found alike, whichever arrived first', (_what, one, other) => {
  const [first, second] = [visit(9, one), visit(9, other)]
  const either = found([...usual(5), first, second])
  expect(either).toHaveLength(2)
  expect(found([...usual(5), second, first])).toEqual(either)
})

const anyVisit = fc
  .record({
    minutes: fc.nat({ max: 30 }),
    country: fc.constantFrom(null, 'NO', 'NZ', 'US'),
    asn: fc.constantFrom(null, 1n, 2n),
    device: fc.constantFrom(null, 'd-1', 'd-2', 'd-3'),
  })
  .map(({ minutes, ...rest }) => visit(minutes, rest))
const visitsTwice = fc
  .array(anyVisit, { maxLength: 30 })
  .chain((visits) =>
    fc.tuple(fc.constant(visits), fc.shuffledSubarray(visits, { minLength: visits.length })),
  )

test('the order in which logins arrive changes nothing', () => {
  fc.assert(
    fc.property(visitsTwice, ([visits, others]) => expect(found(others)).toEqual(found(visits))),
  )
})

test('each country, system and device is new at most once, and found in order of time', () => {
  fc.assert(
    fc.property(visitsTwice, ([visits]) => {
      const times = found(visits).map(({ at }) => at.getTime())
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(kinds(visits).filter((kind) => kind === 'new_country').length).toBeLessThanOrEqual(2)
      expect(kinds(visits).filter((kind) => kind === 'new_device').length).toBeLessThanOrEqual(2)
    }),
  )
})
