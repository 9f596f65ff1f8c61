const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * An opaque id such as `swp_7k2m9x4c1qhz8dtv`: 80 random bits in Crockford's base 32, which people
 * can read aloud. `random` must hold at least 16 bytes.
 */
export function newId(
  noun: 'stf' | 'ses' | 'inc' | 'lst' | 'swp' | 'key' | 'wat' | 'evp',
  random: Uint8Array,
): string {
  const letters = [...random.subarray(0, 16)].map((byte) => ALPHABET[byte % 32])
  return `${noun}_${letters.join('')}`
}
