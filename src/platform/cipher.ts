import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Refusal } from './errors.js'

/** Seals small secrets for storage. `context` names the row, so that a blob cannot be moved to another. */
export type Cipher = {
  seal(plain: string, context: string): Uint8Array<ArrayBuffer>
  open(sealed: Uint8Array, context: string): string
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce per value; layout nonce‖tag‖ciphertext.
 * `open` refuses with `encryption_key_wrong` when key, context or bytes do not belong together.
 */
export function createCipher(key: Uint8Array): Cipher {
  return {
    seal(plain, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), body]))
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed)
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
        decipher.setAAD(Buffer.from(context))
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
        const body = bytes.subarray(NONCE_BYTES + TAG_BYTES)
        return decipher.update(body, undefined, 'utf8') + decipher.final('utf8')
      } catch (cause) {
        throw new Refusal(
          'encryption_key_wrong',
          'A stored secret does not open with this ENCRYPTION_KEY. Start Cordon with the key it was sealed with.',
          { cause },
        )
      }
    },
  }
}
