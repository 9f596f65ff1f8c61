import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { bodyHash, SIGNED_HEADERS, signedBytes } from '../signing/canonical.js'
import type { SigningIdentity } from '../signing/keys.js'
import type { WireMessage } from './lines.js'

/** The one form in which we write a signature: known tags in one order, and nothing between them. */
const FORM =
  /^(v=1; a=([a-z0-9-]+); c=relaxed\/relaxed; d=([a-z0-9.-]+); s=([A-Za-z0-9._-]+); t=(\d{1,12}); h=([a-z: -]+); bh=([A-Za-z0-9+/=]{44}); b=)([A-Za-z0-9+/= ]+)$/

/**
 * Whether the message carries exactly the signatures of these identities, in their order, and each
 * is true: of this body, these headers and this date, by this key. A header that would not verify
 * could hold anything, somebody's address included.
 */
export function areSignedBy(wire: WireMessage, signing: readonly SigningIdentity[]): boolean {
  if (wire.signatures.length !== signing.length) return false
  if (signing.length === 0) return true
  const hash = bodyHash(wire.body)
  return signing.every((identity, index) =>
    isSignature(wire, wire.signatures[index] ?? '', identity, hash),
  )
}

function isSignature(
  { headers }: WireMessage,
  header: string,
  { domain, selector, algorithm, publicKey }: SigningIdentity,
  hash: string,
): boolean {
  const [, unsigned = '', a, d, s, t, h = '', bh, b = ''] = FORM.exec(header) ?? []
  const isOurs =
    a === algorithm &&
    d === domain &&
    s === selector &&
    bh === hash &&
    h.replaceAll(' ', '') === SIGNED_HEADERS.join(':') &&
    Number(t) * 1_000 === Date.parse(headers.get('date') ?? '')
  if (!isOurs) return false
  const signature = b.replaceAll(' ', '')
  const bytes = Buffer.from(signature, 'base64')
  // A second spelling of the same bytes would be room for something else.
  if (bytes.toString('base64') !== signature) return false
  const digest = algorithm === 'rsa-sha256' ? 'sha256' : null
  return verify(digest, signedBytes(algorithm, headers, unsigned), keyOf(publicKey), bytes)
}

function keyOf(publicKey: string): KeyObject {
  const known = KEYS.get(publicKey)
  if (known) return known
  const key = createPublicKey({
    key: Buffer.from(publicKey, 'base64'),
    format: 'der',
    type: 'spki',
  })
  KEYS.set(publicKey, key)
  return key
}

/** As many as there are signing keys: parsing one costs more than using it. */
const KEYS = new Map<string, KeyObject>()
