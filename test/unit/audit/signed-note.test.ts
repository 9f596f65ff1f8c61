import fc from 'fast-check'
import {
  openNote,
  readVerifierKey,
  signerOf,
  signNote,
  type Verifier,
  writeVerifierKey,
} from '../../../src/audit/signed-note.js'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')

// RFC 8032 §7.1, test 1.
const SEED = bytes('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')
const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'

// The example of the reference implementation's documentation, golang.org/x/mod/sumdb/note.
const NEUMANN = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const NEUMANN_SEED = Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(
  1,
)
const TEXT =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n"
const SIGNATURE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
const NOTE = `${TEXT}\n${SIGNATURE}`

const neumann = readVerifierKey(NEUMANN) as Verifier

test('the key of RFC 8032 has the public half that RFC 8032 gives it', () => {
  expect(hex(signerOf(SEED, () => 'rfc').publicKey)).toBe(PUBLIC)
})

test('the note of the reference implementation is opened', () => {
  expect(openNote(NOTE, [neumann])).toEqual({ text: TEXT, signedBy: neumann })
})

test('the reference implementation’s key signs the very same note', () => {
  const signer = signerOf(NEUMANN_SEED, () => 'PeterNeumann')
  expect(writeVerifierKey(signer)).toBe(NEUMANN)
  expect(signNote(TEXT, signer)).toBe(NOTE)
})

test('the verifier key of the Go checksum database is read and written as it is', () => {
  const key = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8'
  expect(writeVerifierKey(readVerifierKey(key) as Verifier)).toBe(key)
})

test.each([
  ['nothing', ''],
  ['a name with a space', NEUMANN.replace('Peter', 'Peter ')],
  ['another name', NEUMANN.replace('Peter', 'Petra')],
  ['another key id', NEUMANN.replace('c74f20a3', 'c74f20a4')],
  ['a key id in capitals', NEUMANN.replace('c74f20a3', 'C74F20A3')],
  ['a key that is cut off', NEUMANN.slice(0, -4)],
  ['a key of another kind', NEUMANN.replace('+ARpc', '+Ahpc')],
  ['base64 of another spelling', `${NEUMANN}=`],
])('a verifier key with %s is none', (_rule, text) => {
  expect(readVerifierKey(text)).toBeUndefined()
})

test.each([
  ['nothing', ''],
  ['no signature', TEXT],
  ['no signature behind the empty line', `${TEXT}\n`],
  ['no empty line', TEXT + SIGNATURE],
  ['no text', `\n\n${SIGNATURE}`.slice(1)],
  ['its end cut off', NOTE.slice(0, -1)],
  ['a hyphen for the dash', NOTE.replace('—', '-')],
  ['a line behind the signature', `${NOTE}more\n`],
  ['a carriage return', NOTE.replace(',\n', ',\r\n')],
  ['bytes that are no UTF-8', NOTE.replace('you', 'y\ufffd')],
  ['base64 of another spelling', NOTE.replace('AM=', 'AN=')],
  ['a signature of three bytes', `${TEXT}\n— PeterNeumann AAAA\n`],
  ['more than a hundred signatures', `${TEXT}\n${SIGNATURE.repeat(101)}`],
])('a note with %s is malformed', (_rule, note) => {
  expect(openNote(note, [neumann])).toEqual({ problem: 'malformed' })
})

test('a note whose text was changed carries a wrong signature', () => {
  const changed = NOTE.replace('your problem is', 'my problem is')
  expect(openNote(changed, [neumann])).toEqual({ problem: 'signature_wrong' })
})

test('a signature under the right key id and another name is nobody’s', () => {
  const renamed = NOTE.replace('— PeterNeumann', '— PetraNeumann')
  expect(openNote(renamed, [neumann])).toEqual({ problem: 'unknown_key' })
})

test('signatures of others do no harm and no good', () => {
  const other = signerOf(SEED, () => 'witness.example/w1')
  const theirs = signNote(TEXT, other).slice(TEXT.length + 1)
  expect(openNote(NOTE + theirs, [neumann])).toMatchObject({ text: TEXT })
  expect(openNote(`${TEXT}\n${theirs}`, [neumann])).toEqual({ problem: 'unknown_key' })
})

test('a wrong signature of a known key spoils a note that another one signed well', () => {
  const other = signerOf(SEED, () => 'witness.example/w1')
  const theirs = signNote(`${TEXT}changed\n`, other).slice(TEXT.length + 'changed\n'.length + 1)
  expect(openNote(NOTE + theirs, [neumann, other])).toEqual({ problem: 'signature_wrong' })
})

const line = fc.string({ unit: 'grapheme' }).filter((text) => !/\p{Cc}|\ufffd/u.test(text))
const text = fc.array(line, { minLength: 1 }).map((lines) => `${lines.join('\n')}\n`)

test('whatever is signed is opened again, and by its own key only', () => {
  const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(text, seed, (signed, own) => {
      const signer = signerOf(own, () => 'origin.example/log')
      const verifier = readVerifierKey(writeVerifierKey(signer)) as Verifier
      const opened = openNote(signNote(signed, signer), [verifier])
      expect(opened).toEqual({ text: signed, signedBy: verifier })
      expect(openNote(signNote(signed, signer), [neumann])).toEqual({ problem: 'unknown_key' })
    }),
  )
})

test('one changed byte anywhere is never accepted as another text', () => {
  const change = fc.tuple(fc.nat(Buffer.from(NOTE).length - 1), fc.integer({ min: 1, max: 255 }))
  fc.assert(
    fc.property(change, ([at, by]) => {
      const changed = Buffer.from(NOTE)
      changed[at] = (changed[at] ?? 0) ^ by
      expect(openNote(changed.toString(), [neumann])).toHaveProperty('problem')
    }),
    { numRuns: 2_000 },
  )
})
