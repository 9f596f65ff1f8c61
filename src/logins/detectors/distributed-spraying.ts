import type { Catalogue } from '../catalogue.js'
import type { Signal } from '../signal.js'
import type { PlatformWindow } from '../windows.js'

/** Spraying from many sources at once, over the whole platform. */
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
    says: `${sources} strange sources failed on ${accounts} accounts within ${rule.windowMinutes} minutes, ${failures} times where ${usual} are usual`,
  }
}
