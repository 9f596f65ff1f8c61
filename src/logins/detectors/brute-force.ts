import type { Catalogue } from '../catalogue.js'
import { count, type Signal } from '../signal.js'
import type { AccountWindow } from '../windows.js'

/** Brute force: many failures on one account within the window, from however many sources. */
export function bruteForce(window: AccountWindow, catalogue: Catalogue): Signal | undefined {
  const { failures: threshold, windowMinutes } = catalogue.bruteForce
  const { accountNo, firstAt, lastAt, failures, sources } = window
  if (failures < threshold) return undefined
  return {
    kind: 'brute_force',
    accountNo,
    ip: null,
    asn: null,
    firstAt,
    lastAt,
    attempts: failures,
    says: `${failures} failed logins within ${windowMinutes} minutes from ${count(sources, 'source')}`,
  }
}
