/** Who made an attempt, as only the one who invented it knows. */
export type AttackKind =
  | 'brute_force'
  | 'credential_stuffing'
  | 'password_spraying'
  | 'distributed_spraying'
  | 'many_sources'
  | 'automation'

export const ATTACK_KINDS: readonly AttackKind[] = [
  'brute_force',
  'credential_stuffing',
  'password_spraying',
  'distributed_spraying',
  'many_sources',
  'automation',
]

/** `hard`: from a place that innocent people use too; told apart, and not in the targets. */
export type Label = { campaign: string; kind: AttackKind; isTakeover: boolean; isHard: boolean }

export type MonthAttempt = {
  account: number
  at: number
  ip: string
  succeeded: boolean
  userAgent: string
  device?: string
  label?: Label
}

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
