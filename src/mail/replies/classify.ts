import type { ReplyPhase, ReplyRule, ReplyVerdict } from './rule.js'
import { REPLY_RULES } from './rules.js'
import { statedWait } from './stated-wait.js'

export type Classified = {
  verdict: ReplyVerdict
  /** The rule that decided; null when none knows the reply. */
  ruleId: string | null
  /** By the server's own words, else by the rule; null when neither says. */
  waitSeconds: number | null
  /** For the whole lane; null when neither says. */
  pauseSeconds: number | null
  fewerConnections: boolean
}

export type Asked = { provider: string | null; phase: ReplyPhase | null }

/** What a longer reply says further on was never what decided. */
const LOOK_AT_MOST = 1_000

/**
 * What a server's reply means, by the first rule that fits: those of the provider, then those of
 * everybody. A reply no rule knows is `unknown`, and its code alone says whether to try again.
 * Source of the verdicts: the bounce and shaping tables named at each rule, and RFC 3463.
 */
export function classify(
  reply: string,
  { provider, phase }: Asked,
  rules: readonly ReplyRule[] = REPLY_RULES,
): Classified {
  const line = onOneLine(reply)
  const fits = (rule: ReplyRule) =>
    (rule.phase === undefined || rule.phase === phase) && rule.pattern.test(line)
  const rule =
    rules.find((each) => each.provider === provider && fits(each)) ??
    rules.find((each) => each.provider === '*' && fits(each))
  const stated = rule && WAITING.has(rule.verdict) ? statedWait(line) : undefined
  const slowsLane = rule?.verdict === 'throttle_lane' || rule?.verdict === 'block_reputation'
  return {
    verdict: rule?.verdict ?? 'unknown',
    ruleId: rule?.id ?? null,
    waitSeconds: stated ?? rule?.waitSeconds ?? null,
    pauseSeconds: slowsLane ? (stated ?? rule?.pauseSeconds ?? null) : null,
    fewerConnections: rule?.action === 'fewer_connections',
  }
}

/** Verdicts after which a time in the reply is the time to wait. */
const WAITING = new Set<ReplyVerdict>([
  'throttle_lane',
  'throttle_recipient',
  'greylist',
  'block_reputation',
  'mailbox_full',
  'policy',
])

/** Servers repeat the code, and often the enhanced one, on each line of a long reply. */
export const onOneLine = (reply: string): string =>
  reply
    .slice(0, LOOK_AT_MOST)
    .replace(/\s*[\r\n]+\s*\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3} )?/g, ' ')
    .replace(/^(\d{3})-/, '$1 ')
    .replace(/\s+/g, ' ')
    .trim()

export type Disposition =
  /** Another attempt, and people when it was tried often enough. */
  | 'defer'
  /** It waits as long as it takes: nothing is wrong with this mail. */
  | 'wait'
  | 'reject'

/**
 * What to do with the mail. What is about us or about the pace is never a reason to give a mail up,
 * whatever the code; what is about the mail or its recipient is one when the code is 5xx.
 */
export function dispositionOf(verdict: ReplyVerdict, isPermanent: boolean): Disposition {
  switch (verdict) {
    case 'block_reputation':
    case 'auth_config':
      return 'wait'
    case 'throttle_lane':
    case 'throttle_recipient':
    case 'greylist':
    case 'mailbox_full':
      return 'defer'
    case 'content':
    case 'recipient_gone':
    case 'policy':
    case 'unknown':
      return isPermanent ? 'reject' : 'defer'
  }
}
