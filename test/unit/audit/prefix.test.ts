import fc from 'fast-check'
import { GENESIS } from '../../../src/audit/chain.js'
import { compareWith, meaningOf, type Testimony } from '../../../src/audit/prefix.js'
import { sha256 } from '../../../src/platform/hash.js'

const links = (length: number, seed = 'a') =>
  Array.from({ length }, (_, index) => sha256(`${seed}${index}`))
const RECORD = links(10)
const linkAt = (record: readonly Uint8Array[], size: number) => record[size - 1] ?? GENESIS

const saw = (size: number, record: readonly Uint8Array[] = RECORD, minute = size): Testimony => ({
  file: `${size}-${minute}`,
  size,
  hash: linkAt(record, size),
  at: new Date(Date.UTC(2026, 10, 24, 16, minute)),
})

function compared(
  testimonies: readonly Testimony[],
  record: readonly Uint8Array[] = RECORD,
  chainHolds = true,
) {
  const comparison = compareWith(testimonies)
  record.forEach((hash, index) => {
    comparison.onLink(index + 1, hash)
  })
  return comparison.finish(chainHolds)
}

test('every checkpoint of an honest record agrees, in whatever order they are read', () => {
  const sizes = fc.array(fc.nat({ max: 10 }), { maxLength: 30 })
  fc.assert(
    fc.property(sizes, (drawn) => {
      const testimonies = drawn.map((size, minute) => saw(size, RECORD, minute))
      expect(compared(testimonies)).toEqual({ agreeing: drawn.length })
    }),
  )
})

test('a record that changed from some event on disagrees first with the first checkpoint behind it', () => {
  const forged = [...RECORD.slice(0, 6), ...links(4, 'b')]
  expect(compared([saw(9), saw(7), saw(3), saw(6)], forged)).toMatchObject({
    agreeing: 2,
    fault: { file: '7-7', problem: 'rewritten', size: 7 },
  })
})

test('a record that is shorter than a checkpoint was cut off', () => {
  expect(compared([saw(5), saw(9), saw(10)], RECORD.slice(0, 8))).toMatchObject({
    agreeing: 1,
    fault: { problem: 'cut_off', size: 9 },
  })
})

test('a chain that breaks before a checkpoint is broken, not cut off', () => {
  expect(compared([saw(5), saw(9)], RECORD.slice(0, 8), false)).toMatchObject({
    agreeing: 1,
    fault: { problem: 'broken', size: 9 },
  })
})

test('two checkpoints that contradict each other cannot both agree', () => {
  expect(compared([saw(5), saw(5, links(10, 'b'), 7)])).toMatchObject({
    agreeing: 1,
    fault: { file: '5-7', problem: 'rewritten' },
  })
})

test('an empty record agrees with the checkpoint of an empty record, and with no later one', () => {
  expect(compared([saw(0)], [])).toEqual({ agreeing: 1 })
  expect(compared([saw(0), saw(1)], [])).toMatchObject({ fault: { problem: 'cut_off', size: 1 } })
})

test.each([
  'malformed',
  'unknown_key',
  'signature_wrong',
  'cut_off',
  'rewritten',
  'broken',
] as const)('what %s means is one sentence that names the file', (problem) => {
  const { size, at } = saw(7)
  const meaning = meaningOf({ file: '7.checkpoint', problem, size, at }, 5)
  expect(meaning).toMatch(/^7\.checkpoint [^\n]{20,}\.$/)
})
