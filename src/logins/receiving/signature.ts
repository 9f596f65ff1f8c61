import { createHmac, timingSafeEqual } from 'node:crypto'

/** A secret that signs now, and the source it proves. */
export type LiveSecret = { sourceNo: number; key: Uint8Array }

/** The three headers of Standard Webhooks 1.0, each given exactly once. */
export type SignedHeaders = { id: string; timestamp: string; signatures: readonly string[] }

export type HeaderProblem = { path: string; message: string }

/** An id goes into `id.timestamp.body`: one with a dot could move the border between them. */
const ID = /^[!-~]{1,128}$/
const TIMESTAMP = /^[0-9]{10}$/
const SIGNATURES_AT_MOST = 10
const SIGNATURES_LENGTH = 2_048
const HMAC_BYTES = 32

/**
 * Reads the headers as they came, every value of each (`headersDistinct`). All problems at once.
 * Standard Webhooks 1.0; a header that came twice is nobody's signature.
 */
export function readHeaders(
  headers: Readonly<Record<string, readonly string[] | undefined>>,
): SignedHeaders | { problems: HeaderProblem[] } {
  const problems: HeaderProblem[] = []
  const only = (name: string): string => {
    const [first, ...others] = headers[name] ?? []
    if (first === undefined) problems.push({ path: `header.${name}`, message: 'is missing' })
    else if (others.length > 0) problems.push({ path: `header.${name}`, message: 'came twice' })
    return first ?? ''
  }
  const id = only('webhook-id')
  const timestamp = only('webhook-timestamp')
  const signature = only('webhook-signature')
  if (problems.length > 0) return { problems }
  if (!ID.test(id) || id.includes('.')) {
    const message = 'must be 1 to 128 printable ASCII characters without a dot'
    problems.push({ path: 'header.webhook-id', message })
  }
  if (!TIMESTAMP.test(timestamp)) {
    problems.push({ path: 'header.webhook-timestamp', message: 'must be ten digits: Unix seconds' })
  }
  const signatures = signature.length > SIGNATURES_LENGTH ? [] : signature.split(' ')
  if (signatures.length === 0 || signatures.length > SIGNATURES_AT_MOST) {
    const message = `must hold 1 to ${SIGNATURES_AT_MOST} signatures`
    problems.push({ path: 'header.webhook-signature', message })
  }
  return problems.length > 0 ? { problems } : { id, timestamp, signatures }
}

/**
 * Whose secret signed these bytes (HMAC-SHA256 over `id.timestamp.body`); `undefined`: nobody's.
 * Every secret is tried against every signature and all of both are compared, so that neither which
 * one fits nor how far a wrong one is right shows in the time it takes.
 */
export function signerOf(
  { id, timestamp, signatures }: SignedHeaders,
  body: Uint8Array,
  secrets: readonly LiveSecret[],
): number | undefined {
  const given = signatures.flatMap((signature) => decode(signature) ?? [])
  let signer: number | undefined
  for (const { key, sourceNo } of secrets) {
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
    for (const candidate of given) {
      if (timingSafeEqual(candidate, expected)) signer ??= sourceNo
    }
  }
  return signer
}

const SIGNATURE = /^v1,([A-Za-z0-9+/]{43}=)$/

/** Other versions than `v1` may stand beside it; they prove nothing here. */
function decode(signature: string): Buffer | undefined {
  const base64 = SIGNATURE.exec(signature)?.[1]
  const bytes = base64 === undefined ? undefined : Buffer.from(base64, 'base64')
  return bytes?.length === HMAC_BYTES ? bytes : undefined
}

const SECRET = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/
const LEAST_KEY_BYTES = 24

/** The key bytes of a `whsec_…` secret; `undefined` when it is none, or under 24 bytes. */
export function keyOfSecret(secret: string): Uint8Array | undefined {
  const base64 = SECRET.exec(secret)?.[1]
  if (base64 === undefined) return undefined
  const key = Buffer.from(base64, 'base64')
  return key.length >= LEAST_KEY_BYTES ? new Uint8Array(key) : undefined
}
