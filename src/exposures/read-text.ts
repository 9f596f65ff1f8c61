import { parseAddress } from '../values/address.js'
import { type Entry, type ReadPage, rejection } from './entry.js'
import { type LineBlock, readEachLine } from './lines.js'
import { type Mailbox, scanMailboxes } from './mailboxes.js'

/**
 * A list with one mailbox per line, as `address` or `Name <address>`; several on a line are
 * separated by commas or semicolons. Blank lines and lines that begin with `#` are skipped.
 */
export function readText(blocks: AsyncIterable<LineBlock>): AsyncGenerator<ReadPage> {
  return readEachLine(blocks, readTextLine)
}

export function readTextLine(text: string, line: number, entries: Entry[]): void {
  const trimmed = text.trim()
  if (trimmed !== '' && !trimmed.startsWith('#')) readCell(trimmed, line, entries)
}

/** One value that should hold mailboxes: a line, a table cell or a JSON string. */
export function readCell(cell: string, line: number, entries: Entry[]): void {
  const text = cell.trim()
  const parsed = parseAddress(text)
  if ('address' in parsed) {
    entries.push({ kind: 'address', line, batch: 1, address: parsed.address })
  } else if (/[<,;(]/.test(text)) {
    const scanner = scanMailboxes(false, (mailbox) => entries.push(entryOf(mailbox, 1)))
    const before = entries.length
    scanner.feed(text, line)
    scanner.end()
    if (entries.length === before) entries.push(rejection({ line, batch: 1 }, text, 'empty'))
  } else entries.push(rejection({ line, batch: 1 }, text, parsed.rejected))
}

export function entryOf(mailbox: Mailbox, batch: number): Entry {
  const { line } = mailbox
  const place = { line, batch }
  if ('malformed' in mailbox) return rejection(place, mailbox.malformed, 'header_malformed')
  const parsed = parseAddress(mailbox.spec)
  if ('rejected' in parsed) return rejection(place, mailbox.spec, parsed.rejected)
  return { kind: 'address', line, batch, address: parsed.address }
}
