import type { ReturnClass } from './report.js'

type Rule = readonly [ReturnClass, RegExp]

/**
 * Words that say more than the code beside them: servers send `5.1.1` for a full mailbox and `5.7.1`
 * for nearly everything. The first that is found wins. Each has its sample in
 * `test/unit/mail/returns/reasons.test.ts`.
 */
const CLEAR_WORDS: readonly Rule[] = [
  [
    'content',
    /blacklisted (?:url|link)|content (?:denied|rejected)|\b(?:virus|malware)\b|(?:message|mail) (?:is )?too (?:big|large)|maximum (?:message )?size|improper use of 8-bit|(?:considered|identified as|suspicion of|is likely|as) spam\b|spam (?:message|content)/i,
  ],
  [
    'sender_refused',
    /\b(?:spf|dkim|dmarc)\b|unauthenticated (?:e-?mail|sender)|sender address rejected|sender (?:verif|domain)|from a different address or alias/i,
  ],
  [
    'mailbox_full',
    /mailbox (?:is )?(?:full|over)|over ?quota|\bquota (?:is )?exceeded|exceeded (?:the |its |their )?(?:storage|quota|mailbox)|disk quota|out of storage|storage (?:limit|space)|inbox is full/i,
  ],
  [
    'mailbox_disabled',
    /(?:account|mailbox|user|recipient)(?:\(s\))?(?: account)?(?: <>)? (?:is |has been |was |currently |temporar(?:y|ily) )*(?:disabled|suspended|locked|inactive|deactivated|blocked)|(?:account|mailbox) is not active/i,
  ],
  [
    'recipient_gone',
    /user unknown|unknown (?:user|recipient|local part|mailbox)|(?:no such|no) (?:user|mailbox|recipient|person|account|address)\b|(?:user|recipient|mailbox|address|account|name)(?: name)?(?: \S{1,60}){0,6} (?:does ?n[o']t exist|do not exist|(?:was |is |could )?not (?:be )?(?:found|recognized|known|listed))|recipnotfound|mailbox unavailable|invalid (?:user|recipient|mailbox|e-?mail)|illegal alias|host (?:unknown|(?:\S{1,100} )?not found)|host or domain name not found|find a mail exchanger|does not accept mail|null ?mx|user doesn't have|no longer (?:valid|in use|works|here)|5\.4\.1 .{0,80}recipient address rejected: access denied|見つかりません|リストにありません|存在しません/iu,
  ],
]

/** Codes that mean one thing (RFC 3463, RFC 7372, RFC 7505, and those of two large providers). */
const CLEAR_CODES: readonly Rule[] = [
  ['recipient_gone', /^5\.(?:1\.(?:[1236]|10|351)|4\.4)$/],
  ['mailbox_disabled', /^5\.2\.1$/],
  ['mailbox_full', /^[45]\.2\.2$/],
  ['content', /^[45]\.(?:2\.3|3\.4|6\.\d+)$/],
  ['sender_refused', /^[45]\.(?:1\.[78]|7\.(?:2[0-46]|509|515))$/],
  ['reputation', /^[45]\.7\.(?:25|511|606)$/],
  ['throttled', /^[45]\.7\.(?:28|65[0-2])$/],
  ['unreachable', /^[45]\.4\.[127]$/],
]

/** Words that explain a code that says little. */
const WEAK_WORDS: readonly Rule[] = [
  [
    'throttled',
    /rate limit|too many (?:connections|recipients|messages|mails)|frequency limited|connection denied|throttl|unusual rate|\b(?:rp|mi|hl|dt):[a-z]{3}\b/i,
  ],
  [
    'reputation',
    /black ?list|block(?:ed)? (?:list|using|by)|blocklist|spamhaus|reverse dns|\bptr\b|rdns|reputation|\(bl\)|client host rejected|smtp server of your isp|banned/i,
  ],
  [
    'unreachable',
    /connection (?:timed out|refused|reset)|time-?out|timed out|lookup failure|establish an smtp connection|requests to connect|refused to talk|service not available|in the queue too long|could not (?:be )?deliver(?:ed)? for|retry time|unable to connect|no route|network is unreachable/i,
  ],
  [
    'system',
    /internal (?:system )?error|pipe to|could not load|service (?:currently |is )?unavailable|write error|system error|local (?:configuration )?error|mail loop|loops back|hop count/i,
  ],
  [
    'policy',
    /access denied|not authori[sz]ed|policy|filtered|unable to relay|relay(?:ing)? (?:denied|not)|not (?:a )?member|reject|denied|refused/i,
  ],
]

const BY_SUBJECT: Record<string, ReturnClass> = {
  '1': 'recipient_gone',
  '3': 'system',
  '4': 'unreachable',
  '6': 'content',
  '7': 'policy',
}

/** Decides why from what was said; `other` when it was not said in a way we know. */
export function reasonOf(words: string, status: string | null): ReturnClass {
  const said = withoutNames(words)
  return (
    found(CLEAR_WORDS, said) ??
    (status === null ? undefined : found(CLEAR_CODES, status)) ??
    found(WEAK_WORDS, said) ??
    BY_SUBJECT[status?.split('.')[1] ?? ''] ??
    'other'
  )
}

const found = (rules: readonly Rule[], text: string): ReturnClass | undefined =>
  rules.find(([, pattern]) => pattern.test(text))?.[0]

/** A mailbox called `blocked` and a page about quotas say nothing about this mail. */
const withoutNames = (text: string): string =>
  text.replace(/<?[^\s<>]{1,200}@[^\s<>]{1,200}>?/g, '<>').replace(/https?:\S+/gi, '<>')

const CODE = /(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\d)/g

/** The enhanced status codes of failures in a text; addresses of hosts are none. */
export const codesIn = (text: string): string[] => text.match(CODE) ?? []

/** The code that says most: `5.1.1` before `5.1.0` before `5.0.0`; of equals the first. */
export function mostSpecific(codes: readonly string[]): string | null {
  const rank = (code: string) => {
    const [, subject, detail] = code.split('.')
    return detail !== '0' ? 2 : Number(subject !== '0')
  }
  const [best = null] = codes.toSorted((left, right) => rank(right) - rank(left))
  return best
}
