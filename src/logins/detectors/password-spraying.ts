import type { Catalogue } from '../catalogue.js'
import { count, countFailures, type Signal } from '../signal.js'
import type { SourceWindow } from '../windows.js'

/**
 * Password spraying: one source tries a few passwords on each of many accounts, slowly enough that
 * none is locked (elastic/detection-rules
 * `rules/integrations/okta/credential_access_okta_password_spray_single_source.toml`). That failures
 * outweigh logins that worked is from Azure/Azure-Sentinel
 * `Solutions/Microsoft Entra ID/Analytic Rules/SigninPasswordSpray.yaml`.
 */
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
    says: `one source tried a few passwords on each of ${count(accounts, 'account')}, ${countFailures(failures, 'failure')} within ${rule.windowMinutes} minutes`,
  }
}
