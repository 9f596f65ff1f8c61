/** What a message that came back is. */
export const RETURN_KINDS = [
  'failed',
  'delayed',
  'delivered',
  'complaint',
  'auto_reply',
  'notice',
  'unreadable',
] as const
/**
 * `notice` can be read and says neither what became of the mail nor that somebody complains;
 * `unreadable` may say anything.
 */
export type ReturnKind = (typeof RETURN_KINDS)[number]

/**
 * Why a mail did not arrive: about the recipient (`recipient_gone`, `mailbox_disabled`,
 * `mailbox_full`), about us (`sender_refused`, `reputation`, `throttled`, `content`), about neither
 * (`unreachable`, `system`), or not said clearly (`policy`, `other`).
 */
export type ReturnClass =
  | 'recipient_gone'
  | 'mailbox_disabled'
  | 'mailbox_full'
  | 'sender_refused'
  | 'reputation'
  | 'throttled'
  | 'content'
  | 'unreachable'
  | 'system'
  | 'policy'
  | 'other'

/** Nobody reads this mailbox any more. */
export const isDead = (found: ReturnClass | null): boolean =>
  found === 'recipient_gone' || found === 'mailbox_disabled'

export type Report = {
  kind: ReturnKind
  /** The most specific enhanced status code (RFC 3463) that was said. */
  status: string | null
  /** Only of a mail that failed or is late. */
  class: ReturnClass | null
  /** What the server said, without addresses and tokens; one line. */
  diagnostic: string | null
}

export const plainReport = (kind: ReturnKind): Report => ({
  kind,
  status: null,
  class: null,
  diagnostic: null,
})
