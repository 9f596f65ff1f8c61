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
const SPREAD_AT_MOST_SECONDS = 60
const SPREAD_SHARE = 0.2
/** After so many attempts the times that servers name are believed only as the least. */
const PATIENT_ATTEMPTS = 3

/**
 * How long a deferred mail waits after its nth attempt, in whole seconds: what the server asked for,
 * else doubling from five minutes to four hours. Spread by the mail's own number, over a fifth of the
 * wait and a minute at most, so that a batch does not come back at once.
 */
export function waitSeconds(attempts: number, mailNo: bigint, asked: number | null = null): number {
  const doubled = Math.min(
    FIRST_WAIT_SECONDS * 2 ** Math.min(Math.max(attempts, 1) - 1, 10),
    LONGEST_WAIT_SECONDS,
  )
  const isBelieved = asked !== null && attempts <= PATIENT_ATTEMPTS
  const wait = isBelieved ? asked : Math.max(asked ?? 0, doubled)
  const spread = Math.min(SPREAD_AT_MOST_SECONDS, Math.ceil(wait * SPREAD_SHARE))
  return spread === 0 ? wait : wait + Number(mailNo % BigInt(spread))
}
