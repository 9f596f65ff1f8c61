import fc from 'fast-check'
import {
  type Checkpoint,
  checkpointName,
  checkpointSigner,
  readCheckpoint,
  timeInName,
  writeCheckpoint,
} from '../../../src/audit/checkpoint.js'
import { signerOf, signNote, writeVerifierKey } from '../../../src/audit/signed-note.js'

// The seed of RFC 8032 §7.1, test 1.
const SEED = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')
const signer = checkpointSigner(SEED)
const hash = new Uint8Array(32).fill(7)
const checkpoint: Checkpoint = { size: 42, hash, at: new Date('2026-11-24T16:00:00.123Z') }

const ORIGIN = 'cordon-audit-chain/21fe31dfa154a261'
const NOTE = [
  ORIGIN,
  '42',
  'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=',
  'time 2026-11-24T16:00:00.123Z',
  '',
  '— SIGNATURE',
  '',
].join('\n')

test('a checkpoint looks as it always did: others keep them, and will compare', () => {
  const note = writeCheckpoint(checkpoint, signer)
  expect(note.replace(/— .*/, '— SIGNATURE')).toBe(NOTE)
  expect(note).toContain(`\n— ${ORIGIN} `)
  expect(writeVerifierKey(signer)).toBe(
    `${ORIGIN}+3400d302+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea`,
  )
  expect(note.split(' ').at(-1)).toBe(
    'NADTAk5fIjnY9b8AYtTnVJTZ0GE5npaCYiRwGSitRoz8NeGRjdTZqTcWOCQY1s7stZYdh4DT4AhXmaA1XZ32TN4XmAo=\n',
  )
})

test('the same checkpoint is the same bytes, whoever of us writes it', () => {
  expect(writeCheckpoint(checkpoint, checkpointSigner(SEED))).toBe(
    writeCheckpoint(checkpoint, signer),
  )
})

const anyCheckpoint = fc.record({
  size: fc.nat({ max: 999_999_999_999_999 }),
  hash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  at: fc.date({
    min: new Date('2000-01-01T00:00:00Z'),
    max: new Date('2999-12-31T00:00:00Z'),
    noInvalidDate: true,
  }),
})

test('a checkpoint reads back as it was written', () => {
  fc.assert(
    fc.property(anyCheckpoint, (written) => {
      expect(readCheckpoint(writeCheckpoint(written, signer), [signer])).toEqual(written)
    }),
  )
})

test('files are in the order of sizes, and two different checkpoints never share one', () => {
  fc.assert(
    fc.property(anyCheckpoint, anyCheckpoint, (one, other) => {
      const [a, b] = [checkpointName(one), checkpointName(other)]
      if (one.size !== other.size) expect(a < b).toBe(one.size < other.size)
      const isSame = writeCheckpoint(one, signer) === writeCheckpoint(other, signer)
      expect(a === b).toBe(isSame)
    }),
  )
})

test('a name tells when its own head was written down, and nothing of other heads', () => {
  fc.assert(
    fc.property(anyCheckpoint, (written) => {
      const name = checkpointName(written)
      expect(timeInName(name, written)).toEqual(written.at)
      expect(timeInName(name, { ...written, size: written.size + 1 })).toBeUndefined()
      const other = Uint8Array.from(written.hash, (byte) => byte ^ 1)
      expect(timeInName(name, { ...written, hash: other })).toBeUndefined()
      expect(timeInName(`.${name}.draft`, written)).toBeUndefined()
    }),
  )
})

const LINK = Buffer.from(hash).toString('base64')
const TIME = 'time 2026-11-24T16:00:00.123Z'
const signed = (...lines: string[]) => signNote(lines.map((line) => `${line}\n`).join(''), signer)

test('lines that others may add to the form are passed over', () => {
  expect(readCheckpoint(signed(ORIGIN, '42', LINK, 'other', TIME), [signer])).toEqual(checkpoint)
})

test.each([
  ['another origin than its signer', signed('example.com/log', '42', LINK, TIME)],
  ['no size', signed(ORIGIN, LINK, TIME)],
  ['a size with a leading zero', signed(ORIGIN, '042', LINK, TIME)],
  ['a negative size', signed(ORIGIN, '-1', LINK, TIME)],
  ['a size in hex', signed(ORIGIN, '0x2a', LINK, TIME)],
  ['a size beyond exact numbers', signed(ORIGIN, '9007199254740993', LINK, TIME)],
  ['a short link', signed(ORIGIN, '42', LINK.slice(0, 40), TIME)],
  ['a link in hex', signed(ORIGIN, '42', '07'.repeat(32), TIME)],
  ['an empty extension', signed(ORIGIN, '42', LINK, '', TIME)],
  ['no time', signed(ORIGIN, '42', LINK)],
  ['a time that is none', signed(ORIGIN, '42', LINK, 'time yesterday')],
  ['nothing', ''],
])('a signed note with %s is no checkpoint', (_rule, note) => {
  expect(readCheckpoint(note, [signer])).toEqual({ problem: 'malformed' })
})

test('every beginning of a note is refused: what was cut off is never taken for whole', () => {
  const note = writeCheckpoint(checkpoint, signer)
  for (let length = 0; length < note.length; length += 1)
    expect(readCheckpoint(note.slice(0, length), [signer])).toHaveProperty('problem')
})

test('a checkpoint of another key is refused, also under our name', () => {
  const stranger = signerOf(new Uint8Array(32).fill(1), () => signer.name)
  expect(readCheckpoint(writeCheckpoint(checkpoint, stranger), [signer])).toEqual({
    problem: 'unknown_key',
  })
})
