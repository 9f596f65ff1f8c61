import type { Catalogue } from '../catalogue.js'
import { count, countFailures, type Signal } from '../signal.js'
import type { AccountWindow } from '../windows.js'

/**
 * Brute force: many failures on one account within the window, from however many sources. As many as
 * are a burst on one account in elastic/detection-rules
 * `rules/integrations/okta/credential_access_okta_brute_force_multi_source.toml`, in a shorter time
 * because one source is enough.
 */
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
    says: `${countFailures(failures, 'failed login')} within ${windowMinutes} minutes from ${count(sources, 'source')}`,
  }
}
