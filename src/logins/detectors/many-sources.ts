import type { Catalogue } from '../catalogue.js'
import { count, countFailures, type Signal } from '../signal.js'
import type { AccountWindow } from '../windows.js'

/**
 * Many sources on one account: more than its owner has, and spread so that they are no one network
 * changing addresses: over countries, autonomous systems or user agents, or simply very many
 * (elastic/detection-rules
 * `rules/integrations/okta/credential_access_okta_brute_force_multi_source.toml`).
 */
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
    says: `${count(sources, 'source')} failed on this account, ${countFailures(failures, 'time')} within ${rule.windowMinutes} minutes`,
  }
}
