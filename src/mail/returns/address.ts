import { createHmac, hkdfSync } from 'node:crypto'
import { sameBytes } from '../../platform/hash.js'

/**
 * The envelope sender of one mail (VERP): what comes back to it is about that mail and no other, and
 * only whoever saw the mail knows it. 36 characters of id and 125 bits of HMAC fill the 64 that RFC
 * 5321 §4.5.3.1.1 allows before the `@`. All of it survives servers that change the case.
 */
export function returnAddress(mailId: string, domain: string, key: Uint8Array): string {
  return `b+${mailId.toLowerCase()}.${tagOf(mailId, key)}@${domain}`
}

const RETURN = /^b\+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9a-v]{25})@([^@]+)$/

export type ReadReturn = { mailId: string } | { refused: 'not_ours' | 'forged' }

/**
 * The mail that an address was made for. `not_ours`: it has another form or domain; `forged`: none
 * of the live keys made its tag.
 */
export function readReturnAddress(
  address: string,
  domain: string,
  keys: readonly Uint8Array[],
): ReadReturn {
  if (address.length > LONGEST) return { refused: 'not_ours' }
  const [, mailId, tag, at] = RETURN.exec(address.toLowerCase()) ?? []
  if (mailId === undefined || tag === undefined || at !== domain) return { refused: 'not_ours' }
  const isOurs = keys.some((key) => sameBytes(Buffer.from(tag), Buffer.from(tagOf(mailId, key))))
  return isOurs ? { mailId } : { refused: 'forged' }
}

/** Longest address there is (RFC 5321 §4.5.3.1.3, without the brackets). */
const LONGEST = 254

/** The key of return addresses, from the installation's own (HKDF, RFC 5869): useless for anything else. */
export const returnKey = (material: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', material, '', 'cordon return address 1', 32))

const TAG_CHARACTERS = 25

/** The first 125 bits of the HMAC, in digits and letters that mean the same in either case. */
function tagOf(mailId: string, key: Uint8Array): string {
  const digest = createHmac('sha256', key).update(mailId.toLowerCase()).digest('hex')
  const bits = BigInt(`0x${digest.slice(0, 32)}`) >> 3n
  return bits.toString(32).padStart(TAG_CHARACTERS, '0')
}
