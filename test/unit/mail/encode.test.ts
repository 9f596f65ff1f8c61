import fc from 'fast-check'
import * as library from 'nodemailer/lib/qp'
import { encodeText } from '../../../src/mail/encode.js'
import { isStrictBody, isStrictSubject } from '../../../src/mail/wire/encodings.js'

const decoded = ({ encoding, content }: ReturnType<typeof encodeText>): string => {
  if (encoding === 'base64') return Buffer.from(content, 'base64').toString('utf8')
  const octets = content
    .replaceAll('=\r\n', '')
    .replace(/=([\dA-F]{2})/g, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)))
  return Buffer.from(octets, 'latin1').toString('utf8')
}
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', ' ', '=', '.', 'From ', '\t', 'é', '山', '👩‍🚀', 'a'.repeat(74), '  '),
      fc.string({ unit: 'grapheme', maxLength: 90 }),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join('').replaceAll('\r', ''))

test('whatever a text holds, its encoding is strict, short-lined, and says the same', () => {
  fc.assert(
    fc.property(text, (said) => {
      const encoded = encodeText(said)
      expect(decoded(encoded)).toBe(said.replaceAll('\n', '\r\n'))
      expect(isStrictBody(encoded.encoding, encoded.content)).toBe(true)
      const lines = encoded.content.split('\r\n')
      expect(lines.filter((line) => /^From | $/.test(line))).toEqual([])
    }),
    { numRuns: 1_000 },
  )
})

test('words of ASCII stay readable, and other scripts take the shorter form', () => {
  expect(encodeText('Hello Ann,\n').encoding).toBe('quoted-printable')
  expect(encodeText('¿Tiene preguntas? Escríbanos mañana por la tarde.').encoding).toBe(
    'quoted-printable',
  )
  expect(encodeText('Здравствуйте!').encoding).toBe('base64')
})

test('the library writes what is strict as well', () => {
  const written = library.wrap(
    library.encode('Grüße = größer, und noch viel länger als eine Zeile '.repeat(4)),
  )
  expect(isStrictBody('quoted-printable', written)).toBe(true)
})

test.each([
  ['an escape in small letters', 'quoted-printable', 'a=3d'],
  ['an escape that is none', 'quoted-printable', 'a=zz'],
  ['an octet beyond ASCII', 'quoted-printable', 'gr\u00fc\u00dfe'],
  ['a line that is too long', 'quoted-printable', 'a'.repeat(77)],
  ['words after the padding', 'base64', 'QQ==\r\nbob'],
  ['characters that decoders skip', 'base64', 'QUJ!D'],
  ['a blank', 'base64', 'QUJ DQUJD'],
])('%s is not strict', (_what, encoding, content) => {
  expect(isStrictBody(encoding, content)).toBe(false)
})

test.each([
  ['plain words', 'Set a new password', true],
  ['encoded words', '=?UTF-8?Q?Gr=C3=BC?= =?UTF-8?B?w58=?=', true],
  ['another charset', '=?bob-UTF-8?Q?a?=', false],
  ['a language', '=?UTF-8*bob?Q?a?=', false],
  ['words between encoded words', '=?UTF-8?Q?a?= bob =?UTF-8?Q?a?=', false],
  ['words after the padding', '=?UTF-8?B?QQ==bob?=', false],
  ['half an encoded word', '=?UTF-8?Q?a', false],
])('a subject of %s: %p is strict: %p', (_what, subject, isStrict) => {
  expect(isStrictSubject(subject)).toBe(isStrict)
})
