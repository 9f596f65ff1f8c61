import type { Catalogue } from '../catalogue.js'
import { count, type Signal } from '../signal.js'
import type { JudgedLogin } from '../windows.js'

/** A login that worked after an attack on the account, or from a source that attacks others. */
export function successAfterAttack(login: JudgedLogin, catalogue: Catalogue): Signal | undefined {
  const rule = catalogue.successAfterAttack
  const { accountNo, ip, at, attackedAt, attackedFromHere, failedOnOthers, failureShare } = login
  if (login.familiar) return undefined
  const signal = { accountNo, ip, asn: null, firstAt: at, lastAt: at, attempts: 1 }
  const minutes = attackedAt && Math.max(0, (at.getTime() - attackedAt.getTime()) / 60_000)
  if (minutes !== null && minutes <= rule.withinMinutes) {
    const after = `a login succeeded ${count(Math.round(minutes), 'minute')} after`
    const says = attackedFromHere
      ? `${after} the same source attacked this account`
      : `${after} this account was attacked, from a place it never used before`
    return { kind: 'success_after_attack', ...signal, says }
  }
  if (failedOnOthers < rule.strangerOn || failureShare < rule.failureShare) return undefined
  const says = `a login succeeded from a source that failed on ${failedOnOthers} other accounts within the hour`
  return { kind: 'success_from_attacker', ...signal, says }
}
