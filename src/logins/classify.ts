/** What is hostile about some attempts, with its reason. `says` is one sentence with its numbers. */
export type Signal = {
  kind: SignalKind
  accountNo: bigint | null
  ip: string | null
  firstAt: Date
  lastAt: Date
  attempts: number
  says: string
}

export type SignalKind = 'brute_force' | 'credential_stuffing' | 'success_after_attack'

/** Thresholds are data. Windows hop by half their length, so that no burst hides on an edge. */
export const CATALOGUE = {
  /** Failures on one account: OWASP credential stuffing guidance; Elastic `brute_force` rules use 10. */
  bruteForce: { windowMinutes: 10, failures: 10 },
  /** Elastic `credential_stuffing_single_source`: 25 failures over 15 accounts in 15 minutes. */
  credentialStuffing: { windowMinutes: 15, failures: 25, accounts: 15, failureShare: 0.6 },
  /** Elastic `successful_login_after_credential_attack`: within 180 minutes. */
  successAfterAttack: { withinMinutes: 180 },
} as const

/** Counted attempts of one window, on one account or from one source. */
export type AccountWindow = {
  accountNo: bigint
  firstAt: Date
  lastAt: Date
  failures: number
  sources: number
}
export type SourceWindow = {
  ip: string
  firstAt: Date
  lastAt: Date
  failures: number
  successes: number
  accounts: number
}

/** Brute force: many failures on one account within the window, from however many sources. */
export function classifyAccount(window: AccountWindow): Signal | undefined {
  const { failures: threshold, windowMinutes } = CATALOGUE.bruteForce
  if (window.failures < threshold) return undefined
  const { accountNo, firstAt, lastAt, failures, sources } = window
  return {
    kind: 'brute_force',
    accountNo,
    ip: null,
    firstAt,
    lastAt,
    attempts: failures,
    says: `${failures} failed logins within ${windowMinutes} minutes from ${count(sources, 'source')}`,
  }
}

/**
 * Credential stuffing: one source fails on many different accounts. An office or carrier address
 * where most logins succeed stays quiet: the failures must be the larger part.
 */
export function classifySource(window: SourceWindow): Signal | undefined {
  const rule = CATALOGUE.credentialStuffing
  const { ip, firstAt, lastAt, failures, successes, accounts } = window
  const share = failures / (failures + successes)
  if (failures < rule.failures || accounts < rule.accounts || share < rule.failureShare)
    return undefined
  return {
    kind: 'credential_stuffing',
    accountNo: null,
    ip,
    firstAt,
    lastAt,
    attempts: failures + successes,
    says: `one source failed on ${accounts} accounts, ${failures} times within ${rule.windowMinutes} minutes`,
  }
}

export type SuccessFacts = { accountNo: bigint; ip: string; at: Date; attackedAt: Date }

/** A login that worked from a source that had just attacked the same account (EXISTS, not min/max). */
export function classifySuccess({ accountNo, ip, at, attackedAt }: SuccessFacts): Signal {
  const minutes = Math.max(0, Math.round((at.getTime() - attackedAt.getTime()) / 60_000))
  return {
    kind: 'success_after_attack',
    accountNo,
    ip,
    firstAt: at,
    lastAt: at,
    attempts: 1,
    says: `a login succeeded ${count(minutes, 'minute')} after the same source attacked this account`,
  }
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
