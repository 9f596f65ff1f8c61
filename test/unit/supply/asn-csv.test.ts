import fc from 'fast-check'
import { readCsv } from '../../../scripts/asn-table/read-csv.js'
import { type Ip, parseIp } from '../../../src/platform/ip.js'
import { rangeOf } from '../../../src/platform/ranges.js'

type Row = { first: bigint; last: bigint; asn: number }

const read = (text: string, width = 1) => readCsv(Buffer.from(text), width)
const write = (rows: readonly Row[]) =>
  rows.map(({ first, last, asn }) => `${first},${last},${asn},"Invented, Inc. 7"\n`).join('')
const wordsOf = (ip: bigint, width: number): Ip =>
  Array.from({ length: width }, (_, at) =>
    Number((ip >> BigInt(32 * (width - 1 - at))) & 0xffff_ffffn),
  )

/** Ranges that touch, stand apart, hold one address, or reach the ends; and addresses beside their edges. */
function tables(width: number) {
  const most = (1n << BigInt(32 * width)) - 1n
  const edge = fc.oneof(
    fc.bigInt({ min: 0n, max: most }),
    fc.bigInt({ min: 0n, max: 60n }),
    fc.bigInt({ min: most - 60n, max: most }),
  )
  const asns = fc.array(fc.integer({ min: 1, max: 0xffff_ffff }), { minLength: 50, maxLength: 50 })
  const edges = fc.uniqueArray(edge, { minLength: 1, maxLength: 50 })
  return fc
    .tuple(edges, asns, fc.array(fc.boolean(), { minLength: 50, maxLength: 50 }))
    .map(([values, numbers, isGap]) => {
      const sorted = values.toSorted((a, b) => (a < b ? -1 : 1))
      const rows = sorted
        .map((first, at) => ({
          first,
          last: (sorted[at + 1] ?? first + 1n) - 1n,
          asn: numbers[at]!,
        }))
        .filter((_, at) => at === 0 || !isGap[at])
      const ips = sorted.flatMap((ip) => [ip - 1n, ip, ip + 1n])
      return { rows, ips: ips.filter((ip) => ip >= 0n && ip <= most) }
    })
}

test.each([1, 4])('a table of %i words agrees with a search of all its rows', (width) => {
  fc.assert(
    fc.property(tables(width), ({ rows, ips }) => {
      const table = read(write(rows), width)!
      for (const ip of ips) {
        const row = rows.find(({ first, last }) => first <= ip && ip <= last)
        expect(table.systems[rangeOf(table, wordsOf(ip, width))]).toBe(row?.asn)
      }
    }),
    { numRuns: 300 },
  )
})

test('where two ranges overlap the later one counts', () => {
  const table = read('10,20,1,A\n15,30,2,B\n')!
  const asns = ['0.0.0.14', '0.0.0.15', '0.0.0.20', '0.0.0.30', '0.0.0.31'].map(
    (ip) => table.systems[rangeOf(table, parseIp(ip)!)],
  )
  expect(asns).toEqual([1, 2, 2, 2, undefined])
})

test('the largest addresses and numbers are read', () => {
  const most = 2n ** 128n - 1n
  expect(read(write([{ first: most, last: most, asn: 0xffff_ffff }]), 4)).toEqual({
    width: 4,
    bounds: new Uint32Array(8).fill(0xffff_ffff),
    systems: new Uint32Array([0xffff_ffff]),
  })
})

test.each([
  ['nothing', ''],
  ['another text', 'not a table\n'],
  ['an empty line', '1,2,3,A\n\n'],
  ['a last line without an end', '1,2,3,A\n4,5,6,B'],
  ['a missing number', '1,2,,A\n'],
  ['a missing column', '1,2,3\n'],
  ['a sign', '-1,2,3,A\n'],
  ['an address in words', '1.0.0.0,1.0.0.255,3,A\n'],
  ['an address too large', '4294967296,4294967296,3,A\n'],
  ['an address of many digits', `1,1${'0'.repeat(400)},3,A\n`],
  ['a number too large', '1,2,4294967296,A\n'],
  ['a range that ends before it begins', '2,1,3,A\n'],
  ['ranges that are not in order', '5,6,3,A\n1,2,4,B\n'],
  ['a range twice', '1,2,3,A\n1,2,4,B\n'],
  ['a range within another', '1,9,3,A\n2,5,4,B\n'],
])('%s is no table', (_name, text) => expect(read(text)).toBeUndefined())
