import type { MachineRole } from '../../contract/acts.js'
import { sha256 } from '../../platform/hash.js'

export const KEY_BYTES = 32

export type MintedKey = { key: string; hash: Uint8Array<ArrayBuffer>; isRecoverable: boolean }

/**
 * The key of a machine from 32 random bytes. Bearer keys are stored as SHA-256 only. The secret of a
 * webhook (`whsec_`, Standard Webhooks 1.0) signs, so Cordon must be able to read it again.
 */
export function mintKey(role: MachineRole, id: string, random: Uint8Array): MintedKey {
  const isRecoverable = role === 'ingest'
  const bytes = Buffer.from(random)
  const key = isRecoverable
    ? `whsec_${bytes.toString('base64')}`
    : `ck_${id.replace(/^key_/, '')}_${bytes.toString('base64url')}`
  return { key, hash: sha256(key), isRecoverable }
}

const BEARER = /^Bearer +(ck_[a-z0-9]{1,64}_[A-Za-z0-9_-]{43})$/i
const LONGEST_HEADER = 256

/** The key in an `Authorization` header (RFC 6750 §2.1), or `undefined` when there is none. */
export function bearerKey(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > LONGEST_HEADER) return undefined
  return BEARER.exec(authorization)?.[1]
}
