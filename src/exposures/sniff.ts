import { Refusal } from '../platform/errors.js'
import { type Entry, LIST_FORMATS, type ListFormat } from './entry.js'
import { isArrayName } from './json-elements.js'
import { findLayout, isRemark, type Layout } from './layout.js'
import { isFieldLine } from './message-header.js'
import { isHashLine } from './read-hashes.js'
import { isMessageStart } from './read-mbox.js'
import { readTextLine } from './read-text.js'

export type Sniffed = { format: ListFormat; layout?: Layout }

const MAX_SAMPLE_LINES = 200
/** Printable text has next to none of these; pictures and archives are full of them. */
const CONTROL = /(?![\t\n\v\f\r])\p{Cc}/gu
const CONTROL_SHARE = 0.1

const MAIL_FIELD =
  /^(?:received|return-path|delivered-to|from|sender|to|cc|bcc|date|subject|message-id|mime-version|content-type|reply-to|resent-(?:to|cc|bcc|from|date)|apparently-to|x-[a-z-]+|dkim-signature|arc-[a-z-]+|authentication-results)[ \t]*:/i

const TABLE: readonly ListFormat[] = ['csv', 'tsv', 'text', 'sha256']

/** What a file of this name may hold. A one-column table is a text list, and hashes are one too. */
const ALLOWED: Record<string, readonly ListFormat[]> = {
  txt: LIST_FORMATS,
  log: LIST_FORMATS,
  lst: LIST_FORMATS,
  list: LIST_FORMATS,
  csv: TABLE,
  tsv: TABLE,
  tab: TABLE,
  json: ['json', 'ndjson'],
  ndjson: ['ndjson'],
  jsonl: ['ndjson'],
  eml: ['eml', 'mbox'],
  mbox: ['mbox'],
  mbx: ['mbox'],
  sha256: ['sha256'],
}

const LOOKS_LIKE: Record<ListFormat, string> = {
  text: 'a plain list of lines',
  csv: 'a table with separators (CSV)',
  tsv: 'a table with tabs (TSV)',
  json: 'a JSON document',
  ndjson: 'JSON lines (NDJSON)',
  eml: 'a mail message (EML)',
  mbox: 'a mailbox of messages (mbox)',
  sha256: 'a list of SHA-256 hashes',
}

/**
 * Tells the format of a list from the beginning of its text (after decompression) and checks it
 * against what the file name promises. Refuses with `file_empty`, `file_binary`,
 * `file_format_mismatch` or `file_without_addresses`. `isWhole`: the sample is all there is.
 */
export function sniffFormat(sample: string, name: string, isWhole: boolean): Sniffed {
  if (isWhole && sample.trim() === '') {
    throw new Refusal('file_empty', 'The file is empty. Choose the file that holds the list.')
  }
  refuseBinary(sample)
  const extension = extensionOf(name)
  const sniffed = sniffText(linesOf(sample, isWhole), extension)
  const allowed = ALLOWED[extension]
  if (allowed && !allowed.includes(sniffed.format)) throw mismatch(extension, sniffed.format)
  return sniffed
}

/** The last extension in lower case, that of the packed file for `.gz`; empty if there is none. */
function extensionOf(name: string): string {
  const plain = name.toLowerCase().replace(/\.gz$/, '')
  return /\.([a-z0-9]{1,8})$/.exec(plain)?.[1] ?? ''
}

function refuseBinary(sample: string): void {
  const controls = sample.match(CONTROL)?.length ?? 0
  if (!sample.includes('\0') && controls <= sample.length * CONTROL_SHARE) return
  const what = sample.startsWith('PK')
    ? 'It looks like a spreadsheet or ZIP archive: export the sheet as CSV, or unpack it first.'
    : 'Export the list as text, CSV or JSON, in UTF-8.'
  throw new Refusal('file_binary', `The file is not text. ${what}`)
}

function mismatch(extension: string, format: ListFormat): Refusal {
  return new Refusal(
    'file_format_mismatch',
    `The file is named .${extension} but looks like ${LOOKS_LIKE[format]}. ` +
      `If that is right, rename it to .${format === 'text' ? 'txt' : format}; otherwise export it again.`,
  )
}

/** The last line of a sample that is not the whole file may be cut. */
function linesOf(sample: string, isWhole: boolean): string[] {
  const lines = sample.split('\n')
  if (!isWhole && lines.length > 1) lines.pop()
  return lines.filter((line) => line.trim() !== '').slice(0, MAX_SAMPLE_LINES)
}

function sniffText(lines: readonly string[], extension: string): Sniffed {
  const first = lines[0] ?? ''
  if (isMessageStart(first, lines[1] ?? '')) return { format: 'mbox' }
  const json = sniffJson(lines, extension)
  if (json) return { format: json }
  if (isMail(lines)) return { format: 'eml' }
  const content = lines.filter((line) => !isRemark(line) && !line.startsWith('#'))
  if (content.some(isHashLine) && content.filter(isHashLine).length * 2 >= content.length)
    return { format: 'sha256' }
  return sniffTable(content, extension)
}

function sniffJson(lines: readonly string[], extension: string): 'json' | 'ndjson' | undefined {
  const first = (lines[0] ?? '').trim()
  if (first.startsWith('{')) return sniffObjects(lines)
  if (extension === 'ndjson' || extension === 'jsonl')
    return parseJson(first) ? 'ndjson' : undefined
  if (!first.startsWith('[')) return undefined
  const next = first.slice(1).trim() || (lines[1] ?? '').trim()
  return extension === 'json' || /^["{[\]]/.test(next) ? 'json' : undefined
}

function sniffObjects([first = '', second = '']: readonly string[]): 'json' | 'ndjson' | undefined {
  const value = parseJson(first)
  if (value !== undefined) return second === '' && isWrapper(value) ? 'json' : 'ndjson'
  if (!/^\s*\{\s*(?:"|\}|$)/.test(first)) return undefined
  return parseJson(second) === undefined ? 'json' : 'ndjson'
}

/** An object on one line that is there for the sake of the array in it. */
function isWrapper(value: object): boolean {
  return Object.entries(value).some(([name, member]) => isArrayName(name) && Array.isArray(member))
}

function parseJson(line: string): object | undefined {
  try {
    return Object(JSON.parse(line))
  } catch {
    return undefined
  }
}

function isMail(lines: readonly string[]): boolean {
  const fields = lines.slice(0, 20).filter((line) => MAIL_FIELD.test(line)).length
  return isFieldLine(lines[0] ?? '') && (fields >= 2 || MAIL_FIELD.test(lines[0] ?? ''))
}

function sniffTable(lines: readonly string[], extension: string): Sniffed {
  const layout = findLayout(lines)
  const isTable = ['csv', 'tsv', 'tab'].includes(extension)
  const isList = lines.length > 0 && lines.filter(isListLine).length * 2 >= lines.length
  if (layout && isRead(layout, lines, isTable, isList)) {
    return { format: layout.delimiter === '\t' ? 'tsv' : 'csv', layout }
  }
  if (isTable && !isList) throw withoutAddresses('No column of the table holds addresses.')
  if (!lines.some((line) => line.includes('@'))) {
    throw withoutAddresses('Nothing in the file looks like an address or a SHA-256 hash.')
  }
  return { format: 'text' }
}

/** As a table: with a header always; without one if not all its cells are addresses. */
function isRead(layout: Layout, lines: readonly string[], isTable: boolean, isList: boolean) {
  if (layout.hasHeader && !isListLine(lines[0] ?? '')) return true
  const hasColumns = lines.some((line) => line.includes(layout.delimiter))
  return hasColumns ? !isList : isTable
}

/** Whether the line is nothing but mailboxes. */
function isListLine(line: string): boolean {
  const entries: Entry[] = []
  readTextLine(line, 1, entries)
  return entries.length > 0 && entries.every((entry) => entry.kind === 'address')
}

function withoutAddresses(what: string): Refusal {
  return new Refusal(
    'file_without_addresses',
    `${what} Name the column of addresses "email", or give one address per line.`,
  )
}
