import { demoAccounts } from '../../../src/demo/data/accounts.js'
import { type DemoLeak, demoLeak, type LeakFile } from '../../../src/demo/data/leak.js'
import type { Entry } from '../../../src/exposures/entry.js'
import { type Address, parseAddress } from '../../../src/values/address.js'
import { matchKey } from '../../../src/values/alias.js'
import { readAll } from '../exposures/reading.js'

const now = new Date('2026-03-04T10:20:30.456Z')
const filesOf = ({ messages, csv }: DemoLeak): LeakFile[] => [...messages, csv]
const accepted = (entries: readonly Entry[]): Address[] =>
  entries.flatMap((entry) => (entry.kind === 'address' ? [entry.address] : []))

async function entriesOf(files: readonly LeakFile[]): Promise<Entry[]> {
  const readings = await Promise.all(files.map(({ content, name }) => readAll(content, name)))
  return readings.flatMap(({ entries }) => entries)
}

const accounts = [...demoAccounts({ seed: 1 })]
const leak = demoLeak({ accounts, seed: 1, now })

test('the same arguments give the same bytes', () => {
  expect(demoLeak({ accounts, seed: 1, now })).toEqual(leak)
  expect(demoLeak({ accounts, seed: 2, now }).messages).not.toEqual(leak.messages)
})

test.each([
  [5_000, 1],
  [5_000, 20_191_101],
  [700, 3],
  [60, 4],
  [3, 5],
])('of %d accounts (seed %d) the readers find exactly what is promised', async (count, seed) => {
  const directory = [...demoAccounts({ count, seed })]
  const subject = demoLeak({ accounts: directory, seed, now })
  const entries = await entriesOf(filesOf(subject))
  const distinct = new Set(accepted(entries))
  const byAddress = new Map(directory.map(({ id, address }) => [address, id]))
  const byKey = new Map(directory.map(({ id, address }) => [keyOf(address), id]))
  const equal = [...distinct].flatMap((address) => byAddress.get(address) ?? [])
  const others = [...distinct].filter((address) => !byAddress.has(address))
  const equivalent = others.flatMap((address) => byKey.get(matchKey(address)) ?? [])

  expect(subject.expected).toEqual({
    entries: entries.length,
    rejected: entries.filter(({ kind }) => kind === 'rejected').length,
    duplicates: accepted(entries).length - distinct.size,
    exposed: distinct.size,
    equal: equal.length,
    equivalent: equivalent.length,
    unknown: distinct.size - equal.length - equivalent.length,
  })
  expect(subject.exposedIds.toSorted()).toEqual(equal.toSorted())
  expect(subject.equivalentIds.toSorted()).toEqual(equivalent.toSorted())
  expect(new Set([...equal, ...equivalent]).size).toBe(equal.length + equivalent.length)
})

function keyOf(address: string): string {
  const parsed = parseAddress(address)
  return 'address' in parsed ? matchKey(parsed.address) : address
}

test('about 60 % of the accounts are exposed, 7 % of the addresses are unknown', () => {
  const { equal, equivalent, unknown, exposed } = leak.expected
  expect((equal + equivalent) / accounts.length).toBeCloseTo(0.6, 1)
  expect(unknown / exposed).toBeCloseTo(0.07, 3)
  expect(equivalent).toBeGreaterThan(5)
})

test('every message names 1,000 recipients, the last one the rest, each a minute later', async () => {
  const readings = await Promise.all(
    leak.messages.map(({ content, name }) => readAll(content, name)),
  )
  expect(readings.map(({ format }) => format)).toEqual(leak.messages.map(() => 'eml'))
  expect(readings.slice(0, -1).every(({ entries }) => entries.length === 1_000)).toBe(true)
  const batches = readings.flatMap((reading) => reading.batches)
  expect(batches.at(-1)?.at).toEqual(new Date('2026-03-04T04:20:00Z'))
  expect(batches.at(-2)?.at).toEqual(new Date('2026-03-04T04:19:00Z'))
  expect(new Set(batches.map(({ label }) => label)).size).toBe(leak.messages.length)
})

test('messages are folded, and no line is longer than RFC 5322 allows', () => {
  for (const { content } of leak.messages) {
    const lines = content.split('\r\n')
    expect(content.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThan(200)
    expect(lines.filter((line) => /^[A-Z]/.test(line) && line.startsWith('To:'))).toHaveLength(1)
  }
})

test('no bait is taken for an address', async () => {
  const written = filesOf(leak).map(({ content }) => content)
  expect(written.join('')).toContain('bait.example')
  const entries = await entriesOf(filesOf(leak))
  expect(accepted(entries).filter((address) => address.endsWith('@bait.example'))).toEqual([])
})

test('addresses are written in several ways', () => {
  const text = leak.messages.map(({ content }) => content).join('')
  for (const way of [
    /=\?utf-8\?Q\?/,
    /=\?utf-8\?B\?/,
    /@EXAMPLE\.COM/,
    /例え\.テスト/,
    /\(取引\)/,
  ]) {
    expect(text).toMatch(way)
  }
})

test('the spreadsheet is read by its third column and overlaps with the messages', async () => {
  const { format, entries } = await readAll(leak.csv.content, leak.csv.name)
  const mailed = new Set(accepted(await entriesOf(leak.messages)))
  const listed = new Set(accepted(entries))
  const also = [...listed].filter((address) => mailed.has(address))
  expect(leak.csv.content).toMatch(/^\ufeff[^;]+;[^;]+;E-mail;/)
  expect(format).toBe('csv')
  expect(entries.length).toBeGreaterThan(270)
  expect(also.length).toBeGreaterThan(150)
  expect(listed.size - also.length).toBeGreaterThan(50)
  expect(accepted(entries).length).toBeGreaterThan(listed.size)
  const reasons = entries.flatMap((entry) => (entry.kind === 'rejected' ? [entry.reason] : []))
  expect(reasons).toEqual(
    expect.arrayContaining(['column_missing', 'quote_unclosed', 'empty', 'invisible_character']),
  )
})
