import { StringDecoder } from 'node:string_decoder'

export type TextEncoding = 'utf8' | 'utf16le' | 'utf16be'

/** Work is done in pieces of this size, however large the chunks of the source are. */
const PIECE_BYTES = 65_536

export function encodingOf(start: Uint8Array): TextEncoding {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf16le'
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf16be'
  return 'utf8'
}

/**
 * Bytes to text with `\n` as the only line end (CR LF and lone CR become one) and without a byte
 * order mark. Bytes that are not in the encoding become U+FFFD, which no address may contain.
 */
export async function* decodeText(
  bytes: AsyncIterable<Uint8Array>,
  encoding: TextEncoding,
): AsyncGenerator<string> {
  let held = ''
  let isStart = true
  for await (const piece of decodePieces(bytes, encoding)) {
    const text = held + (isStart ? withoutMark(piece) : piece)
    isStart = false
    held = text.endsWith('\r') ? '\r' : ''
    const settled = unifyLineEnds(held ? text.slice(0, -1) : text)
    if (settled !== '') yield settled
  }
  if (held !== '') yield '\n'
}

async function* decodePieces(
  bytes: AsyncIterable<Uint8Array>,
  encoding: TextEncoding,
): AsyncGenerator<string> {
  const decode = decoderFor(encoding)
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      const piece = decode(chunk.subarray(at, at + PIECE_BYTES))
      if (piece !== '') yield piece
    }
  }
  const rest = decode()
  if (rest !== '') yield rest
}

/** The text of a first piece of a file that may end in the middle of a character. */
export function decodeSample(sample: Uint8Array, encoding: TextEncoding): string {
  return unifyLineEnds(withoutMark(decoderFor(encoding)(sample)))
}

function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

function unifyLineEnds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}

type Decode = (bytes?: Uint8Array) => string

function decoderFor(encoding: TextEncoding): Decode {
  return encoding === 'utf16be' ? decoderBe() : decoderOf(encoding)
}

function decoderOf(encoding: 'utf8' | 'utf16le'): Decode {
  const decoder = new StringDecoder(encoding)
  return (bytes) => (bytes ? decoder.write(asBuffer(bytes)) : decoder.end())
}

function decoderBe(): Decode {
  const decode = decoderOf('utf16le')
  let odd: Uint8Array = new Uint8Array()
  return (bytes) => {
    if (!bytes) return decode()
    const joined = Buffer.concat([odd, bytes])
    const even = joined.length - (joined.length % 2)
    odd = joined.subarray(even)
    return decode(joined.subarray(0, even).swap16())
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
