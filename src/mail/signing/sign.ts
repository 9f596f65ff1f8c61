import { type KeyObject, sign } from 'node:crypto'
import { readWire, type WireMessage } from '../wire/lines.js'
import { type Algorithm, bodyHash, SIGNED_HEADERS, signedBytes } from './canonical.js'
import type { SigningKey } from './keys.js'

/**
 * Puts one DKIM-Signature per key in front of the message (RFC 6376; RFC 8463 for Ed25519). The same
 * message, keys and date give the same bytes. Throws for bytes that are no mail of ours.
 */
export async function signMessage(
  bytes: Uint8Array,
  keys: readonly SigningKey[],
  date: Date,
): Promise<Uint8Array> {
  const wire = readWire(bytes)
  if (typeof wire === 'string') throw new Error(`Not a message to sign: ${wire}`)
  const hash = bodyHash(wire.body)
  const seconds = Math.floor(date.getTime() / 1_000)
  const lines = await Promise.all(keys.map((key) => headerOf(wire, key, { hash, seconds })))
  return Buffer.concat([Buffer.from(lines.join(''), 'latin1'), bytes])
}

async function headerOf(
  { headers }: WireMessage,
  { domain, selector, algorithm, privateKey }: SigningKey,
  { hash, seconds }: { hash: string; seconds: number },
): Promise<string> {
  const tags = [
    `v=1; a=${algorithm}; c=relaxed/relaxed; d=${domain};`,
    `s=${selector}; t=${seconds};`,
    `h=${SIGNED_HEADERS.slice(0, 8).join(':')}:`,
    `${SIGNED_HEADERS.slice(8).join(':')};`,
    `bh=${hash};`,
    'b=',
  ]
  const value = await signBytes(
    signedBytes(algorithm, headers, tags.join(' ')),
    algorithm,
    privateKey,
  )
  const folded = value.match(/.{1,72}/g) ?? []
  return `DKIM-Signature: ${tags.join('\r\n ')}${folded.join('\r\n ')}\r\n`
}

/** RSA takes about two milliseconds, so it is left to Node's pool of threads. */
function signBytes(data: Uint8Array, algorithm: Algorithm, key: KeyObject): Promise<string> {
  const digest = algorithm === 'rsa-sha256' ? 'sha256' : null
  return new Promise((resolve, reject) => {
    sign(digest, data, key, (error, signature) => {
      if (error) reject(error)
      else resolve(signature.toString('base64'))
    })
  })
}
