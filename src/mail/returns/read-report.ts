import PostalMime, { type Attachment, type Email } from 'postal-mime'
import { readDeliveryStatus } from './delivery-status.js'
import { readBlocks } from './fields.js'
import { type Letter, readProse, reasonIn, telling, tidy, withoutReturned } from './prose.js'
import { codesIn, mostSpecific, reasonOf } from './reasons.js'
import { plainReport, type Report } from './report.js'
import { isTangled } from './tangle.js'

const LIMITS = {
  /** A message within the message is what was returned: evidence, and not to be read as the report. */
  forceRfc822Attachments: true,
  maxNestingDepth: 16,
  maxHeadersSize: 128 * 1024,
}
const LOOK_AT_MOST = 64 * 1024
const TITLE_AT_MOST = 1_000

/**
 * Says what a message that came back to a mail's address means: a delivery report (RFC 3464 in RFC
 * 6522, or the words of the many servers that write none), a complaint (RFC 5965) or an automatic
 * answer. Never throws: what cannot be read is `unreadable`. Which mail it is about is not asked of
 * the message, which may claim anything.
 */
export async function readReport(bytes: Uint8Array): Promise<Report> {
  const email = await parse(bytes)
  return email === undefined ? plainReport('unreadable') : reportIn(email, bytes)
}

async function parse(bytes: Uint8Array): Promise<Email | undefined> {
  if (isTangled(bytes)) return undefined
  try {
    return await PostalMime.parse(bytes, LIMITS)
  } catch {
    return undefined
  }
}

function reportIn(email: Email, bytes: Uint8Array): Report {
  const letter = letterOf(email, bytes)
  return (
    complaintIn(email, letter) ??
    deliveryIn(email, letter) ??
    notificationIn(letter) ??
    readProse(letter)
  )
}

const NO_COMPLAINT = new Set(['not-spam', 'auth-failure', 'dmarc'])

function complaintIn(email: Email, { from, subject }: Letter): Report | undefined {
  const part = partOf(email, ['message/feedback-report'])
  const about = part && readBlocks(part)[0]?.get('feedback-type')?.toLowerCase()
  if (about !== undefined) {
    if (NO_COMPLAINT.has(about)) return plainReport('notice')
    return { ...plainReport('complaint'), diagnostic: tidy(`feedback: ${about}`) }
  }
  // Microsoft's junk mail reports hold no feedback-report part, only the message and this title.
  const isJunkReport = /\bstaff@hotmail\.com\b/i.test(from) && /^\s*complaint about/i.test(subject)
  return isJunkReport ? plainReport('complaint') : undefined
}

function deliveryIn(email: Email, { text }: Letter): Report | undefined {
  const part = partOf(email, ['message/delivery-status', 'message/global-delivery-status'])
  const found = part && readDeliveryStatus(part)
  if (!found) return undefined
  if (found.kind === 'delivered') return plainReport('delivered')
  const { kind, diagnostic } = found
  const isVague = found.status === null || /^\d\.0\.0$/.test(found.status)
  const status = isVague ? mostSpecific([found.status ?? '', ...codesIn(text)]) : found.status
  const said = reasonOf(diagnostic, found.status)
  return {
    kind,
    status: status || null,
    class: said === 'other' ? reasonIn(text, status || null) : said,
    diagnostic: tidy(diagnostic) ?? tidy(telling(text)),
  }
}

/** What Amazon SES posts by mail when nobody takes its notifications otherwise. */
function notificationIn({ text }: Letter): Report | undefined {
  const about = /^\{"notificationType":"(Bounce|Complaint)"/.exec(text.trimStart())?.[1]
  if (about === undefined) return undefined
  if (about === 'Complaint') return plainReport('complaint')
  const diagnostic = /"diagnosticCode":"([^"]{0,500})"/.exec(text)?.[1] ?? ''
  const status = mostSpecific(codesIn(text))
  const kind = text.includes('"bounceType":"Transient"') ? 'delayed' : 'failed'
  return { kind, status, class: reasonOf(diagnostic, status), diagnostic: tidy(diagnostic) }
}

function letterOf(email: Email, bytes: Uint8Array): Letter {
  const headers = new Map<string, string>()
  for (const { key, value } of email.headers) if (!headers.has(key)) headers.set(key, value)
  const readable = email.text ?? stripTags(email.html ?? '')
  const text = readable.trim() === '' ? bodyOf(bytes) : readable
  return {
    from: (headers.get('from') ?? '').slice(0, TITLE_AT_MOST),
    subject: (email.subject ?? '').slice(0, TITLE_AT_MOST),
    headers,
    text: withoutReturned(text),
  }
}

/** As it came, for senders that break the form of their own message. */
function bodyOf(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, LOOK_AT_MOST)).toString('latin1')
  return start.slice(/\r?\n\r?\n/.exec(start)?.index ?? 0)
}

const stripTags = (html: string) =>
  html
    .slice(0, LOOK_AT_MOST)
    .replace(/<(?:br|p|div|tr|li)\b[^<>]{0,500}>/gi, '\n')
    .replace(/<[^<>]{0,2000}>/g, ' ')

/** The first part of one of these types, as text. */
function partOf(email: Email, types: readonly string[]): string | undefined {
  const part = email.attachments.find(({ mimeType }) => types.includes(mimeType))
  return part && textOf(part)
}

function textOf({ content }: Attachment): string {
  const bytes = typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content)
  return Buffer.from(bytes.subarray(0, LOOK_AT_MOST)).toString('latin1')
}
