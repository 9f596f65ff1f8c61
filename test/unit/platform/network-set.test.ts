import fc from 'fast-check'
import { parseIp, parseNetwork } from '../../../src/platform/ip.js'
import { networkSet } from '../../../src/platform/network-set.js'

type Block = { value: bigint; bits: number }
type Version = { name: string; length: number; write: (value: bigint) => string }

const IPV4: Version = {
  name: 'IPv4',
  length: 32,
  write: (value) => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.'),
}
const IPV6: Version = {
  name: 'IPv6',
  length: 128,
  write: (value) =>
    (value.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':').toLowerCase(),
}

const setOf = (texts: readonly string[]) => networkSet(texts.map((text) => parseNetwork(text)!))
const has = (texts: readonly string[], ip: string) => setOf(texts).has(parseIp(ip)!)

/** The definition: the first `bits` bits are equal. */
const isIn = (length: number, { value, bits }: Block, ip: bigint) =>
  ip >> BigInt(length - bits) === value >> BigInt(length - bits)

/** Inside `::ffff:0:0/96`: an IPv4 address, which is in no IPv6 network. */
const isMapped = (ip: bigint) => ip >> 32n === 0xffffn

/** Blocks that often overlap, and addresses at and beside their edges. */
function cases({ length }: Version) {
  const most = (1n << BigInt(length)) - 1n
  const value = fc.oneof(
    fc.bigInt({ min: 0n, max: most }),
    fc.integer({ min: 0, max: 4_095 }).map((low) => (0x20n << BigInt(length - 8)) + BigInt(low)),
  )
  const block = fc.record({ value, bits: fc.integer({ min: 0, max: length }) })
  return fc
    .record({ blocks: fc.array(block, { maxLength: 40 }), others: fc.array(value) })
    .map(({ blocks, others }) => {
      const edges = blocks.flatMap(({ value: inside, bits }) => {
        const size = 1n << BigInt(length - bits)
        const first = (inside / size) * size
        return [first - 1n, first, first + size - 1n, first + size]
      })
      const ips = [...edges, ...others].filter((ip) => ip >= 0n && ip <= most)
      return { blocks, ips: ips.filter((ip) => !isMapped(ip)) }
    })
}

test.each([IPV4, IPV6])('a set of $name networks agrees with the definition', (version) => {
  fc.assert(
    fc.property(cases(version), ({ blocks, ips }) => {
      const set = setOf(blocks.map(({ value, bits }) => `${version.write(value)}/${bits}`))
      for (const ip of ips)
        expect(set.has(parseIp(version.write(ip))!)).toBe(
          blocks.some((block) => isIn(version.length, block, ip)),
        )
    }),
    { numRuns: 500 },
  )
})

test('an empty set holds nothing', () => {
  expect(has([], '0.0.0.0')).toBe(false)
  expect(has([], '::')).toBe(false)
})

test('an IPv4 network and IPv6 have nothing to do with one another', () => {
  expect(has(['0.0.0.0/0'], '::1')).toBe(false)
  expect(has(['::/0'], '192.0.2.1')).toBe(false)
  expect(has(['192.0.2.0/24'], '::192.0.2.1')).toBe(false)
})

test('an IPv4 address is in the set in its mapped form, and the other way round', () => {
  expect(has(['192.0.2.0/24'], '::ffff:192.0.2.1')).toBe(true)
  expect(has(['::ffff:c000:200/120'], '192.0.2.1')).toBe(true)
  expect(has(['::ffff:192.0.2.1'], '::ffff:c000:201')).toBe(true)
})

test('100,000 networks are gathered and asked at once', () => {
  const texts = Array.from({ length: 100_000 }, (_, index) => IPV4.write(BigInt(index) * 40_000n))
  const set = setOf(texts)
  expect(texts.every((text) => set.has(parseIp(text)!))).toBe(true)
  expect(set.has(parseIp('0.0.0.1')!)).toBe(false)
})
