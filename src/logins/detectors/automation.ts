import type { Catalogue } from '../catalogue.js'
import { count, type Signal } from '../signal.js'
import type { PairWindow } from '../windows.js'

/**
 * Automation: one address works on one account as a program does. It begins with a new device token
 * again and again, keeps none at all, or calls itself by many user agents (elastic/detection-rules
 * `rules/integrations/okta/credential_access_okta_brute_force_device_token_rotation.toml`).
 */
export function automation(window: PairWindow, catalogue: Catalogue): Signal | undefined {
  const why = reason(window, catalogue)
  if (why === undefined) return undefined
  const { accountNo, ip, firstAt, lastAt, tries } = window
  return {
    kind: 'automation',
    accountNo,
    ip,
    asn: null,
    firstAt,
    lastAt,
    attempts: tries,
    says: `one source failed on this account ${count(tries, 'time')} within ${catalogue.automation.windowMinutes} minutes ${why}`,
  }
}

function reason(window: PairWindow, { automation: rule }: Catalogue): string | undefined {
  const { tries, devices, triesWithDevice, agents } = window
  if (tries >= rule.tries && devices >= rule.devices && devices / tries >= rule.devicesPerTry)
    return `with ${count(devices, 'device token')}`
  if (tries >= rule.triesWithoutDevice && triesWithDevice / tries < rule.deviceCoverage)
    return triesWithDevice === 0
      ? 'without any device token'
      : `with a device token on only ${triesWithDevice} of them`
  if (tries >= rule.tries && agents >= rule.agents) return `with ${count(agents, 'user agent')}`
  return undefined
}
