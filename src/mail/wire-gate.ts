import PostalMime, { type Email } from 'postal-mime'
import { messageId } from './compose.js'
import type { Recipient } from './recipient.js'
import type { Sender } from './sender.js'
import {
  flatten,
  type HtmlContent,
  linksIn,
  mailboxesIn,
  readHtml,
  tokensIn,
} from './wire/content.js'
import { isStrictBody, isStrictSubject } from './wire/encodings.js'
import { readWire, type WireMessage, type WireProblem } from './wire/lines.js'
import { areSignedBy } from './wire/signatures.js'

/** What this one mail must be, from its row and its account: not from what was rendered. */
export type Expected = {
  mailId: string
  recipient: Recipient
  sender: Sender
  /** As it is greeted, see `tidyName`; null for a greeting without one. */
  name: string | null
  phrase: string | null
  /** The token of this mail's reset; null for mails that must not hold one. */
  token: string | null
  /** Where the token's link leads; null where no link is allowed. */
  link: string | null
}

export type GateProblem =
  | WireProblem
  | 'sender_differs'
  | 'recipient_differs'
  | 'identity_differs'
  | 'signature_differs'
  | 'parsers_disagree'
  | 'attachment'
  | 'encoding_ambiguous'
  | 'body_missing'
  | 'markup_forbidden'
  | 'text_and_html_differ'
  | 'stranger_address'
  | 'foreign_link'
  | 'foreign_token'
  | 'token_missing'
  | 'phrase_differs'
  | 'name_differs'
  | 'reference_differs'

export type Inspection = { ok: true } | { ok: false; problem: GateProblem }

type Check = (mail: Read, expected: Expected) => GateProblem | undefined
type Read = { wire: WireMessage; parsed: Email; html: HtmlContent; text: string; subject: string }

/**
 * The last look at the final bytes before any of them leaves: read once by our own line scan and
 * once by a parser that is not the builder's, and compared with what this mail must be. Whatever
 * would show one person's data to another is a problem, as is anything that cannot be explained.
 */
export async function inspect(bytes: Uint8Array, expected: Expected): Promise<Inspection> {
  const wire = readWire(bytes)
  if (typeof wire === 'string') return { ok: false, problem: wire }
  const parsed = await PostalMime.parse(bytes)
  const { text, html: source, subject } = parsed
  if (!text || !source || !subject) return { ok: false, problem: 'body_missing' }
  const html = readHtml(source)
  if (html === null) return { ok: false, problem: 'markup_forbidden' }
  const read = { wire, parsed, html, text: flatten(text), subject: flatten(subject) }
  for (const check of CHECKS) {
    const problem = check(read, expected)
    if (problem) return { ok: false, problem }
  }
  return { ok: true }
}

/** RFC 5322 §3.3 without the comments it allows. */
const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$/

const checkEnvelope: Check = ({ wire: { headers } }, { mailId, recipient, sender }) => {
  if (headers.get('from') !== sender.from) return 'sender_differs'
  const to = headers.get('to')
  if (to !== recipient && to !== `<${recipient}>`) return 'recipient_differs'
  const known =
    headers.get('message-id') === messageId(mailId, sender.from) &&
    headers.get('x-cordon-mail') === mailId &&
    headers.get('auto-submitted') === 'auto-generated' &&
    headers.get('mime-version') === '1.0' &&
    DATE.test(headers.get('date') ?? '')
  return known ? undefined : 'identity_differs'
}

/** Signed by those who sign for this sender and by nobody else, or, where nobody does, not at all. */
const checkSignatures: Check = ({ wire }, { sender }) =>
  areSignedBy(wire, sender.signing) ? undefined : 'signature_differs'

const OTHER_MAILBOXES = ['cc', 'bcc', 'replyTo', 'sender', 'deliveredTo', 'returnPath'] as const

const checkSecondParser: Check = ({ wire, parsed }, { recipient, sender }) => {
  if (parsed.attachments.length > 0) return 'attachment'
  const [to, ...others] = parsed.to ?? []
  const agrees =
    others.length === 0 &&
    to?.address === recipient &&
    parsed.from?.address === sender.from &&
    OTHER_MAILBOXES.every((header) => parsed[header] === undefined) &&
    parsed.headers.length === wire.headers.size + wire.signatures.length &&
    parsed.headers.every(({ key }) => wire.headers.has(key) || key === 'dkim-signature')
  return agrees ? undefined : 'parsers_disagree'
}

const PART_TYPES = ['text/plain; charset=utf-8', 'text/html; charset=utf-8']
const ENCODINGS = new Set<string | undefined>(['7bit', 'base64', 'quoted-printable'])

const checkParts: Check = ({ wire: { parts } }) => {
  const asMeant = parts.every(({ headers }, index) => {
    const encoding = headers.get('content-transfer-encoding')
    return headers.get('content-type') === PART_TYPES[index] && ENCODINGS.has(encoding)
  })
  return asMeant ? undefined : 'structure_unexpected'
}

/** What one decoder skips, another may show: nothing that is encoded holds more than it says. */
const checkEncodings: Check = ({ wire: { headers, parts } }) => {
  const isPlain =
    isStrictSubject(headers.get('subject') ?? '') &&
    parts.every((part) =>
      isStrictBody(part.headers.get('content-transfer-encoding') ?? '', part.content),
    )
  return isPlain ? undefined : 'encoding_ambiguous'
}

/** Both bodies say the same, word for word, so the later checks read the title and both at once. */
const checkBodies: Check = ({ html, text, subject }) =>
  html.text === flatten(`${subject} ${text}`) ? undefined : 'text_and_html_differ'

/** What this mail may show though it looks like an address, a link or a token. */
const ownWords = ({ phrase, sender }: Expected) =>
  [phrase, sender.siteName, sender.support, sender.from].join('\n')

const checkStrangers: Check = ({ html }, expected) => {
  const known = new Set(mailboxesIn(ownWords(expected)))
  return mailboxesIn(html.text).every((mailbox) => known.has(mailbox))
    ? undefined
    : 'stranger_address'
}

/** The only link is that of this mail's token, on the configured origin. */
const checkLinks: Check = ({ html }, expected) => {
  const { link, sender } = expected
  if (link !== null && new URL(link).origin !== new URL(sender.publicUrl).origin)
    return 'foreign_link'
  const known = new Set([link, ...linksIn(ownWords(expected))])
  const isOwn = linksIn(html.text).every((url) => known.has(url))
  return isOwn && html.targets.every((url) => url === link) ? undefined : 'foreign_link'
}

const checkTokens: Check = ({ html, text }, expected) => {
  const { token, link } = expected
  const known = new Set([token, ...tokensIn(ownWords(expected))])
  if (!tokensIn(html.text).every((found) => known.has(found))) return 'foreign_token'
  const proof = link ?? token
  if (proof === null) return undefined
  const isLinked = link === null || (html.targets.length === 1 && link.includes(token ?? ' '))
  return isLinked && text.includes(proof) ? undefined : 'token_missing'
}

/** Quoted are the phrase of the account, and the token where it is not in a link. Nothing else. */
const checkPhrase: Check = ({ html, text }, { phrase, token, link }) => {
  const quoted = [phrase, link === null ? token : null].filter((value) => value !== null)
  const same = quoted.length === html.quoted.length && quoted.every((v, i) => v === html.quoted[i])
  return same && text.includes(phrase ?? '') ? undefined : 'phrase_differs'
}

const isOnly = (found: readonly string[], wanted: string | null) =>
  wanted === null ? found.length === 0 : found.length === 1 && found[0] === wanted

/** A letter that was written for another mail prints the number of that one, whatever else it says. */
const checkReference: Check = ({ html, text }, { mailId }) =>
  isOnly(html.references, mailId) && text.includes(mailId) ? undefined : 'reference_differs'

const checkName: Check = ({ html }, { name }) =>
  isOnly(html.names, name) ? undefined : 'name_differs'

const CHECKS: readonly Check[] = [
  checkEnvelope,
  checkSignatures,
  checkSecondParser,
  checkParts,
  checkEncodings,
  checkBodies,
  checkReference,
  checkName,
  checkStrangers,
  checkLinks,
  checkTokens,
  checkPhrase,
]
