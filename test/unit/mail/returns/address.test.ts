import fc from 'fast-check'
import {
  readReturnAddress,
  returnAddress,
  returnKey,
} from '../../../../src/mail/returns/address.js'

const MAIL_ID = '0b7a3c1e-5d2f-4c7a-9e41-6f1f0d3c2b1a'
const DOMAIN = 'bounce.shop.example'
const KEY = returnKey(Buffer.alloc(32, 1))
const OLDER = returnKey(Buffer.alloc(32, 2))
const ADDRESS = returnAddress(MAIL_ID, DOMAIN, KEY)

test('the address of a mail reads back as that mail, and fits into 64 characters', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (mailId, material) => {
      const key = returnKey(material)
      const address = returnAddress(mailId, DOMAIN, key)
      expect(address.indexOf('@')).toBeLessThanOrEqual(64)
      expect(readReturnAddress(address, DOMAIN, [key])).toEqual({ mailId })
    }),
  )
})

test('servers may change the case of it', () => {
  expect(readReturnAddress(ADDRESS.toUpperCase(), DOMAIN, [KEY])).toEqual({ mailId: MAIL_ID })
})

test('every live key is believed, and no other', () => {
  const old = returnAddress(MAIL_ID, DOMAIN, OLDER)
  expect(readReturnAddress(old, DOMAIN, [KEY, OLDER])).toEqual({ mailId: MAIL_ID })
  expect(readReturnAddress(old, DOMAIN, [KEY])).toEqual({ refused: 'forged' })
  expect(readReturnAddress(ADDRESS, DOMAIN, [])).toEqual({ refused: 'forged' })
})

test('the key is not the key it comes from', () => {
  const material = Buffer.alloc(32, 7)
  expect(Buffer.from(returnKey(material)).equals(material)).toBe(false)
})

describe('an address that was changed anywhere is not believed', () => {
  const end = ADDRESS.indexOf('@')
  const changed = Array.from({ length: end - 2 }, (_, at) => at + 2).flatMap((at) =>
    ['0', '1', 'a', 'v'].map((letter) => ADDRESS.slice(0, at) + letter + ADDRESS.slice(at + 1)),
  )
  test('one character of id or tag', () => {
    const others = changed.filter((address) => address !== ADDRESS)
    expect(others.length).toBeGreaterThan(200)
    for (const address of others)
      expect(readReturnAddress(address, DOMAIN, [KEY])).toHaveProperty('refused')
  })

  test.each([
    [
      'the tag of another mail',
      ADDRESS.replace(/b\+[^.]+/, `b+${MAIL_ID.replace('0b', '1b')}`),
      'forged',
    ],
    ['no tag', `b+${MAIL_ID}@${DOMAIN}`, 'not_ours'],
    ['a short tag', ADDRESS.replace(/.@/, '@'), 'not_ours'],
    ['a long tag', ADDRESS.replace('@', '0@'), 'not_ours'],
    ['another domain', ADDRESS.replace(DOMAIN, 'bounce.evil.example'), 'not_ours'],
    ['a domain below it', ADDRESS.replace(DOMAIN, `x.${DOMAIN}`), 'not_ours'],
    ['a source route', `@relay.example:${ADDRESS}`, 'not_ours'],
    ['a percent hack', `${ADDRESS.replace('@', '%')}@${DOMAIN}`, 'not_ours'],
    ['a second at sign', `${ADDRESS}@${DOMAIN}`, 'not_ours'],
    ['white space', ` ${ADDRESS}`, 'not_ours'],
    ['a line break', `${ADDRESS}\r\n`, 'not_ours'],
    ['nothing', '', 'not_ours'],
    ['a megabyte', `b+${'a'.repeat(1_000_000)}@${DOMAIN}`, 'not_ours'],
  ])('%s', (_what, address, refused) => {
    expect(readReturnAddress(address, DOMAIN, [KEY])).toEqual({ refused })
  })

  test('anything at all', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(readReturnAddress(text, DOMAIN, [KEY])).toHaveProperty('refused')
      }),
    )
  })
})
