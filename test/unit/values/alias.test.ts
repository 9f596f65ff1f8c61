import fc from 'fast-check'
import { type Address, parseAddress } from '../../../src/values/address.js'
import { matchKey } from '../../../src/values/alias.js'

function address(raw: string): Address {
  const parsed = parseAddress(raw)
  if ('rejected' in parsed) throw new Error(parsed.rejected)
  return parsed.address
}

const keyOf = (raw: string) => matchKey(address(raw))

test.each([
  ['dots mean nothing at Gmail', 'a.na.b@gmail.com', 'anab@gmail.com'],
  ['a plus tag means nothing at Gmail', 'ana+shop@gmail.com', 'ana@gmail.com'],
  ['Googlemail is Gmail', 'An.A+x@googlemail.com', 'ana@gmail.com'],
  ['only the first plus counts', 'ana+a+b@gmail.com', 'ana@gmail.com'],
  ['a plus tag means nothing at Outlook', 'ana+x@outlook.com', 'ana@outlook.com'],
  ['dots do at Outlook', 'a.na@hotmail.com', 'a.na@hotmail.com'],
  ['a plus tag means nothing at iCloud', 'ana+x@icloud.com', 'ana@icloud.com'],
  ['the domains of Apple stay apart', 'ana@me.com', 'ana@me.com'],
  ['a plus tag means nothing at Fastmail', 'ana+x@fastmail.com', 'ana@fastmail.com'],
  ['Proton ignores dots, hyphens and underscores', 'a.n-a_b+x@proton.me', 'anab@proton.me'],
  ['a Yahoo hyphen is not read', 'ana-x@yahoo.com', 'ana-x@yahoo.com'],
  ['other providers may mean their plus', 'ana+x@example.com', 'ana+x@example.com'],
  ['a subdomain is another provider', 'a.na@mail.gmail.com', 'a.na@mail.gmail.com'],
  ['a name that is only a tag stays', '+x@gmail.com', '+x@gmail.com'],
])('%s', (_rule, raw, key) => expect(keyOf(raw)).toBe(key))

test('the key of a key is itself', () => {
  const local = fc.stringMatching(/^[a-z0-9+_-]{1,8}(\.[a-z0-9+_-]{1,8}){0,2}$/)
  const domain = fc.constantFrom(
    'gmail.com',
    'googlemail.com',
    'live.com',
    'proton.me',
    'example.com',
  )
  fc.assert(
    fc.property(local, domain, (name, host) => {
      const key = keyOf(`${name}@${host}`)
      fc.pre('address' in parseAddress(key))
      expect(keyOf(key)).toBe(key)
    }),
  )
})
