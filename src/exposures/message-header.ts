import {
  type Batch,
  type Entry,
  RAW_LENGTH,
  type ReadPage,
  type RejectionReason,
  rejection,
} from './entry.js'
import { parseMailDate } from './mail-date.js'
import { type MailboxScanner, scanMailboxes } from './mailboxes.js'
import { entryOf } from './read-text.js'

/**
 * The fields whose addresses a recipient of the message could see. Fields that mail servers add for
 * one copy (Delivered-To, X-Original-To, Envelope-To) are not among them: only the holder of that
 * copy saw those. From, Sender and Reply-To are not recipients.
 */
const RECIPIENTS = new Set('to cc bcc resent-to resent-cc resent-bcc apparently-to'.split(' '))
const FIELD = /^([!-9;-~]{1,200})[ \t]*:/
const MAX_FIELD_LENGTH = 1000

/**
 * A batch must be announced, with its time, before its entries, and the Date field may come after
 * the recipients. Of messages with more recipients than this the time is known only if it came first.
 */
const MAX_HELD = 200_000

export type HeaderReader = {
  /** Takes the next line of the header, without its end. */
  take: (text: string, line: number, isCut: boolean) => void
  /** What can be given away before the header is over. */
  early: () => ReadPage | undefined
  /** The header is over. */
  end: () => ReadPage
}

type Header = {
  batch: Batch
  isAnnounced: boolean
  entries: Entry[]
  /** Lower-case name of the field that continuation lines belong to. */
  field: string
  value: string
  scanner: MailboxScanner | undefined
}

/** Whether a line begins a header field (RFC 5322 §2.2, §4.5 for the blank before the colon). */
export function isFieldLine(line: string): boolean {
  return FIELD.test(line)
}

/** Reads the header of one message: who it was sent to, when, and its Message-ID. */
export function headerReader(no: number): HeaderReader {
  const header: Header = {
    batch: { no },
    isAnnounced: false,
    entries: [],
    field: '',
    value: '',
    scanner: undefined,
  }
  return {
    take: (text, line, isCut) => takeLine(header, text, line, isCut),
    early: () => (header.entries.length > MAX_HELD ? giveAway(header) : undefined),
    end: () => {
      endField(header)
      return giveAway(header)
    },
  }
}

function giveAway(header: Header): ReadPage {
  const { batch, entries, isAnnounced } = header
  header.isAnnounced = true
  header.entries = []
  return { batches: isAnnounced ? [] : [{ ...batch }], entries }
}

function takeLine(header: Header, text: string, line: number, isCut: boolean): void {
  const isContinuation = /^[ \t]/.test(text)
  const name = isContinuation ? undefined : FIELD.exec(text)
  if (name) {
    endField(header)
    beginField(header, (name[1] ?? '').toLowerCase())
  }
  if (isCut) rejectLine(header, text, line, 'line_too_long')
  else if (!name && !isContinuation) rejectLine(header, text, line, 'header_malformed')
  else continueField(header, name ? text.slice(name[0].length) : text, line)
}

function beginField(header: Header, field: string): void {
  header.field = field
  if (!RECIPIENTS.has(field)) return
  header.scanner = scanMailboxes(true, (mailbox) => {
    header.entries.push(entryOf(mailbox, header.batch.no))
  })
}

function continueField(header: Header, text: string, line: number): void {
  if (header.scanner) header.scanner.feed(text, line)
  else if (header.field === 'date' || header.field === 'message-id') {
    header.value = (header.value + text).slice(0, MAX_FIELD_LENGTH)
  }
}

/** Only among recipients does an unreadable line matter; the field goes on after it. */
function rejectLine(header: Header, text: string, line: number, reason: RejectionReason): void {
  if (!header.scanner || text === '') return
  header.entries.push(rejection({ line, batch: header.batch.no }, text, reason))
}

function endField(header: Header): void {
  header.scanner?.end()
  header.scanner = undefined
  const { batch, field, value } = header
  header.field = ''
  header.value = ''
  if (field === 'date' && batch.at === undefined) {
    const at = parseMailDate(value)
    if (at) batch.at = at
  }
  const label = value.trim().slice(0, RAW_LENGTH)
  if (field === 'message-id' && label !== '') batch.label ??= label
}
