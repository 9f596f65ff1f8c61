/** What a reply means for us. Success needs no rule. */
export type ReplyVerdict =
  /** The provider takes less than we send: 4xx, and 5xx that really mean it. */
  | 'throttle_lane'
  /** This one mailbox gets too much at the moment. */
  | 'throttle_recipient'
  | 'greylist'
  /** Our address, domain or server is on a list, or in bad standing. */
  | 'block_reputation'
  /** Something of ours is set up wrongly: authentication, TLS, relaying, a sender that is refused. */
  | 'auth_config'
  | 'content'
  | 'recipient_gone'
  | 'mailbox_full'
  /** A rule of the recipient's side that is none of the above. */
  | 'policy'
  | 'unknown'

/** The command that was answered. */
export type ReplyPhase = 'mail' | 'rcpt' | 'data' | 'dot'

/**
 * One way in which servers say something. Rules of a provider are read before those of everybody,
 * each list from its beginning, and the first that fits decides.
 */
export type ReplyRule = {
  id: string
  /** The name of a provider of the table, or `*` for any. */
  provider: string
  /** Only for answers to this command. */
  phase?: ReplyPhase
  /** Read without regard to case, against the reply on one line. */
  pattern: RegExp
  verdict: ReplyVerdict
  /** How long the mail waits, when the server does not say it. */
  waitSeconds?: number
  /** How long the lane waits. */
  pauseSeconds?: number
  /** The complaint is about connections, not about messages. */
  action?: 'fewer_connections'
  /** Lines that servers wrote, which this rule must decide. */
  samples: readonly string[]
  /** Lines that look alike and must not be decided by this rule. */
  counterSamples?: readonly string[]
  source: string
}

export const MINUTE = 60
export const HOUR = 60 * MINUTE
