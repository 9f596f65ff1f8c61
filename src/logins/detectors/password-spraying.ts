import type { Catalogue } from '../catalogue.js'
import type { Signal } from '../signal.js'
import type { SourceWindow } from '../windows.js'

/** Password spraying: one source tries a few passwords on many accounts. */
export function passwordSpraying(window: SourceWindow, catalogue: Catalogue): Signal | undefined {
  const rule = catalogue.passwordSpraying
  const level = rule[window.level]
  const { ip, asn, firstAt, lastAt, failures, successes, accounts, mostPerAccount } = window
  if (failures < level.failures || accounts < level.accounts) return undefined
  if (failures / (failures + successes) < level.failureShare) return undefined
  if (mostPerAccount < 2 || mostPerAccount > rule.mostPerAccount) return undefined
  if (window.accountsTriedTwoToSixTimes / accounts < rule.triedTwoToSixShare) return undefined
  if (lastAt.getTime() - firstAt.getTime() < rule.lastsMinutes * 60_000) return undefined
  return {
    kind: 'password_spraying',
    accountNo: null,
    ip,
    asn,
    firstAt,
    lastAt,
    attempts: failures + successes,
    says: `one source tried a few passwords on each of ${accounts} accounts, ${failures} failures within ${rule.windowMinutes} minutes`,
  }
}
