import type { Catalogue } from '../catalogue.js'
import { count, type Signal } from '../signal.js'
import type { PlatformWindow } from '../windows.js'

/**
 * Spraying from many sources at once, over the whole platform: many accounts, a few tries on each,
 * hardly two from one source (elastic/detection-rules
 * `rules/integrations/okta/credential_access_okta_password_spray_multi_source.toml`). That rule is
 * for one company; a large platform has as many mistyped passwords in any quarter of an hour, so
 * there must also be several times what is usual.
 */
export function distributedSpraying(
  window: PlatformWindow,
  catalogue: Catalogue,
): Signal | undefined {
  const rule = catalogue.distributedSpraying
  const { firstAt, lastAt, failures, sources, accounts, usual } = window
  if (failures < rule.failures || sources < rule.sources || accounts < rule.accounts)
    return undefined
  if (failures / accounts > rule.triesPerAccount || accounts / sources < rule.accountsPerSource)
    return undefined
  if (failures < rule.timesUsual * Math.max(usual, 1)) return undefined
  return {
    kind: 'distributed_spraying',
    accountNo: null,
    ip: null,
    asn: null,
    firstAt,
    lastAt,
    attempts: failures,
    says: `${count(sources, 'strange source')} failed on ${count(accounts, 'account')} within ${rule.windowMinutes} minutes, ${count(failures, 'time')} where ${usual} is usual`,
  }
}
