import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { Algorithm } from './canonical.js'

/** Who signs, as anybody may know it: the public half is what the DNS publishes. */
export type SigningIdentity = {
  domain: string
  selector: string
  algorithm: Algorithm
  /** SubjectPublicKeyInfo (DER) in base64. */
  publicKey: string
}

/** An identity with its private key. Passed to threads as it is, never written anywhere. */
export type SigningKey = SigningIdentity & { privateKey: KeyObject }

/** As configured: `key` is a private key as PEM. */
export type DkimSettings = {
  domain: string | undefined
  rsa: { selector: string | undefined; key: string | undefined }
  ed25519: { selector: string | undefined; key: string | undefined }
}

/** What is wrong with one variable, as a sentence that says what to do. */
type Wrong = { path: string; message: string }

const LEAST_RSA_BITS = 2048

/**
 * The keys that sign every mail, in the order of their headers; none where nothing is configured.
 * Finds everything that is wrong at once: a half pair, a key of the wrong kind or too short (RSA keys
 * have 2048 bits or more, RFC 8301 §3.2), and a domain that `from` does not belong to, with which
 * DMARC would not align (RFC 7489 §3.1.1).
 */
export function readSigningKeys(
  settings: DkimSettings,
  from: string,
): { keys: SigningKey[] } | { wrong: Wrong[] } {
  const domain = settings.domain?.toLowerCase()
  const pairs = (['rsa', 'ed25519'] as const).map((kind) => readPair(kind, settings[kind], domain))
  const keys = pairs.flatMap((pair) => ('key' in pair ? [pair.key] : []))
  const wrong = pairs.flatMap((pair) => ('wrong' in pair ? [pair.wrong] : []))
  const isAny = keys.length > 0 || wrong.length > 0
  const problem = domainProblem(domain, isAny, from.slice(from.lastIndexOf('@') + 1))
  if (problem) wrong.push({ path: 'DKIM_DOMAIN', message: problem })
  return wrong.length > 0 ? { wrong } : { keys }
}

function domainProblem(
  domain: string | undefined,
  isAny: boolean,
  senderHost: string,
): string | undefined {
  if (!domain) return isAny ? 'name the domain that signs' : undefined
  if (!isAny) return 'has no key: set DKIM_RSA_SELECTOR and DKIM_RSA_KEY_FILE, or those of ED25519'
  const isAligned = senderHost === domain || senderHost.endsWith(`.${domain}`)
  return isAligned ? undefined : 'must be the domain of MAIL_FROM or one above it'
}

type Kind = 'rsa' | 'ed25519'
type Pair = { key: SigningKey } | { wrong: Wrong } | Record<never, never>

function readPair(
  kind: Kind,
  { selector, key }: DkimSettings['rsa'],
  domain: string | undefined,
): Pair {
  const name = `DKIM_${kind.toUpperCase()}`
  if (!selector && !key) return {}
  if (!selector)
    return { wrong: { path: `${name}_SELECTOR`, message: `name the selector of ${name}_KEY` } }
  if (!key) return { wrong: { path: `${name}_KEY`, message: `name the key of ${name}_SELECTOR` } }
  const read = readKey(kind, key)
  if ('wrong' in read) return { wrong: { path: `${name}_KEY`, message: read.wrong } }
  const spki = createPublicKey(read.privateKey).export({ type: 'spki', format: 'der' })
  const publicKey = spki.toString('base64')
  const algorithm = `${kind}-sha256` as const
  return { key: { domain: domain ?? '', selector, algorithm, publicKey, ...read } }
}

function readKey(kind: Kind, pem: string): { privateKey: KeyObject } | { wrong: string } {
  const privateKey = parsePem(pem)
  if (privateKey?.asymmetricKeyType !== kind) {
    const command = kind === 'rsa' ? 'openssl genrsa 2048' : 'openssl genpkey -algorithm ed25519'
    return { wrong: `is no private ${kind} key in PEM: make one with ${command}` }
  }
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? LEAST_RSA_BITS
  if (bits < LEAST_RSA_BITS)
    return { wrong: `has fewer than ${LEAST_RSA_BITS} bits: make a longer one` }
  return { privateKey }
}

function parsePem(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** Without the private halves: what the gate compares with, and an approval binds. */
export const identitiesOf = (keys: readonly SigningKey[]): SigningIdentity[] =>
  keys.map(({ domain, selector, algorithm, publicKey }) => ({
    domain,
    selector,
    algorithm,
    publicKey,
  }))
