import type { Catalogue } from '../catalogue.js'
import { count, countFailures, type Signal } from '../signal.js'
import { isFull, type SourceWindow } from '../windows.js'

/**
 * Flood: one source fails so often that its window is full and what comes after is not counted. The
 * other detectors look at what was counted; this one sees to it that nobody hides spraying or
 * stuffing behind a thousand failures on an account of their own. Cordon's own rule, with the window
 * and the share of failures of password spraying.
 */
export function flood(window: SourceWindow, catalogue: Catalogue): Signal | undefined {
  const { windowMinutes, [window.level]: level } = catalogue.passwordSpraying
  const { ip, asn, firstAt, lastAt, failures, successes, accounts } = window
  if (!isFull(window) || failures / (failures + successes) < level.failureShare) return undefined
  return {
    kind: 'flood',
    accountNo: null,
    ip,
    asn,
    firstAt,
    lastAt,
    attempts: failures + successes,
    says: `one source failed ${countFailures(failures, 'time')} within ${windowMinutes} minutes, on ${count(accounts, 'account')} of those counted`,
  }
}
