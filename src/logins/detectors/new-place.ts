import type { Catalogue } from '../catalogue.js'
import { count, type SignalKind } from '../signal.js'
import type { Visit } from '../windows.js'
import type { Found } from './found.js'
import { inTimeOrder } from './visits.js'

type Feature = {
  kind: SignalKind
  of: (visit: Visit) => string | bigint | null
  /** Never shows a device token: it may be as good as a password. */
  named: (value: string | bigint) => string
}

const FEATURES: readonly Feature[] = [
  { kind: 'new_country', of: ({ country }) => country, named: (code) => `from country ${code}` },
  { kind: 'new_network', of: ({ asn }) => asn, named: (asn) => `from network AS${asn}` },
  { kind: 'new_device', of: ({ device }) => device, named: () => 'with this device' },
]

/**
 * New places: a login from a country or autonomous system, or with a device token, that none of the
 * account's earlier logins had. tirrenotechnologies/tirreno calls a country new by its one address
 * and a device by its age; both forget, so Cordon compares with all earlier logins, and says with
 * how many: a second login is always somewhere new. What is unknown is neither new nor an earlier
 * login, so that a platform which begins to send device tokens does not make every device new.
 */
export function newPlaces(visits: readonly Visit[], catalogue: Catalogue): Found[] {
  const ordered = inTimeOrder(visits)
  return FEATURES.flatMap((feature) =>
    firstUses(ordered, feature, catalogue.newPlace.learningLogins),
  ).toSorted((one, other) => one.at.getTime() - other.at.getTime())
}

function firstUses(ordered: readonly Visit[], feature: Feature, learningLogins: number): Found[] {
  const { kind, of, named } = feature
  const known = ordered.flatMap((visit) => {
    const value = of(visit)
    return value === null ? [] : [{ at: visit.at, ip: visit.ip, value }]
  })
  const seen = new Set<string | bigint>()
  return known.flatMap(({ at, ip, value }, earlier) => {
    const isNew = earlier > 0 && earlier >= learningLogins && !seen.has(value)
    seen.add(value)
    const says = `the first login ${named(value)}, after ${count(earlier, 'login')} without`
    return isNew ? [{ kind, at, ip, says }] : []
  })
}
