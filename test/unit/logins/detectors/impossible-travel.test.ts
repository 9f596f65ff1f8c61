import fc from 'fast-check'
import { DEFAULT_CATALOGUE } from '../../../../src/logins/catalogue.js'
import {
  haversineKilometres,
  impossibleTravel,
  type Point,
} from '../../../../src/logins/detectors/impossible-travel.js'
import type { Visit } from '../../../../src/logins/windows.js'

const NEW_YORK = { latitude: 40.71427, longitude: -74.00597 }
const AUCKLAND = { latitude: -36.84853, longitude: 174.76349 }
const LOS_ANGELES = { latitude: 34.05223, longitude: -118.24368 }
const NOWHERE = { latitude: null, longitude: null }
const POLE = { latitude: 90, longitude: 0 }
/** So many kilometres south of the pole. */
const southBy = (kilometres: number) => ({
  latitude: 90 - (kilometres / (6_371 * Math.PI)) * 180,
  longitude: 0,
})

const start = Date.parse('2026-11-02T10:00:00Z')
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const visit = (minutes: number, over: Partial<Visit> = {}): Visit => ({
  at: new Date(start + minutes * MINUTE),
  ip: '198.51.100.7',
  country: null,
  asn: null,
  device: null,
  userAgent: null,
  listed: null,
  ...NEW_YORK,
  ...over,
})
/** Ten logins at one place, a day apart, the last at the start: learning is over. */
const settled = (place: Point = NEW_YORK) =>
  Array.from({ length: 10 }, (_, day) => visit((day - 9) * 24 * 60, place))
const found = (visits: readonly Visit[]) => impossibleTravel(visits, DEFAULT_CATALOGUE)

describe('distances are great circles on a sphere of 6,371 km', () => {
  test.each<[string, Point, Point, number]>([
    ['New York–Auckland', NEW_YORK, AUCKLAND, 14_193.9],
    ['New York–Los Angeles', NEW_YORK, LOS_ANGELES, 3_935.7],
    ['nowhere', NEW_YORK, NEW_YORK, 0],
    ['pole to pole', POLE, { latitude: -90, longitude: 77 }, 6_371 * Math.PI],
    ['antipodes', { latitude: 0, longitude: 10 }, { latitude: 0, longitude: -170 }, 20_015.1],
    [
      'over the date line',
      { latitude: 0, longitude: 179.5 },
      { latitude: 0, longitude: -179.5 },
      111.2,
    ],
  ])('%s', (_name, from, to, kilometres) => {
    expect(haversineKilometres(from, to)).toBeCloseTo(kilometres, 1)
  })

  const anyPoint = fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  })

  test('there and back are equally far, and nothing is farther than half round the earth', () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, (from, to) => {
        const kilometres = haversineKilometres(from, to)
        expect(haversineKilometres(to, from)).toBe(kilometres)
        expect(kilometres).toBeGreaterThanOrEqual(0)
        expect(kilometres).toBeLessThanOrEqual(6_371 * Math.PI + 1e-6)
      }),
    )
  })

  test('no way round is shorter', () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, anyPoint, (from, over, to) => {
        const direct = haversineKilometres(from, to)
        const around = haversineKilometres(from, over) + haversineKilometres(over, to)
        expect(direct).toBeLessThanOrEqual(around + 1e-3)
      }),
    )
  })
})

describe('the cases of panther-analysis', () => {
  test.each<[string, minutes: number, Point, says: string]>([
    [
      'New York–Auckland in two hours',
      120,
      AUCKLAND,
      'a login succeeded 14194 km from the login 120 minutes before, which takes 7097 km/h',
    ],
    [
      'New York–Los Angeles in 124 minutes',
      124,
      LOS_ANGELES,
      'a login succeeded 3936 km from the login 124 minutes before, which takes 1904 km/h',
    ],
  ])('%s is impossible', (_name, minutes, place, says) => {
    const there = visit(minutes, { ...place, ip: '203.0.113.9' })
    expect(found([...settled(), there])).toEqual([
      { kind: 'impossible_travel', at: there.at, ip: '203.0.113.9', says },
    ])
  })
})

test.each<[rule: string, kilometres: number, minutes: number, isRaised: boolean]>([
  ['899 km in an hour can be flown', 899, 60, false],
  ['901 km in an hour cannot', 901, 60, true],
  ['901 km in two hours can', 901, 120, false],
  ['49 km at once may be imprecise coordinates', 49, 0, false],
  ['51 km at once are not', 51, 0, true],
  ['51 km in an hour are a drive', 51, 60, false],
])('%s', (_rule, kilometres, minutes, isRaised) => {
  const visits = [...settled(POLE), visit(minutes, southBy(kilometres))]
  expect(found(visits)).toHaveLength(isRaised ? 1 : 0)
})

test('exactly the speed and exactly the distance: the speed must be passed, the distance reached', () => {
  const visits = [...settled(POLE), visit(60, southBy(900))]
  const kilometres = haversineKilometres(POLE, southBy(900))
  const limits = (over: object) => ({
    ...DEFAULT_CATALOGUE,
    impossibleTravel: { ...DEFAULT_CATALOGUE.impossibleTravel, ...over },
  })
  expect(impossibleTravel(visits, limits({ kilometresPerHour: kilometres }))).toEqual([])
  const reached = limits({ kilometresPerHour: kilometres - 0.001, kilometres })
  expect(impossibleTravel(visits, reached)).toHaveLength(1)
  const unreached = limits({ kilometresPerHour: 1, kilometres: kilometres + 0.001 })
  expect(impossibleTravel(visits, unreached)).toEqual([])
})

test('there and back again are two impossible journeys', () => {
  const visits = [...settled(), visit(120, AUCKLAND), visit(240)]
  expect(found(visits).map(({ at }) => at)).toEqual([visit(120).at, visit(240).at])
})

describe('what cannot be judged', () => {
  test.each<[rule: string, over: Partial<Visit>]>([
    ['a login without coordinates', { ...NOWHERE }],
    ['a login with half of them', { ...AUCKLAND, latitude: null }],
    ['a login through Tor', { ...AUCKLAND, listed: 'tor' }],
  ])('%s is neither raised nor compared with', (_rule, over) => {
    expect(found([...settled(), visit(120, over)])).toEqual([])
    expect(found([...settled(), visit(120, over), visit(180)])).toEqual([])
    const later = visit(240, LOS_ANGELES)
    expect(found([...settled(), visit(235, over), later])).toHaveLength(1)
  })

  test('coordinates 0, 0 are a place', () => {
    const island = { latitude: 0, longitude: 0 }
    expect(found([...settled(), visit(60, island)])).toHaveLength(1)
  })
})

describe('while the account is being learned nothing is raised', () => {
  const logins = (earlier: number) => [
    ...Array.from({ length: earlier }, (_, index) => visit(index)),
    visit(earlier, AUCKLAND),
  ]
  test.each<[rule: string, visits: readonly Visit[], isRaised: boolean]>([
    ['after nine logins it still is', logins(9), false],
    ['after ten it is known', logins(10), true],
    ['after just under 14 days it still is', weeks(14 * DAY - 1), false],
    ['after 14 days it is known', weeks(14 * DAY), true],
    ['after the first login nothing is known', logins(0), false],
  ])('%s', (_rule, visits, isRaised) => {
    expect(found(visits)).toHaveLength(isRaised ? 1 : 0)
  })

  test('the last place of the learning time is compared with', () => {
    expect(found([...settled().slice(0, 9), visit(0, LOS_ANGELES), visit(60)])).toHaveLength(1)
  })

  function weeks(milliseconds: number): Visit[] {
    const last = { at: new Date(start + milliseconds), ...AUCKLAND }
    return [visit(0), visit(0, { at: new Date(last.at.getTime() - 60 * MINUTE) }), visit(0, last)]
  }
})

test('no logins, no journeys', () => expect(found([])).toEqual([]))

test('the order in which logins arrive changes nothing', () => {
  const anyVisit = fc
    .record({
      minutes: fc.nat({ max: 50_000 }),
      place: fc.constantFrom(NEW_YORK, AUCKLAND, LOS_ANGELES, NOWHERE),
      ip: fc.constantFrom('198.51.100.7', '203.0.113.9'),
      listed: fc.constantFrom(null, 'tor'),
    })
    .map(({ minutes, place, ...rest }) => visit(minutes - (minutes % 500), { ...place, ...rest }))
  const shuffled = fc
    .array(anyVisit, { maxLength: 25 })
    .chain((visits) =>
      fc.tuple(fc.constant(visits), fc.shuffledSubarray(visits, { minLength: visits.length })),
    )
  fc.assert(
    fc.property(shuffled, ([visits, others]) => {
      expect(found(others)).toEqual(found(visits))
    }),
  )
})
