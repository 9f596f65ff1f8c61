/** The life of a case (design §6). Each arrow is one conditional statement in `store.ts`. */
export const NEXT = {
  open: ['claimed', 'snoozed'],
  snoozed: ['open', 'claimed'],
  claimed: ['open', 'snoozed', 'awaiting_second', 'decided'],
  awaiting_second: ['decided', 'open'],
  decided: ['open'],
} as const satisfies Record<string, readonly string[]>
export type CaseStatus = keyof typeof NEXT

export const DECISIONS = ['release', 'keep_reset', 'reset', 'lock', 'confirm_takeover'] as const
export type Decision = (typeof DECISIONS)[number]

export const DECISION_REASONS = [
  'owner_confirmed',
  'false_alarm',
  'attack_failed',
  'attack_succeeded',
  'cannot_tell',
  'duplicate',
] as const
export type DecisionReason = (typeof DECISION_REASONS)[number]

/** What a decision does to the account, in words for the person who takes it. */
export const DECISION_SAYS: Record<Decision, string> = {
  release:
    'releases its value and cancels a reset that was not used yet: the old password works again',
  keep_reset: 'leaves hold and reset as they are',
  reset: 'holds its value, kills its password and sessions, and mails its owner',
  lock: 'locks it and holds its value until staff unlock it',
  confirm_takeover: 'locks it, holds its value and kills its password and sessions',
}

/** What became of one case among many that were decided at once. */
export const BULK_RESULTS = [
  'decided',
  'awaiting_second',
  'already_claimed',
  'already_decided',
  'already_proposed',
  'snoozed',
  'not_found',
  'failed',
] as const
export type BulkResult = (typeof BULK_RESULTS)[number]

export const LEASE_MINUTES = 15
