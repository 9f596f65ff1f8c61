import { sha256 } from '../platform/hash.js'

export const TOKEN_BYTES = 32
/** 256 bits in base64url. Anything else cannot be a token and needs no look-up. */
const SHAPE = /^[A-Za-z0-9_-]{43}$/

export type MintedToken = { plain: string; hash: Uint8Array<ArrayBuffer> }

/** A token from 32 random bytes: the plain one goes into a link, only the SHA-256 is stored. */
export function mintToken(random: Uint8Array): MintedToken {
  const plain = Buffer.from(random).toString('base64url')
  return { plain, hash: sha256(plain) }
}

/** The stored form of what came back, or `undefined` when it is no token at all. */
export const hashOfToken = (plain: string): Uint8Array<ArrayBuffer> | undefined =>
  SHAPE.test(plain) ? sha256(plain) : undefined
