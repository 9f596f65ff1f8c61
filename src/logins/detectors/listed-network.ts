import { count } from '../signal.js'
import type { Visit } from '../windows.js'
import type { Found } from './found.js'
import { inTimeOrder } from './visits.js'

/**
 * Listed networks: a login through one of the operator's lists, such as `tor`, by an account that
 * never used that list before. Whoever always comes through a VPN is not remarkable for it
 * (panther-labs/panther-analysis `rules/standard_rules/impossible_travel_login.py` treats such
 * logins as information only, and Cordon likewise only shows them).
 */
export function listedNetwork(visits: readonly Visit[]): Found[] {
  const seen = new Set<string>()
  return inTimeOrder(visits).flatMap(({ at, ip, listed }, earlier) => {
    if (listed === null || seen.has(listed)) return []
    seen.add(listed)
    const says = `the first login through a network listed as ${listed}, after ${count(earlier, 'login')} without`
    return [{ kind: 'listed_network', at, ip, says }]
  })
}
