/**
 * Our own reading of the bytes, line by line, independent of any mail library: strict enough that
 * whatever it accepts cannot be read in two ways.
 */

export type Headers = ReadonlyMap<string, string>

export type WireMessage = {
  headers: Headers
  /** Header names of each part, and its content type. */
  parts: readonly Headers[]
}

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

const FIELD = /^([A-Za-z][A-Za-z-]*): ?(.*)$/
const FOLDED = /^[ \t]+[^ \t]/
const BOUNDARY = /^multipart\/alternative;\s*boundary="([A-Za-z0-9_.-]{1,70})"$/

/** Reads headers and parts. Every header must be known and occur once; nothing may be missing. */
export function readWire(bytes: Uint8Array): WireMessage | WireProblem {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  if (/[^\t\r\n -~]/.test(text)) return 'not_plain_ascii'
  if (/\r(?!\n)|(?<!\r)\n/.test(text)) return 'bare_line_break'
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return 'structure_unexpected'
  const headers = readHeaders(text.slice(0, end), MESSAGE_HEADERS)
  if (typeof headers === 'string') return headers
  const boundary = BOUNDARY.exec(headers.get('content-type') ?? '')?.[1]
  if (boundary === undefined) return 'structure_unexpected'
  const parts = readParts(text.slice(end + 4), boundary)
  return typeof parts === 'string' ? parts : { headers, parts }
}

function readHeaders(block: string, allowed: ReadonlySet<string>): Headers | WireProblem {
  const headers = new Map<string, string>()
  let last: string | undefined
  for (const line of block.split('\r\n')) {
    if (last !== undefined && FOLDED.test(line)) {
      headers.set(last, `${headers.get(last)} ${line.trim()}`.trim())
      continue
    }
    const [, name, value] = FIELD.exec(line) ?? []
    if (name === undefined || value === undefined) return 'header_malformed'
    last = name.toLowerCase()
    if (!allowed.has(last)) return 'header_forbidden'
    if (headers.has(last)) return 'header_repeated'
    headers.set(last, value.trim())
  }
  return headers.size === allowed.size ? headers : 'header_missing'
}

/** Two parts, nothing before them and nothing after: text nobody sees could hold anything. */
function readParts(body: string, boundary: string): Headers[] | WireProblem {
  const pieces = `\r\n${body}`.split(`\r\n--${boundary}`)
  const [preamble, plain, html, rest, ...more] = pieces
  const hidden = preamble !== '' || rest?.trim() !== '--' || more.length > 0
  if (hidden || plain === undefined || html === undefined) return 'structure_unexpected'
  const parts: Headers[] = []
  for (const piece of [plain, html]) {
    const end = piece.indexOf('\r\n\r\n')
    if (end < 0 || !piece.startsWith('\r\n')) return 'structure_unexpected'
    const headers = readHeaders(piece.slice(2, end), PART_HEADERS)
    if (typeof headers === 'string') return headers
    parts.push(headers)
  }
  return parts
}
