import type { Catalogue } from '../catalogue.js'
import { count, countFailures, type Signal } from '../signal.js'
import { isFull, type JudgedLogin } from '../windows.js'

/**
 * A login that worked within hours after an attack on the account, from any place that is not its
 * own (elastic/detection-rules
 * `rules/integrations/okta/credential_access_okta_successful_login_after_credential_attack.toml`).
 * That rule compares the last attack with the first login, so one earlier login of the owner hides
 * the attacker's; here each login is judged by itself, by whether there is an attack before it.
 *
 * Also one from a source that fails on many others at the time, since then the password was simply
 * right at the first try. The owner, at a place established as the account's own, is never blamed.
 */
export function successAfterAttack(login: JudgedLogin, catalogue: Catalogue): Signal | undefined {
  if (login.familiar) return undefined
  const { accountNo, ip, at } = login
  const signal = { accountNo, ip, asn: null, firstAt: at, lastAt: at, attempts: 1 }
  const afterAttack = sinceAttack(login, catalogue)
  if (afterAttack) return { kind: 'success_after_attack', ...signal, says: afterAttack }
  const fromAttacker = amongFailures(login, catalogue)
  if (fromAttacker) return { kind: 'success_from_attacker', ...signal, says: fromAttacker }
  return undefined
}

function sinceAttack(
  { at, attackedAt, attackedFromHere }: JudgedLogin,
  { successAfterAttack: rule }: Catalogue,
): string | undefined {
  if (attackedAt === null) return undefined
  const minutes = (at.getTime() - attackedAt.getTime()) / 60_000
  if (minutes <= 0 || minutes > rule.withinMinutes) return undefined
  const where = attackedFromHere
    ? 'from a source that attacked it'
    : 'from a place not established as its own'
  return `a login succeeded ${count(Math.round(minutes), 'minute')} after this account was attacked, ${where}`
}

function amongFailures(
  { failures, failedOnOthers, failureShare }: JudgedLogin,
  { successAfterAttack: rule }: Catalogue,
): string | undefined {
  const isFlood = isFull({ failures })
  if (failedOnOthers < rule.strangerOn && !isFlood) return undefined
  if (failureShare < rule.failureShare) return undefined
  if (isFlood)
    return `a login succeeded from a source that failed ${countFailures(failures, 'time')} within the hour`
  return `a login succeeded from a source that failed on ${count(failedOnOthers, 'other account')} within the hour`
}
