/**
 * Our own reading of the bytes, line by line, independent of any mail library: strict enough that
 * whatever it accepts cannot be read in two ways.
 */

export type Headers = ReadonlyMap<string, string>

export type WireMessage = {
  headers: Headers
  /** The values of DKIM-Signature, which come before every other header. */
  signatures: readonly string[]
  /** Everything after the headers, as it is on the wire. */
  body: string
  parts: readonly WirePart[]
}

/** One body: its headers, and its content as it is on the wire. */
export type WirePart = { headers: Headers; content: string }

export type WireProblem =
  | 'not_plain_ascii'
  | 'bare_line_break'
  | 'header_malformed'
  | 'header_forbidden'
  | 'header_repeated'
  | 'header_missing'
  | 'structure_unexpected'

const MESSAGE_HEADERS = new Set([
  'auto-submitted',
  'x-cordon-mail',
  'from',
  'to',
  'subject',
  'message-id',
  'date',
  'mime-version',
  'content-type',
])
const PART_HEADERS = new Set(['content-type', 'content-transfer-encoding'])
const SIGNATURE = 'dkim-signature'

const FIELD = /^([A-Za-z][A-Za-z-]*): ?(.*)$/
const FOLDED = /^[ \t]+[^ \t]/
const BOUNDARY = /^multipart\/alternative;\s*boundary="([A-Za-z0-9_.=-]{1,70})"$/

/** Reads headers and parts. Every header must be known and occur once; nothing may be missing. */
export function readWire(bytes: Uint8Array): WireMessage | WireProblem {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  if (/[^\t\r\n -~]/.test(text)) return 'not_plain_ascii'
  if (/\r(?!\n)|(?<!\r)\n/.test(text)) return 'bare_line_break'
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return 'structure_unexpected'
  const { signatures, rest } = takeSignatures(fieldsOf(text.slice(0, end)))
  const headers = readHeaders(rest, MESSAGE_HEADERS)
  if (typeof headers === 'string') return headers
  const boundary = BOUNDARY.exec(headers.get('content-type') ?? '')?.[1]
  if (boundary === undefined) return 'structure_unexpected'
  const body = text.slice(end + 4)
  const parts = readParts(body, boundary)
  return typeof parts === 'string' ? parts : { headers, signatures, body, parts }
}

/** Header fields, each unfolded to one line. A first line that continues nothing stays as it is. */
function fieldsOf(block: string): string[] {
  const fields: string[] = []
  for (const line of block.split('\r\n')) {
    const last = fields.length - 1
    if (last >= 0 && FOLDED.test(line)) fields[last] = `${fields[last]} ${line.trim()}`.trim()
    else fields.push(line)
  }
  return fields
}

function takeSignatures(fields: readonly string[]): { signatures: string[]; rest: string[] } {
  const isSignature = (field: string) => FIELD.exec(field)?.[1]?.toLowerCase() === SIGNATURE
  const first = fields.findIndex((field) => !isSignature(field))
  const count = first < 0 ? fields.length : first
  const values = fields.slice(0, count).map((field) => (FIELD.exec(field)?.[2] ?? '').trim())
  return { signatures: values, rest: fields.slice(count) }
}

function readHeaders(
  fields: readonly string[],
  allowed: ReadonlySet<string>,
): Headers | WireProblem {
  const headers = new Map<string, string>()
  for (const field of fields) {
    const [, name, value] = FIELD.exec(field) ?? []
    if (name === undefined || value === undefined) return 'header_malformed'
    const key = name.toLowerCase()
    if (!allowed.has(key)) return 'header_forbidden'
    if (headers.has(key)) return 'header_repeated'
    headers.set(key, value.trim())
  }
  return headers.size === allowed.size ? headers : 'header_missing'
}

/** Two parts, nothing before them and nothing after: text nobody sees could hold anything. */
function readParts(body: string, boundary: string): WirePart[] | WireProblem {
  const pieces = `\r\n${body}`.split(`\r\n--${boundary}`)
  const [preamble, plain, html, rest, ...more] = pieces
  const hidden = preamble !== '' || rest?.trim() !== '--' || more.length > 0
  if (hidden || plain === undefined || html === undefined) return 'structure_unexpected'
  const parts: WirePart[] = []
  for (const piece of [plain, html]) {
    const end = piece.indexOf('\r\n\r\n')
    if (end < 0 || !piece.startsWith('\r\n')) return 'structure_unexpected'
    const headers = readHeaders(fieldsOf(piece.slice(2, end)), PART_HEADERS)
    if (typeof headers === 'string') return headers
    parts.push({ headers, content: piece.slice(end + 4) })
  }
  return parts
}
