import type { Catalogue } from '../catalogue.js'
import { count } from '../signal.js'
import type { Visit } from '../windows.js'
import type { Found } from './found.js'
import { inTimeOrder } from './visits.js'

export type Point = { latitude: number; longitude: number }

const EARTH_KILOMETRES = 6_371
/** About a third of a second: two logins at one instant have a speed, too. */
const LEAST_HOURS = 0.0001
const HOUR_MS = 3_600_000

/**
 * Impossible travel: two logins of one account, one after the other, so far apart that nobody flies
 * so fast (panther-labs/panther-analysis `rules/standard_rules/impossible_travel_login.py`: great
 * circle, km / max(h, 0.0001), above 900 km/h). The least distance, so that imprecise coordinates
 * raise nothing, is that of authentik and synapse-waf. Microsoft Entra's learning period: its first
 * 14 days or 10 logins, whichever ends first, raise nothing.
 *
 * A login without coordinates tells nothing, and one through a listed network (Tor, a VPN) tells
 * where the network ends and not where the person is: neither is judged, nor compared with.
 */
export function impossibleTravel(visits: readonly Visit[], catalogue: Catalogue): Found[] {
  const located = locate(inTimeOrder(visits), catalogue)
  return located.flatMap((here, index) => {
    const before = located[index - 1]
    const says = here.isLearnt && before ? tooFast(before, here, catalogue) : undefined
    return says ? [{ kind: 'impossible_travel', at: here.at, ip: here.ip, says }] : []
  })
}

type Located = Point & { at: Date; ip: string; isLearnt: boolean }

function locate(ordered: readonly Visit[], { impossibleTravel: rule }: Catalogue): Located[] {
  const since = ordered[0]?.at.getTime() ?? 0
  return ordered.flatMap(({ at, ip, latitude, longitude, listed }, earlier) => {
    if (latitude === null || longitude === null || listed !== null) return []
    const days = (at.getTime() - since) / (24 * HOUR_MS)
    const isLearnt = earlier >= rule.learningLogins || days >= rule.learningDays
    return [{ at, ip, latitude, longitude, isLearnt }]
  })
}

function tooFast(
  before: Located,
  here: Located,
  { impossibleTravel: rule }: Catalogue,
): string | undefined {
  const hours = (here.at.getTime() - before.at.getTime()) / HOUR_MS
  const kilometres = haversineKilometres(before, here)
  const speed = kilometres / Math.max(hours, LEAST_HOURS)
  if (kilometres < rule.kilometres || speed <= rule.kilometresPerHour) return undefined
  const away = `${Math.round(kilometres)} km from the login ${count(Math.round(hours * 60), 'minute')} before`
  return `a login succeeded ${away}, which takes ${Math.round(speed)} km/h`
}

/** Great-circle distance, on a sphere with the mean radius of the earth. */
export function haversineKilometres(from: Point, to: Point): number {
  const northwards = squaredHalfSine(to.latitude - from.latitude)
  const eastwards = squaredHalfSine(to.longitude - from.longitude)
  const narrowed = Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude))
  const chord = Math.min(1, northwards + narrowed * eastwards)
  return 2 * EARTH_KILOMETRES * Math.asin(Math.sqrt(chord))
}

const radians = (degrees: number) => (degrees * Math.PI) / 180
const squaredHalfSine = (degrees: number) => Math.sin(radians(degrees) / 2) ** 2
