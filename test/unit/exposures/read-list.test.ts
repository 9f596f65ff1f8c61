import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describeRejection } from '../../../src/exposures/describe.js'
import { readList } from '../../../src/exposures/read-list.js'
import { chunksOf, readAll, told } from './reading.js'

const SAMPLES: Record<string, string | Buffer> = {
  text: '\ufeffa@example.com\r\n# x\r\rÑandú <ñandú@例え.example>, b@example.com;\n"q@x" <c@example.com>\nbad\n',
  'utf-16': Buffer.from('\ufeffñ@example.com\r\n\r\n😀 <b@example.com>', 'utf16le'),
  'utf-16 big endian': Buffer.from(
    '\ufeffñ@example.com\r\n\r\n😀 <b@example.com>',
    'utf16le',
  ).swap16(),
  'broken utf-8': Buffer.from(
    'a@example.com\n\xe2\x82@example.com\n\xf0\x9f\x98\nb@example.com\n\xff',
    'latin1',
  ),
  csv: 'id,email,note\r\n1,a@example.com,x\r\n2,"b@example.com","l1\r\nl2 ""q"""\r\n"3",c@example.com\r\n\r\n4\r\n5,"d@example.com',
  json: '{"x":[1],\r\n "items":[{"email":"a@example.com","n":"]\\"}"},\n\n"b\\u0040example.com", 5, {"é":"ü"} ]}\n',
  ndjson: '{"email":"ñ@example.com"}\n\n{"email":["b@example.com"]}\r{"e\n',
  eml: 'Received: x\r\nTo: G: "q, \\"@x" <a@example.com>\r\n (c\r\n omment), b\r\n @example.com;\r\nDate: 1 Nov 2019\r\n 07:10 +0000\r\nCc: Ñ <ñ@example.com>\r\n\r\nbody',
  mbox: 'From - \nTo: a@example.com\n\nx\nFrom here\nFrom b@x.example Fri Nov  1 07:10:00 2019\nCc: b@example.com,\n c@example.com\n\n',
  sha256: `sha256\r\n${'a'.repeat(64)}\r\n${'B'.repeat(64)},x\nno\n`,
}

test.each(Object.entries(SAMPLES))(
  '%s reads the same however its bytes are cut',
  async (_name, sample) => {
    const bytes = Buffer.from(sample)
    const whole = await readAll(bytes)
    expect(whole.entries.length).toBeGreaterThan(1)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 12 }), { maxLength: 40 }), async (sizes) => {
        expect(await readAll(bytes, 'list', sizes)).toEqual(whole)
      }),
      { numRuns: 60 },
    )
    expect(await readAll(bytes, 'list', Array(bytes.length).fill(1))).toEqual(whole)
    expect(await readAll(gzipSync(bytes), 'list', Array(bytes.length).fill(7))).toEqual({
      ...whole,
      gzipped: true,
    })
  },
)

test('bytes that are no text are cut alike too', async () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((tail) => {
    return Buffer.concat([Buffer.from('a@example.com\n'.repeat(40)), tail.map((byte) => byte || 1)])
  })
  await fc.assert(
    fc.asyncProperty(bytes, fc.array(fc.integer({ min: 1, max: 99 })), async (content, sizes) => {
      expect(await readAll(content, 'l.txt', sizes)).toEqual(await readAll(content, 'l.txt'))
    }),
  )
})

test('an address stands on the line it is said to stand on', async () => {
  const line = fc.constantFrom(
    'a@example.com',
    '',
    '# x',
    'bad',
    'Ana <b@example.com>',
    'c@example.com,d@example.com',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 60 }), async (middle) => {
      const lines = ['z@example.com', ...middle]
      const { entries } = await readAll(lines.join('\n'))
      for (const entry of entries) {
        const text = entry.kind === 'address' ? entry.address : 'bad'
        expect(lines[entry.line - 1]).toContain(text)
      }
      const skipped = middle.filter((text) => text === '' || text === '# x').length
      expect(new Set(entries.map((entry) => entry.line)).size).toBe(lines.length - skipped)
    }),
  )
})

test('what is not mail is one batch without a time', async () => {
  expect((await readAll('a@example.com\n')).batches).toEqual([{ no: 1 }])
})

test('pages hold about five thousand entries and begin with the batch', async () => {
  const content = Buffer.from('a@example.com\n'.repeat(12_000))
  const { batches: pages } = await readList(chunksOf(content), { name: 'l.txt' })
  const sizes: number[] = []
  for await (const page of pages) {
    sizes.push(page.entries.length)
    expect(page.batches).toHaveLength(sizes.length === 1 ? 1 : 0)
    expect(page.entries.length).toBeLessThanOrEqual(5_000)
  }
  expect(sizes.reduce((sum, size) => sum + size)).toBe(12_000)
})

test('no more is read than is asked for', async () => {
  let given = 0
  let isReturned = false
  async function* endless() {
    try {
      for (;;) yield Buffer.from('a@example.com\n'.repeat(1_000 + 0 * ++given))
    } finally {
      isReturned = true
    }
  }
  const { batches: pages } = await readList(endless(), { name: 'l.txt' })
  for await (const page of pages) {
    expect(page.entries.length).toBeGreaterThan(0)
    break
  }
  expect(given).toBeLessThan(40)
  expect(isReturned).toBe(true)
})

const refusal = (code: string) => expect.objectContaining({ name: 'Refusal', code })

test.each([
  ['no bytes', Buffer.alloc(0), 'l.csv', 'file_empty'],
  ['no bytes named .gz', Buffer.alloc(0), 'l.csv.gz', 'file_empty'],
  ['packed nothing', gzipSync(''), 'l.csv.gz', 'file_empty'],
  ['a byte order mark alone', Buffer.from('\ufeff'), 'l.csv', 'file_empty'],
  [
    'random bytes',
    Buffer.from(Array.from({ length: 999 }, (_, n) => (n * 7919) % 256)),
    'l.txt',
    'file_binary',
  ],
  ['a .gz that is not packed', Buffer.from('a@example.com'), 'l.txt.gz', 'file_format_mismatch'],
  ['remarks only', Buffer.from('# a@example.com\n'), 'l.txt', 'file_without_addresses'],
])('%s: refused', async (_rule, content, name, code) => {
  await expect(readAll(content, name)).rejects.toEqual(refusal(code))
})

test('a cut gzip file gives what it has, then is refused', async () => {
  const lines = Array.from({ length: 60_000 }, (_, n) => `a${(n * 7919) % 60_000}@example.com`)
  const packed = gzipSync(lines.join('\n'))
  const { batches: pages } = await readList(chunksOf(packed.subarray(0, -9)), { name: 'l.txt.gz' })
  let read = 0
  const all = async () => {
    for await (const page of pages) read += page.entries.length
  }
  await expect(all()).rejects.toEqual(refusal('file_truncated'))
  expect(read).toBeGreaterThan(1_000)
})

test('a gzip file that is cut at its beginning is refused', async () => {
  await expect(readAll(gzipSync('a@example.com').subarray(0, 12))).rejects.toEqual(
    refusal('file_truncated'),
  )
})

test('a gzip bomb is refused long before it is unpacked', async () => {
  const bomb = gzipSync(
    Buffer.concat([Buffer.from('a@example.com\n'), Buffer.alloc(80_000_000, 10)]),
  )
  await expect(readAll(bomb)).rejects.toEqual(refusal('file_too_large'))
})

test('a file beyond the limit is refused', async () => {
  const content = Buffer.from('a@example.com\n'.repeat(100))
  const { batches: pages } = await readList(chunksOf(content, [500]), { name: 'l' }, 1_000)
  await expect(pages[Symbol.asyncIterator]().next()).rejects.toEqual(refusal('file_too_large'))
})

test('memory does not grow with the file', async () => {
  const chunk = Buffer.from('First.Last@mail.example.com, bad\n'.repeat(2_000))
  async function* long() {
    for (let n = 0; n < 1_500; n++) yield chunk
  }
  const { batches: pages } = await readList(long(), { name: 'l.txt' })
  let peak = 0
  const idle = process.memoryUsage().rss
  for await (const _page of pages) peak = Math.max(peak, process.memoryUsage().rss)
  expect(peak - idle).toBeLessThan(300 * 2 ** 20)
})

test('every reason has words of its own', async () => {
  const reasons = (
    await readAll('a@example.com\nbad\na b@example.com\n@x.example')
  ).entries.flatMap((entry) => (entry.kind === 'rejected' ? [describeRejection(entry.reason)] : []))
  expect(new Set(reasons).size).toBe(3)
  expect(await told('a@example.com\nbad')).toEqual(['1 a@example.com', '2 !no_at_sign'])
})
