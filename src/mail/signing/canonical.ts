import { createHash } from 'node:crypto'

/** RFC 6376 §3.3.1 and RFC 8463. */
export const ALGORITHMS = ['rsa-sha256', 'ed25519-sha256'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/**
 * What is signed: every header there is, and some once more than they occur, so that nobody on the
 * way can add a second recipient, sender or subject without breaking the signature (RFC 6376 §5.4,
 * §8.15). Cc and Reply-To are never there, and must stay so.
 */
export const SIGNED_HEADERS = [
  'from',
  'from',
  'to',
  'to',
  'cc',
  'reply-to',
  'subject',
  'subject',
  'date',
  'message-id',
  'mime-version',
  'content-type',
  'auto-submitted',
  'x-cordon-mail',
] as const

/** Relaxed canonical form of a value that is unfolded already (RFC 6376 §3.4.2). */
const relaxed = (value: string) => value.replace(/[ \t]+/g, ' ').trim()

/**
 * The signed headers in canonical form. Each occurs once in a mail of ours, so a second mention is a
 * header that does not exist, which is the empty string (RFC 6376 §5.4.2).
 */
export function canonicalHeaders(headers: ReadonlyMap<string, string>): string {
  const lines = new Map<string, string>()
  for (const name of SIGNED_HEADERS) {
    const value = headers.get(name)
    if (value !== undefined) lines.set(name, `${name}:${relaxed(value)}\r\n`)
  }
  return [...lines.values()].join('')
}

/** SHA-256 (base64) of the body in relaxed canonical form (RFC 6376 §3.4.4). Lines end in CRLF. */
export function bodyHash(body: string): string {
  const lines = body.replace(/[ \t]+/g, ' ').replaceAll(' \r\n', '\r\n')
  let end = lines.length
  while (lines.endsWith('\r\n', end)) end -= 2
  const content = lines.slice(0, end).replace(/ $/, '')
  const hash = createHash('sha256')
  if (content !== '') hash.update(content, 'latin1').update('\r\n')
  return hash.digest('base64')
}

/**
 * The bytes that a key signs: for RSA the canonical headers, for Ed25519 their SHA-256 (RFC 8463 §3).
 * `unsigned` is the signature's own header value, unfolded, up to and with `b=`.
 */
export function signedBytes(
  algorithm: Algorithm,
  headers: ReadonlyMap<string, string>,
  unsigned: string,
): Uint8Array {
  const text = `${canonicalHeaders(headers)}dkim-signature:${unsigned}`
  if (algorithm === 'rsa-sha256') return Buffer.from(text, 'latin1')
  return createHash('sha256').update(text, 'latin1').digest()
}
