import type { Catalogue } from '../catalogue.js'
import type { Signal } from '../signal.js'
import type { PairWindow } from '../windows.js'

/** Automation: one address works on one account as a program does (elastic `brute_force_device_token_rotation`). */
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
    says: `one source tried this account ${tries} times within ${catalogue.automation.windowMinutes} minutes ${why}`,
  }
}

function reason(window: PairWindow, { automation: rule }: Catalogue): string | undefined {
  const { tries, devices, triesWithDevice, agents } = window
  if (tries >= rule.tries && devices >= rule.devices && devices / tries >= rule.devicesPerTry)
    return `with ${devices} device tokens`
  if (tries >= rule.triesWithoutDevice && triesWithDevice / tries < rule.deviceCoverage)
    return `with hardly any device token`
  if (tries >= rule.tries && agents >= rule.agents) return `with ${agents} user agents`
  return undefined
}
