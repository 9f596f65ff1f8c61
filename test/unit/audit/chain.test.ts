import fc from 'fast-check'
import {
  followChain,
  GENESIS,
  link,
  type Seal,
  type StoredEvent,
} from '../../../src/audit/chain.js'
import { parseExportLine, toExportLine } from '../../../src/audit/export.js'

type Sealed = { seal: Seal; event: StoredEvent }

const event = (id: number, over: Partial<StoredEvent> = {}): StoredEvent => ({
  id: String(id),
  at: `2026-11-02T10:00:00.${String(id).padStart(6, '0')}Z`,
  actor: 'cordon',
  kind: 'account.held',
  subject: `account:acc-${id}`,
  detail: { sweep: 'swp_1' },
  ...over,
})

function sealAll(events: readonly StoredEvent[]): Sealed[] {
  let hash: Uint8Array = GENESIS
  return events.map((each, index) => {
    hash = link(hash, index, each)
    return { seal: { index, eventId: each.id, hash }, event: each }
  })
}

const START = { index: 0, hash: GENESIS }
const chain = sealAll([event(1), event(2), event(5), event(6)])
const without = (index: number) => chain.filter((_, at) => at !== index)
const replaced = (index: number, by: Sealed) => chain.map((each, at) => (at === index ? by : each))
const at = (index: number) => chain[index]!

test('an untouched chain is followed to its end', () => {
  expect(followChain(START, chain)).toEqual({ index: 4, hash: at(3).seal.hash })
})

test('a chain may be followed in pieces', () => {
  const half = followChain(START, chain.slice(0, 2))
  expect('hash' in half && followChain(half, chain.slice(2))).toEqual(followChain(START, chain))
})

test.each<[string, readonly Sealed[], { index: number; problem: string }]>([
  [
    'an actor changed',
    replaced(1, { ...at(1), event: event(2, { actor: 'os:eve' }) }),
    { index: 1, problem: 'altered' },
  ],
  [
    'a detail changed',
    replaced(2, { ...at(2), event: event(5, { detail: { sweep: 'swp_2' } }) }),
    { index: 2, problem: 'altered' },
  ],
  [
    'a time changed by a microsecond',
    replaced(0, { ...at(0), event: event(1, { at: '2026-11-02T10:00:00.000002Z' }) }),
    { index: 0, problem: 'altered' },
  ],
  ['an event taken out', without(1), { index: 1, problem: 'gap' }],
  ['the first event taken out', without(0), { index: 0, problem: 'gap' }],
  [
    'two events exchanged under their seals',
    replaced(1, { seal: at(1).seal, event: at(2).event }),
    { index: 1, problem: 'misplaced' },
  ],
  ['two whole links exchanged', [at(0), at(2), at(1), at(3)], { index: 1, problem: 'gap' }],
  [
    'an event slipped in',
    [
      at(0),
      { seal: { ...at(1).seal, index: 1, eventId: '3' }, event: event(3) },
      ...chain.slice(1),
    ],
    { index: 1, problem: 'altered' },
  ],
  [
    'a link made anew from one event on',
    replaced(2, sealAll([event(1), event(2), event(5, { actor: 'os:eve' })])[2]!),
    { index: 3, problem: 'altered' },
  ],
  [
    'another chain’s start',
    sealAll([event(9)]).map((each) => ({ ...each, seal: { ...each.seal, hash: GENESIS } })),
    { index: 0, problem: 'altered' },
  ],
])('%s is found where it is', (_rule, tampered, fault) => {
  expect(followChain(START, tampered)).toEqual(fault)
})

const anyEvent = fc.record({
  id: fc.nat().map(String),
  at: fc.constant('2026-11-02T10:00:00.000001Z'),
  actor: fc.string({ unit: 'grapheme' }),
  kind: fc.string(),
  subject: fc.string({ unit: 'grapheme' }),
  detail: fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string()),
    ),
  ),
})

test('an export line reads back as it was, and still follows', () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyEvent, { maxLength: 8, selector: ({ id }) => id }), (events) => {
      const sealed = sealAll(events)
      const read = sealed.map((each) => parseExportLine(toExportLine(each)))
      expect(read.map(({ event: each }) => each)).toEqual(events)
      expect('problem' in followChain(START, read)).toBe(false)
    }),
  )
})

test.each([
  ['no JSON', 'index,hash'],
  ['cut off', toExportLine(at(0)).slice(0, 40)],
  ['other JSON', '{"a":1}'],
  ['null', 'null'],
  ['a number', '7'],
])('a line that is %s is refused', (_rule, line) => {
  expect(() => parseExportLine(line)).toThrow(expect.objectContaining({ code: 'input_invalid' }))
})
