import type { Catalogue } from '../catalogue.js'
import type { Signal } from '../signal.js'
import type { SourceWindow } from '../windows.js'

/** Credential stuffing: one source fails on many accounts, once or twice each. */
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
    says: `one source failed on ${accounts} accounts, ${failures} times within ${rule.windowMinutes} minutes`,
  }
}
