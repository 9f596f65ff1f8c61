import PostalMime, { type Email } from 'postal-mime'
import type { Address } from '../../values/address.js'
import { messageId } from '../compose.js'
import type { Sender } from '../sender.js'
import { linksIn, mailboxesIn } from '../wire/content.js'
import { isTangled } from './tangle.js'

/** What the copy that a seed mailbox received must still be. */
export type ExpectedCopy = {
  mailId: string
  seed: Address
  sender: Sender
  /** Where what comes back goes; servers write the envelope sender into fields of their own. */
  bounceDomain: string | undefined
}

export type CopyProblem =
  | 'unreadable'
  | 'header_missing'
  | 'header_repeated'
  | 'header_forbidden'
  | 'recipient_differs'
  | 'sender_differs'
  | 'identity_differs'
  | 'attachment'
  | 'body_missing'
  | 'stranger_address'
  | 'foreign_link'

type Field = { name: string; value: string }
type Read = { fields: readonly Field[]; parsed: Email; shown: string }
type Check = (copy: Read, expected: ExpectedCopy) => CopyProblem | undefined

const MAIL_FIELD = /^x-cordon-mail: *([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[ \t]*\r?$/im
const ID_FIELD = /^message-id:\s*<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@/im
const HEADER_AT_MOST = 64 * 1024

/** The mail that a copy claims to be, by our own field or its Message-ID. Only a database can confirm it. */
export function claimedMail(bytes: Uint8Array): string | undefined {
  const [head = ''] = split(bytes)
  return (MAIL_FIELD.exec(head)?.[1] ?? ID_FIELD.exec(head)?.[1])?.toLowerCase()
}

/**
 * Looks at a mail as a stranger's server delivered it: the only check that sees what relays made of
 * it. Fields that servers add on the way are fine; whatever would show one person to another is not.
 * Reads the fields by itself and the content with a parser that is not the builder's.
 */
export async function inspectCopy(
  bytes: Uint8Array,
  expected: ExpectedCopy,
): Promise<CopyProblem | null> {
  const [head] = split(bytes)
  const parsed = await parse(bytes)
  if (head === undefined || parsed === undefined) return 'unreadable'
  const { subject = '', text, html } = parsed
  if (!text || !html) return 'body_missing'
  const shown = [subject, text, withoutEntities(html)].join('\n')
  const copy = { fields: readFields(head), parsed, shown }
  for (const check of CHECKS) {
    const problem = check(copy, expected)
    if (problem) return problem
  }
  return null
}

async function parse(bytes: Uint8Array): Promise<Email | undefined> {
  if (isTangled(bytes)) return undefined
  try {
    return await PostalMime.parse(bytes, { maxNestingDepth: 8, maxHeadersSize: HEADER_AT_MOST })
  } catch {
    return undefined
  }
}

/** The header as text; none when it does not end where headers do. */
function split(bytes: Uint8Array): [string?] {
  const start = Buffer.from(bytes.subarray(0, HEADER_AT_MOST)).toString('latin1')
  const end = /\r?\n\r?\n/.exec(start)
  return end ? [start.slice(0, end.index)] : []
}

function readFields(head: string): Field[] {
  const fields: Field[] = []
  for (const line of head.split(/\r?\n/)) {
    const last = fields.at(-1)
    if (/^[ \t]/.test(line) && last) last.value += ` ${line.trim()}`
    else {
      const [, name = '', value = ''] = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line) ?? []
      fields.push({ name: name.toLowerCase(), value: value.trim() })
    }
  }
  return fields
}

const ONCE = ['from', 'to', 'subject', 'date', 'message-id', 'x-cordon-mail', 'content-type']
/** Whoever else was written to, or where an answer would go: we write none of it. */
const FORBIDDEN =
  /^(?:cc|bcc|reply-to|resent-.*|apparently-to|mail-followup-to|mail-reply-to|x-(?:to|cc|bcc|rcpt.*|recipients?))$/

const checkFields: Check = ({ fields }) => {
  if (fields.some(({ name }) => FORBIDDEN.test(name))) return 'header_forbidden'
  for (const name of ONCE) {
    const times = fields.filter((field) => field.name === name).length
    if (times !== 1) return times === 0 ? 'header_missing' : 'header_repeated'
  }
  return undefined
}

const checkEnvelope: Check = ({ fields, parsed }, { mailId, seed, sender }) => {
  const value = (name: string) => fields.find((field) => field.name === name)?.value ?? ''
  const [to, ...others] = parsed.to ?? []
  const isAlone = others.length === 0 && to?.address?.toLowerCase() === seed
  if (!isAlone || mailboxesIn(value('to')).join() !== seed) return 'recipient_differs'
  if (mailboxesIn(value('from')).join() !== sender.from) return 'sender_differs'
  const isSame =
    value('message-id') === messageId(mailId, sender.from) && value('x-cordon-mail') === mailId
  return isSame ? undefined : 'identity_differs'
}

/** What servers write about the way a message took; it may name the mailboxes of that way. */
const TRACE =
  /^(?:received|return-path|delivered-to|envelope-to|authentication-results|received-spf|dkim-.*|domainkey-.*|arc-.*|message-id)$/

/**
 * Fields of servers (`X-…`) may keep one mailbox that a forwarder knew. A list of them is what must
 * never happen again.
 */
const checkStrangersInFields: Check = ({ fields }, expected) => {
  const isKnown = knownTo(expected)
  for (const { name, value } of fields) {
    if (TRACE.test(name)) continue
    const strangers = new Set(mailboxesIn(value).filter((mailbox) => !isKnown(mailbox)))
    if (strangers.size > (name.startsWith('x-') ? 1 : 0)) return 'stranger_address'
  }
  return undefined
}

const checkContent: Check = ({ parsed, shown }, expected) => {
  if (parsed.attachments.length > 0) return 'attachment'
  if (!mailboxesIn(shown).every(knownTo(expected))) return 'stranger_address'
  const { publicUrl, siteName } = expected.sender
  const origin = publicUrl.replace(/\/*$/, '/')
  const own = new Set(linksIn(siteName))
  return linksIn(shown).every((url) => own.has(url) || url.startsWith(origin))
    ? undefined
    : 'foreign_link'
}

const CHECKS: readonly Check[] = [checkFields, checkEnvelope, checkStrangersInFields, checkContent]

function knownTo({ seed, sender, bounceDomain }: ExpectedCopy): (mailbox: string) => boolean {
  const known = new Set(
    [seed, sender.from, sender.support ?? '', ...mailboxesIn(sender.siteName)].map((each) =>
      each.toLowerCase(),
    ),
  )
  return (mailbox) =>
    known.has(mailbox) || (bounceDomain !== undefined && mailbox.endsWith(`@${bounceDomain}`))
}

/** An address is not hidden by writing its `@` in another way. */
const withoutEntities = (html: string) =>
  html.replace(/&(?:#64|#x40|commat);/gi, '@').replace(/&(?:#58|#x3a|colon);/gi, ':')
