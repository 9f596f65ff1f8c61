import fc from 'fast-check'
import addressparser from 'nodemailer/lib/addressparser'
import { parseAddress } from '../../../src/values/address.js'

const addressOf = (raw: string) => {
  const parsed = parseAddress(raw)
  return 'address' in parsed ? parsed.address : undefined
}

test.each([
  ['a plain address is itself', 'ana@example.com', 'ana@example.com'],
  ['local part and domain are lower-cased', 'Ana.Lopez@EXAMPLE.Com', 'ana.lopez@example.com'],
  ['surrounding blanks are trimmed', ' \t\u00a0ana@example.com\u3000 ', 'ana@example.com'],
  ['a plus tag is kept', 'ana+tag@example.com', 'ana+tag@example.com'],
  [
    'every atext character is allowed',
    "a!#$%&'*+-/=?^_`{|}~z@example.com",
    "a!#$%&'*+-/=?^_`{|}~z@example.com",
  ],
  ['a percent sign is no route', 'a%b@example.com', 'a%b@example.com'],
  ['a bang is no route', 'a!b@example.com', 'a!b@example.com'],
  ['letters beyond ASCII are allowed', 'Ñandú@example.com', 'ñandú@example.com'],
  ['a decomposed letter becomes one character', 'n\u0303@example.com', 'ñ@example.com'],
  ['any script may be used', '用户@例子.test', '用户@xn--fsqu00a.test'],
  ['Devanagari needs its marks', 'अजय@example.com', 'अजय@example.com'],
  ['a domain becomes A-labels', 'ana@Straße.example', 'ana@xn--strae-oqa.example'],
  ['an A-label is itself', 'ana@XN--E1AFMKFD.example', 'ana@xn--e1afmkfd.example'],
  ['an ideographic full stop separates labels', 'ana@例え。test', 'ana@xn--r8jz45g.test'],
  ['two hyphens inside a label are allowed', 'ana@ab--cd.example', 'ana@ab--cd.example'],
  ['a one-letter top-level domain is a name', 'a@b.c', 'a@b.c'],
  [
    'a local part of 64 octets fits',
    `${'a'.repeat(64)}@example.com`,
    `${'a'.repeat(64)}@example.com`,
  ],
  ['a label of 63 octets fits', `a@${'b'.repeat(63)}.com`, `a@${'b'.repeat(63)}.com`],
])('%s', (_rule, raw, address) => expect(addressOf(raw)).toBe(address))

const LABEL_61 = `${'d'.repeat(61)}.`

test.each([
  ['nothing is no address', '', 'empty'],
  ['blanks are no address', ' \t ', 'empty'],
  ['there must be an @', 'ana.example.com', 'no_at_sign'],
  ['there must be one @ only', 'ana@b@example.com', 'several_at_signs'],
  ['a full-width @ is none', 'ana＠example.com', 'no_at_sign'],
  ['a local part is needed', '@example.com', 'local_empty'],
  ['a domain is needed', 'ana@', 'domain_empty'],
  ['a dot may not come first', '.ana@example.com', 'local_dots'],
  ['a dot may not come last', 'ana.@example.com', 'local_dots'],
  ['two dots may not meet', 'a..na@example.com', 'local_dots'],
  ['65 octets are too long a local part', `${'a'.repeat(65)}@example.com`, 'local_too_long'],
  ['lengths count octets, not characters', `${'é'.repeat(33)}@example.com`, 'local_too_long'],
  ['64 octets are too long a label', `a@${'b'.repeat(64)}.com`, 'domain_label'],
  ['255 octets are too long an address', `${'l'.repeat(64)}@${LABEL_61.repeat(3)}test`, 'too_long'],
  ['a domain has 253 octets at most', `a@${LABEL_61.repeat(4)}example`, 'domain_too_long'],
  ['a host needs two labels', 'ana@localhost', 'domain_single_label'],
  ['a domain may not end in a dot', 'ana@example.com.', 'domain_label'],
  ['an empty label is none', 'ana@example..com', 'domain_label'],
  ['a label may not begin with a hyphen', 'ana@-example.com', 'domain_label'],
  ['a label may not end with a hyphen', 'ana@example-.com', 'domain_label'],
  ['host names have no underscore', 'ana@exa_mple.com', 'domain_character'],
  ['host names have no percent encoding', 'ana@ex%61mple.com', 'domain_character'],
  ['host names have no symbols', 'ana@i❤.example', 'domain_character'],
  ['an IPv4 number is no host name', 'ana@127.0.0.1', 'domain_numeric'],
  ['an IPv4 number in full-width digits neither', 'ana@１２７.０.０.１', 'domain_numeric'],
  ['nor one in hexadecimal', 'ana@example.0x7f', 'domain_numeric'],
  ['an address literal is refused', 'ana@[127.0.0.1]', 'domain_literal'],
  ['an IPv6 literal is refused', 'ana@[IPv6:::1]', 'domain_literal'],
  ['broken Punycode is no domain', 'ana@xn--a.example', 'domain_not_idna'],
  ['Punycode of plain ASCII is no domain', 'ana@xn--abc-.example', 'domain_label'],
  ['quoted local parts are refused', '"ana"@example.com', 'quoted_local'],
  ['a quoted @ hides no second address', '"a@example.net"@example.com', 'quoted_local'],
  ['comments are refused', 'ana(work)@example.com', 'comment'],
  ['a comma is refused', 'a@example.com,b@example.com', 'forbidden_character'],
  ['a semicolon is refused', 'a;b@example.com', 'forbidden_character'],
  ['a Greek question mark is a semicolon', 'a\u037eb@example.com', 'forbidden_character'],
  ['a Kelvin sign is no k', '\u212aarl@example.com', 'forbidden_character'],
  ['angle brackets are refused', '<a@example.com>', 'forbidden_character'],
  ['a group is refused', 'g:a@example.com', 'forbidden_character'],
  ['a backslash is refused', 'a\\b@example.com', 'forbidden_character'],
  ['an encoded word is not decoded', '=?utf-8?q?a=40b.test?=@example.com', 'encoded_word'],
  ['white space inside is refused', 'a na@example.com', 'whitespace'],
  ['a no-break space inside too', 'a\u00a0na@example.com', 'whitespace'],
  ['a line end is refused even at the end', 'ana@example.com\n', 'control_character'],
  ['a header cannot be smuggled in', 'ana@example.com\r\nBcc: b@example.com', 'control_character'],
  ['a line separator is a line end', 'ana@example.com\u2028', 'control_character'],
  ['NUL is refused', 'ana\0@example.com', 'control_character'],
  ['a zero-width space is refused', 'an\u200ba@example.com', 'invisible_character'],
  ['a soft hyphen is refused', 'ana@exam\u00adple.com', 'invisible_character'],
  ['a direction override is refused', 'ana\u202e@example.com', 'invisible_character'],
  ['a Hangul filler is refused', 'ana\u3164@example.com', 'invisible_character'],
  ['a replacement character is a broken encoding', 'an\ufffd@example.com', 'broken_encoding'],
  ['full-width letters do not pass for ASCII', 'ａna@example.com', 'local_character'],
  ['a ligature does not pass for two letters', 'ﬁn@example.com', 'local_character'],
  ['a combining mark needs a letter', '\u0301a@example.com', 'local_character'],
  ['emoji are no letters', '😀@example.com', 'local_character'],
])('%s', (_rule, raw, reason) => {
  expect(parseAddress(raw)).toEqual({ rejected: reason })
})

test('254 octets fit', () => {
  const longest = `${'l'.repeat(63)}@${LABEL_61.repeat(3)}test`
  expect(addressOf(longest)).toBe(longest)
})

const atom = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~éñ用-]{1,9}$/)
const label = fc.stringMatching(/^[A-Za-zé用]([A-Za-z0-9-]{0,8}[A-Za-z0-9])?$/)
const probable = fc
  .tuple(
    fc.array(atom, { minLength: 1, maxLength: 3 }),
    fc.array(label, { minLength: 1, maxLength: 4 }),
  )
  .map(([atoms, labels]) => `${atoms.join('.')}@${labels.join('.')}`)
const noise = fc.string({
  unit: fc.constantFrom(
    ...'ab1.@-+",;:<>()[]\\ \t\r\n\0%!=?_éÉ用'.split(''),
    '\u200b',
    'ﬁ',
    '\u037e',
    'xn--',
  ),
  maxLength: 24,
})
const anything = fc.oneof(probable, noise, fc.string({ unit: 'binary', maxLength: 40 }))

test('the comparable form of an address is itself', () => {
  fc.assert(
    fc.property(anything, (raw) => {
      const address = addressOf(raw)
      if (address !== undefined) expect(addressOf(address)).toBe(address)
    }),
    { numRuns: 3_000 },
  )
})

test('case and surrounding blanks of a plain address make no difference', () => {
  fc.assert(
    fc.property(probable, (raw) => {
      const ascii = raw.replace(/[^\0-\x7f]/g, 'x')
      expect(parseAddress(` ${ascii.toUpperCase()}\t`)).toEqual(parseAddress(ascii))
    }),
  )
})

test('an address never holds what ends a line, an envelope or another address', () => {
  fc.assert(
    fc.property(anything, (raw) => {
      const address = addressOf(raw) ?? 'none@example.com'
      expect(address).toMatch(/^[^\s\p{Cc}@,;:<>()[\]"\\]+@[a-z0-9.-]+$/u)
      expect(Buffer.byteLength(address)).toBeLessThanOrEqual(254)
    }),
    { numRuns: 3_000 },
  )
})

test('nodemailer reads exactly one recipient, the same one, out of every address', () => {
  fc.assert(
    fc.property(anything, (raw) => {
      const address = addressOf(raw)
      if (address === undefined) return
      expect(addressparser(address)).toEqual([{ address, name: '' }])
    }),
    { numRuns: 3_000 },
  )
})

test('long hostile input is refused quickly', () => {
  const hostile = [
    'a.'.repeat(500_000),
    'a@'.repeat(500_000),
    `${' '.repeat(1_000_000)}a`,
    `a@${'b-'.repeat(500_000)}`,
    // Letters that two alternatives of one pattern both match, then one that none does: 2^58 paths.
    `${'a'.repeat(58)}ñ\u00be\u2e3c@example.com`,
    `${'é'.repeat(29)}\u2e3c@example.com`,
  ]
  const started = performance.now()
  for (const raw of hostile) expect(addressOf(raw)).toBeUndefined()
  expect(performance.now() - started).toBeLessThan(200)
})
