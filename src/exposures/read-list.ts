import { Refusal } from '../platform/errors.js'
import { decodeSample, decodeText, encodingOf, type TextEncoding } from './decode.js'
import type { Batch, Entry, ListFormat, ReadPage } from './entry.js'
import { gunzip, isGzip } from './gunzip.js'
import { readLines } from './lines.js'
import { readDelimited } from './read-delimited.js'
import { readHashes } from './read-hashes.js'
import { readJsonDocument, readNdjson } from './read-json.js'
import { readMbox } from './read-mbox.js'
import { readMessage } from './read-message.js'
import { readText } from './read-text.js'
import { type Sniffed, sniffFormat } from './sniff.js'

/** `batches`: pages of about 5,000 entries, read from the source only as they are asked for. */
export type ListReading = {
  format: ListFormat
  gzipped: boolean
  batches: AsyncIterable<ReadPage>
}

const SAMPLE_BYTES = 65_536
const PAGE_ENTRIES = 5_000
/** Pages are given early when entries are rare, so that no page holds on to much of the file. */
const PAGE_PARTS = 16
const MAX_DECODED_BYTES = 4 * 1024 ** 3

/**
 * Reads a list of exposed addresses as a stream, in memory that does not grow with it: finds out
 * whether it is packed, its encoding and format, and gives its entries page by page. The name is
 * only used to notice that a file is not what it says. `source` may be iterated once.
 *
 * Throws before or while pages are read: `file_empty`, `file_binary`, `file_format_mismatch`,
 * `file_without_addresses` (no entries at all), `file_truncated`, `file_too_large` (more than
 * `maxBytes` after unpacking, by default 4 GiB, or a gzip bomb).
 */
export async function readList(
  source: AsyncIterable<Uint8Array>,
  file: { name: string },
  maxBytes = MAX_DECODED_BYTES,
): Promise<ListReading> {
  const packed = await peek(source)
  const gzipped = isGzip(packed.sample)
  const opened = gzipped ? await peek(gunzip(packed.all)) : packed
  try {
    if (!gzipped && /\.gz$/i.test(file.name)) throw notGzip(packed.sample.length)
    const encoding = encodingOf(opened.sample)
    const text = decodeSample(opened.sample, encoding)
    const sniffed = sniffFormat(text, file.name, opened.isWhole)
    const pages = readAs(sniffed, limit(opened.all, maxBytes), encoding)
    return { format: sniffed.format, gzipped, batches: paginate(pages, sniffed.format) }
  } catch (refused) {
    await opened.close()
    throw refused
  }
}

function readAs(
  { format, layout }: Sniffed,
  bytes: AsyncIterable<Uint8Array>,
  encoding: TextEncoding,
): AsyncGenerator<ReadPage> {
  const texts = decodeText(bytes, encoding)
  if (format === 'json') return readJsonDocument(texts)
  const lines = readLines(texts)
  if (layout) return readDelimited(lines, layout)
  return READERS[format](lines)
}

const READERS = {
  text: readText,
  csv: readText,
  tsv: readText,
  ndjson: readNdjson,
  eml: readMessage,
  mbox: readMbox,
  sha256: readHashes,
}

type Peeked = {
  sample: Uint8Array
  isWhole: boolean
  all: AsyncGenerator<Uint8Array>
  /** Releases the source when `all` is never asked for. */
  close: () => Promise<unknown>
}

/** The first bytes of a source, and all of it again. */
async function peek(source: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const rest = source[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  let length = 0
  let isWhole = false
  while (length <= SAMPLE_BYTES && !isWhole) {
    const { value, done } = await rest.next()
    if (done) isWhole = true
    else {
      chunks.push(value)
      length += value.length
    }
  }
  const sample = Buffer.concat(chunks).subarray(0, SAMPLE_BYTES)
  return {
    sample,
    isWhole: isWhole && length <= SAMPLE_BYTES,
    all: resume(chunks, rest),
    close: async () => rest.return?.(),
  }
}

async function* resume(
  chunks: Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) yield chunk
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

async function* limit(
  bytes: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let seen = 0
  for await (const chunk of bytes) {
    seen += chunk.length
    if (seen > maxBytes) {
      throw new Refusal(
        'file_too_large',
        `The file is larger than ${maxBytes} bytes unpacked. Split it into several lists.`,
      )
    }
    yield chunk
  }
}

async function* paginate(
  parts: AsyncIterable<ReadPage>,
  format: ListFormat,
): AsyncGenerator<ReadPage> {
  const isMail = format === 'eml' || format === 'mbox'
  let batches: Batch[] = isMail ? [] : [{ no: 1 }]
  let entries: Entry[] = []
  let held = 0
  let isEmpty = true
  for await (const part of parts) {
    batches = batches.concat(part.batches)
    entries = entries.concat(part.entries)
    isEmpty &&= entries.length === 0
    held++
    if (entries.length === 0 || (entries.length < PAGE_ENTRIES && held < PAGE_PARTS)) continue
    for (let from = 0; from < entries.length; from += PAGE_ENTRIES) {
      yield { batches, entries: entries.slice(from, from + PAGE_ENTRIES) }
      batches = []
    }
    entries = []
    held = 0
  }
  if (isEmpty) throw withoutEntries(format)
  if (entries.length > 0 || batches.length > 0) yield { batches, entries }
}

function withoutEntries(format: ListFormat): Refusal {
  const detail =
    format === 'eml' || format === 'mbox'
      ? 'No message in the file names a recipient in To, Cc or Bcc.'
      : 'The file holds no address. Give one per line, or in a column or field named "email".'
  return new Refusal('file_without_addresses', detail)
}

function notGzip(length: number): Refusal {
  if (length === 0) {
    return new Refusal('file_empty', 'The file is empty. Choose the file that holds the list.')
  }
  return new Refusal(
    'file_format_mismatch',
    'The file is named .gz but is not a gzip file. Rename it after its content or pack it again.',
  )
}
