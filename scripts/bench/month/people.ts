import { type Random, randomFrom, weighted } from '../../../src/demo/data/random.js'
import { DAY, HOUR, MINUTE, type MonthAttempt } from './label.js'

export type Person = {
  account: number
  home: string
  /** Carrier NAT: one of a few addresses that thousands share. */
  carrier: string
  office: string | undefined
  devices: readonly string[]
  userAgent: string
  /** Logins a day. */
  daily: number
  /** Days since the month began before the account existed. */
  since: number
  trip: { from: number; hotel: string } | undefined
}

const AGENTS = weighted(
  [40, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36'],
  [25, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile Safari/604.1'],
  [20, 'Mozilla/5.0 (Linux; Android 15) Chrome/131.0.0.0 Mobile Safari/537.36'],
  [10, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) Version/18.1 Safari/605.1.15'],
  [5, 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0'],
)
export const MONTH_DAYS = 30
const OFFICES = 25
const CARRIERS = 12
const SHARES = { office: 0.12, trip: 0.02, fresh: 0.05 }

export function inventPeople(count: number, seed: number): Person[] {
  const random = randomFrom(seed, 'people')
  return Array.from({ length: count }, (_, account) => invent(account, random))
}

function invent(account: number, random: Random): Person {
  const carrier = random.below(CARRIERS)
  const isAway = random.chance(SHARES.trip)
  return {
    account,
    home: `${20 + random.below(60)}.${random.below(256)}.${random.below(256)}.${1 + random.below(250)}`,
    carrier: `100.${64 + carrier}.${random.below(3)}.${1 + random.below(40)}`,
    office: random.chance(SHARES.office) ? `193.${random.below(OFFICES)}.10.1` : undefined,
    devices: Array.from({ length: 1 + random.below(2) }, (_, no) => `dev-${account}-${no}`),
    userAgent: random.pick(AGENTS),
    daily: random.pick([0.15, 0.3, 0.5, 0.9, 1.4]),
    since: random.chance(SHARES.fresh) ? 5 + random.below(20) : 0,
    trip: isAway
      ? { from: 10 + random.below(15), hotel: `150.${random.below(200)}.${random.below(250)}.9` }
      : undefined,
  }
}

const TYPO = { home: 0.06, trip: 0.1, monday: 0.3 }
const FORGETS = 0.01
const GOES_ON = 0.7
const OUT_OF_SYNC = 8

/** Everything innocent people do in the month that begins at `start`. */
export function innocentMonth(
  people: readonly Person[],
  start: number,
  seed: number,
): MonthAttempt[] {
  const random = randomFrom(seed, 'innocents')
  const attempts: MonthAttempt[] = []
  for (let day = 0; day < MONTH_DAYS; day++) {
    const midnight = start + day * DAY
    for (const person of people) {
      if (day < person.since) continue
      liveOneDay(attempts, person, { day, midnight, random })
    }
  }
  for (const person of people.slice(0, OUT_OF_SYNC)) retryStalePassword(attempts, person, start)
  return attempts
}

type Today = { day: number; midnight: number; random: Random }

function liveOneDay(into: MonthAttempt[], person: Person, today: Today): void {
  const { day, midnight, random } = today
  const logins = Math.floor(person.daily) + (random.chance(person.daily % 1) ? 1 : 0)
  for (let login = 0; login < logins; login++) {
    const at = midnight + 6 * HOUR + random.below(17 * HOUR)
    const ip = whereabouts(person, day, random)
    const isAway = ip === person.trip?.hotel
    visit(into, person, {
      at,
      ip,
      failures: random.chance(isAway ? TYPO.trip : TYPO.home) ? 1 + random.below(2) : 0,
      device: random.pick(person.devices),
    })
  }
  if (random.chance(FORGETS)) {
    const at = midnight + 7 * HOUR + random.below(14 * HOUR)
    forget(into, person, { at, ip: random.chance(0.7) ? person.home : person.carrier, random })
  }
  const weekday = new Date(midnight).getUTCDay()
  if (person.office && weekday >= 1 && weekday <= 5) {
    const at = midnight + 8 * HOUR + random.below(20 * MINUTE)
    const isForgetful = weekday === 1 && random.chance(TYPO.monday)
    const failures = isForgetful ? 1 + random.below(3) : 0
    visit(into, person, { at, ip: person.office, failures, device: `desk-${person.account}` })
  }
}

function whereabouts(person: Person, day: number, random: Random): string {
  const { trip } = person
  if (trip && day >= trip.from && day < trip.from + 5) return trip.hotel
  return random.chance(0.7) ? person.home : person.carrier
}

type Visit = { at: number; ip: string; failures: number; device: string }

function visit(into: MonthAttempt[], person: Person, { at, ip, failures, device }: Visit): void {
  const { account, userAgent } = person
  const common = { account, ip, userAgent, device }
  for (let no = 0; no < failures; no++)
    into.push({ ...common, at: at - (failures - no) * 20_000, succeeded: false })
  into.push({ ...common, at, succeeded: true })
}

/** From three wrong passwords on, each next one seven times in ten, and then the right one, or none. */
function forget(
  into: MonthAttempt[],
  person: Person,
  { at, ip, random }: { at: number; ip: string; random: Random },
): void {
  const { account, userAgent, devices } = person
  const common = { account, ip, userAgent, device: random.pick(devices) }
  let wrong = 3
  while (wrong < 15 && random.chance(GOES_ON)) wrong += 1
  for (let no = 0; no < wrong; no++)
    into.push({ ...common, at: at + no * 25_000, succeeded: false })
  if (random.chance(0.7)) into.push({ ...common, at: at + wrong * 25_000, succeeded: true })
}

/** A password manager that was not told tries the old one every quarter of an hour for a day. */
function retryStalePassword(into: MonthAttempt[], person: Person, start: number): void {
  for (let no = 0; no < 96; no++) {
    const at = start + (12 + (person.account % 10)) * DAY + no * 15 * MINUTE
    into.push({
      account: person.account,
      at,
      ip: person.home,
      succeeded: false,
      userAgent: 'SyncAgent/4.2',
    })
  }
}
