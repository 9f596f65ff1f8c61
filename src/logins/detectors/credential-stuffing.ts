import type { Catalogue } from '../catalogue.js'
import { count, countFailures, type Signal } from '../signal.js'
import type { SourceWindow } from '../windows.js'

/**
 * Credential stuffing: one source fails on many accounts, on most of them once or twice, as somebody
 * does who has one password of each (elastic/detection-rules
 * `rules/integrations/okta/credential_access_okta_credential_stuffing_single_source.toml`). That rule
 * also wants no account tried more than twice, which makes its test of the share always true and lets
 * an attacker escape by trying one account a third time. Here the share decides alone.
 *
 * An office or a carrier where most logins succeed stays quiet: failures must be the larger part.
 */
export function credentialStuffing(window: SourceWindow, catalogue: Catalogue): Signal | undefined {
  const rule = catalogue.credentialStuffing
  const level = rule[window.level]
  const { ip, asn, firstAt, lastAt, failures, successes, accounts } = window
  if (failures < level.failures || accounts < level.accounts) return undefined
  if (failures / (failures + successes) < level.failureShare) return undefined
  if (window.accountsTriedUpToTwice / accounts < rule.triedUpToTwiceShare) return undefined
  return {
    kind: 'credential_stuffing',
    accountNo: null,
    ip,
    asn,
    firstAt,
    lastAt,
    attempts: failures + successes,
    says: `one source failed on ${count(accounts, 'account')}, ${countFailures(failures, 'time')} within ${rule.windowMinutes} minutes`,
  }
}
