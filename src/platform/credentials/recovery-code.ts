import { sha256Hex } from '../hash.js'

export const RECOVERY_CODES = 10
/** 120 bits each: enough to be stored as a plain digest (NIST SP 800-63B-4 §3.1.2.2: 112). */
export const RECOVERY_CODE_BYTES = 15

/** Crockford's alphabet: no I, L, O or U to misread. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CHARACTERS = 24

export type RecoveryCodes = { plain: string[]; hashes: string[] }

/** Ten one-time codes from `random` (150 bytes), in groups of six, and the digests to store. */
export function mintRecoveryCodes(random: Uint8Array): RecoveryCodes {
  const plain = Array.from({ length: RECOVERY_CODES }, (_, index) =>
    writeCode(random.subarray(index * RECOVERY_CODE_BYTES, (index + 1) * RECOVERY_CODE_BYTES)),
  )
  return { plain, hashes: plain.map(hashRecoveryCode) }
}

/** The stored form of what somebody typed: case, spaces and hyphens do not matter, nor O for 0. */
export const hashRecoveryCode = (typed: string): string => sha256Hex(tidyCode(typed))

/** Whether something typed has the shape of a recovery code at all. */
export const isRecoveryCode = (typed: string): boolean => tidyCode(typed).length === CHARACTERS

const tidyCode = (typed: string) =>
  typed.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')

function writeCode(bytes: Uint8Array): string {
  let bits = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  let code = ''
  for (let place = 0; place < CHARACTERS; place += 1) {
    code = ALPHABET.charAt(Number(bits & 31n)) + code
    bits >>= 5n
    if (place % 6 === 5 && place < CHARACTERS - 1) code = `-${code}`
  }
  return code
}
