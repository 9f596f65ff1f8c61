import { sha256 } from '../../../src/platform/hash.js'
import { hashOfToken, mintToken } from '../../../src/resets/token.js'

test('a token is its 256 bits in base64url, stored as SHA-256', () => {
  const { plain, hash } = mintToken(new Uint8Array(32).fill(255))
  expect(plain).toBe(`${'_'.repeat(42)}8`)
  expect(hash).toEqual(sha256(plain))
  expect(hashOfToken(plain)).toEqual(hash)
})

test.each([[''], ['x'], ['x'.repeat(44)], [`${'x'.repeat(42)}=`], [`${'x'.repeat(42)}\n`]])(
  '%j is not a token',
  (text) => expect(hashOfToken(text)).toBeUndefined(),
)
