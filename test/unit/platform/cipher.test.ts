import fc from 'fast-check'
import { createCipher } from '../../../src/platform/cipher.js'

const key = new Uint8Array(32).fill(7)
const cipher = createCipher(key)
const wrong = expect.objectContaining({ code: 'encryption_key_wrong' })

test('whatever was sealed opens again, under the same key and for the same row', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'grapheme' }),
      (plain, context) => {
        expect(cipher.open(cipher.seal(plain, context), context)).toBe(plain)
      },
    ),
  )
})

test('a seal does not show what it holds, and no two are alike', () => {
  const [first, second] = [
    cipher.seal('JBSWY3DPEHPK3PXP', 'totp:1'),
    cipher.seal('JBSWY3DPEHPK3PXP', 'totp:1'),
  ]
  expect(Buffer.from(first).includes('JBSWY3DPEHPK3PXP')).toBe(false)
  expect(first).not.toEqual(second)
})

test('another key opens nothing', () => {
  const other = createCipher(new Uint8Array(32).fill(8))
  expect(() => other.open(cipher.seal('secret', 'totp:1'), 'totp:1')).toThrow(wrong)
})

test('a seal moved to another row does not open', () => {
  expect(() => cipher.open(cipher.seal('secret', 'totp:1'), 'totp:2')).toThrow(wrong)
})

test('one bit changed anywhere is noticed', () => {
  const sealed = cipher.seal('secret', 'totp:1')
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Uint8Array.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => cipher.open(changed, 'totp:1')).toThrow(wrong)
  }
})

test('what is cut off does not open, however short, and a short tag is not accepted', () => {
  const sealed = cipher.seal('secret', 'totp:1')
  for (let length = 0; length < sealed.length; length += 1)
    expect(() => cipher.open(sealed.subarray(0, length), 'totp:1')).toThrow(wrong)
})
