import type { Catalogue } from '../catalogue.js'
import { count, type Signal } from '../signal.js'
import type { AccountWindow } from '../windows.js'

/** Many sources on one account (elastic `brute_force_multi_source`). */
export function manySources(window: AccountWindow, catalogue: Catalogue): Signal | undefined {
  const rule = catalogue.manySources
  const { accountNo, firstAt, lastAt, failures, sources, countries, networks, agents } = window
  if (failures < rule.failures || sources < rule.sources) return undefined
  const isSpread =
    countries >= rule.orCountries ||
    networks >= rule.orNetworks ||
    sources >= rule.orSources ||
    agents >= rule.orAgents
  if (!isSpread) return undefined
  return {
    kind: 'many_sources',
    accountNo,
    ip: null,
    asn: null,
    firstAt,
    lastAt,
    attempts: failures,
    says: `${count(sources, 'source')} failed on this account, ${failures} times within ${rule.windowMinutes} minutes`,
  }
}
