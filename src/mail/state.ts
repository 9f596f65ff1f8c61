import { Refusal } from '../platform/errors.js'

export const MAIL_PURPOSES = ['reset', 'reminder', 'hold', 'notice', 'confirmation'] as const
/**
 * Why a mail is sent: a new password is needed, it is still needed, value is held, the account was
 * listed, the password was changed.
 */
export type MailPurpose = (typeof MAIL_PURPOSES)[number]

/** Whether a mail opens the reset page: it leaves with a fresh token, and not without one. */
export const opensReset = (purpose: MailPurpose): boolean =>
  purpose === 'reset' || purpose === 'reminder'

export const MAIL_STATUSES = [
  'staged',
  'sending',
  'accepted',
  'rejected',
  'unknown',
  'withdrawn',
] as const
export type MailStatus = (typeof MAIL_STATUSES)[number]

/**
 * Where a mail may go. Back to `staged` only while it is certain that no server accepted it; once
 * that is no longer certain it is `unknown`, which only people resolve.
 */
const NEXT = {
  staged: ['sending', 'withdrawn'],
  sending: ['accepted', 'rejected', 'unknown', 'staged', 'withdrawn'],
  accepted: [],
  rejected: [],
  unknown: [],
  withdrawn: [],
} as const satisfies Record<MailStatus, readonly MailStatus[]>

/** Returns `to`, or refuses with `illegal_transition`. */
export function moveMail(from: MailStatus, to: MailStatus): MailStatus {
  const allowed: readonly MailStatus[] = NEXT[from]
  if (!allowed.includes(to)) throw new Refusal('illegal_transition', `${from} cannot become ${to}`)
  return to
}

/** A mail is tried this often (about 30 hours with the waits below); then it goes to people. */
export const ATTEMPTS_AT_MOST = 12

const FIRST_WAIT_SECONDS = 5 * 60
const LONGEST_WAIT_SECONDS = 4 * 60 * 60
const SPREAD_SECONDS = 60

/**
 * How long a deferred mail waits after its nth attempt: doubling from five minutes to four hours,
 * spread over a minute by the mail's own number so that a batch does not come back at once.
 */
export function waitSeconds(attempts: number, mailNo: bigint): number {
  const doubled = FIRST_WAIT_SECONDS * 2 ** Math.min(attempts - 1, 10)
  return Math.min(doubled, LONGEST_WAIT_SECONDS) + Number(mailNo % BigInt(SPREAD_SECONDS))
}
