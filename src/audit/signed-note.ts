import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { sameBytes, sha256 } from '../platform/hash.js'

// Signed notes of https://c2sp.org/signed-note, with Ed25519 (RFC 8032) and one key per line of text.

/** Who made a signature: what anybody needs in order to verify notes. Public. */
export type Verifier = { name: string; keyId: Uint8Array; publicKey: Uint8Array; key: KeyObject }
export type Signer = Verifier & { privateKey: KeyObject }

const ED25519 = 0x01
const SEED_BYTES = 32
const SIGNATURE_BYTES = 64
const KEY_ID_BYTES = 4
const PKCS8_OF_SEED = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_OF_KEY = Buffer.from('302a300506032b6570032100', 'hex')

/** The signer of a seed of 32 bytes. `nameOf` gives its name, which may depend on the public key. */
export function signerOf(seed: Uint8Array, nameOf: (publicKey: Uint8Array) => string): Signer {
  const der = Buffer.concat([PKCS8_OF_SEED, seed])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const key = createPublicKey(privateKey)
  const spki = key.export({ format: 'der', type: 'spki' })
  const publicKey = new Uint8Array(spki.subarray(SPKI_OF_KEY.length))
  const name = nameOf(publicKey)
  return { name, publicKey, key, keyId: keyIdOf(name, publicKey), privateKey }
}

const keyIdOf = (name: string, publicKey: Uint8Array) =>
  sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), publicKey])).subarray(
    0,
    KEY_ID_BYTES,
  )

/** `<name>+<key id in hex>+<base64(0x01 ‖ public key)>`, the form other tools of this kind read. */
export const writeVerifierKey = ({ name, keyId, publicKey }: Verifier): string =>
  `${name}+${hex(keyId)}+${base64(Buffer.concat([Buffer.of(ED25519), publicKey]))}`

/** Reads a verifier key; `undefined` when it is none, or none of Ed25519. */
export function readVerifierKey(text: string): Verifier | undefined {
  const [, name = '', id = '', material = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? []
  const bytes = fromBase64(material)
  if (bytes?.length !== 1 + SEED_BYTES || bytes[0] !== ED25519) return undefined
  const publicKey = bytes.subarray(1)
  const keyId = keyIdOf(name, publicKey)
  return hex(keyId) === id ? { name, keyId, publicKey, key: keyObject(publicKey) } : undefined
}

const keyObject = (publicKey: Uint8Array) =>
  createPublicKey({ key: Buffer.concat([SPKI_OF_KEY, publicKey]), format: 'der', type: 'spki' })

/** The note: the text, an empty line, and the signature's line. `text` ends with a line feed. */
export function signNote(text: string, { name, keyId, privateKey }: Signer): string {
  const signature = sign(null, Buffer.from(text), privateKey)
  return `${text}\n— ${name} ${base64(Buffer.concat([keyId, signature]))}\n`
}

export type OpenedNote =
  | { text: string; signedBy: Verifier }
  | { problem: 'malformed' | 'unknown_key' | 'signature_wrong' }

/**
 * The text of a note that one of `verifiers` signed. Signatures of other keys are passed over, as
 * the form demands; a wrong one under a known key spoils the note whatever else it carries.
 */
export function openNote(note: string, verifiers: readonly Verifier[]): OpenedNote {
  const parts = splitNote(note)
  if (!parts) return { problem: 'malformed' }
  let signedBy: Verifier | undefined
  for (const line of parts.signatures) {
    const by = verifiers.find(({ name, keyId }) => line.name === name && same(line, keyId))
    if (!by) continue
    if (!isSignatureOf(parts.text, line.bytes.subarray(KEY_ID_BYTES), by)) {
      return { problem: 'signature_wrong' }
    }
    signedBy ??= by
  }
  return signedBy ? { text: parts.text, signedBy } : { problem: 'unknown_key' }
}

const same = ({ bytes }: SignatureLine, keyId: Uint8Array) =>
  sameBytes(bytes.subarray(0, KEY_ID_BYTES), keyId)

const isSignatureOf = (text: string, signature: Uint8Array, { key }: Verifier): boolean =>
  signature.length === SIGNATURE_BYTES && verify(null, Buffer.from(text), key, signature)

type SignatureLine = { name: string; bytes: Uint8Array }

const MOST_SIGNATURES = 100

/** The last empty line parts text and signatures. No control characters, and nothing behind the end. */
function splitNote(note: string): { text: string; signatures: SignatureLine[] } | undefined {
  const split = note.lastIndexOf('\n\n')
  if (split < 0 || !note.endsWith('\n') || hasControls(note)) return undefined
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > MOST_SIGNATURES) return undefined
  const signatures = lines.flatMap((line) => readSignature(line) ?? [])
  if (signatures.length !== lines.length) return undefined
  return { text: note.slice(0, split + 1), signatures }
}

function readSignature(line: string): SignatureLine | undefined {
  const [, name = '', text = ''] = /^— ([^\s+]+) (\S+)$/.exec(line) ?? []
  const bytes = fromBase64(text)
  return bytes && bytes.length > KEY_ID_BYTES ? { name, bytes } : undefined
}

/** U+FFFD stands where bytes were no UTF-8. */
const hasControls = (note: string) => /(?!\n)\p{Cc}|\ufffd/u.test(note)

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/** Standard base64 in its one canonical spelling, or `undefined`. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return text !== '' && bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined
}
