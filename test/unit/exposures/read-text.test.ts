import { readAll, told } from './reading.js'

test.each([
  [
    'one address per line',
    'ana@example.com\nben@example.com\n',
    ['1 ana@example.com', '2 ben@example.com'],
  ],
  ['the last line needs no end', 'ana@example.com', ['1 ana@example.com']],
  [
    'CR LF ends a line',
    'ana@example.com\r\nben@example.com\r\n',
    ['1 ana@example.com', '2 ben@example.com'],
  ],
  [
    'a lone CR ends a line',
    'ana@example.com\rben@example.com',
    ['1 ana@example.com', '2 ben@example.com'],
  ],
  [
    'blank lines and remarks are skipped but counted',
    '\n# who\n \nana@example.com',
    ['4 ana@example.com'],
  ],
  [
    'a name in front of angle brackets is no address',
    'Ana <ana@example.com>',
    ['1 ana@example.com'],
  ],
  [
    'an address in a display name is not read',
    '"eve@example.net" <ana@example.com>',
    ['1 ana@example.com'],
  ],
  ['nor one in a comment', 'ana@example.com (eve@example.net)', ['1 ana@example.com']],
  [
    'commas and semicolons separate',
    'a@example.com, b@example.com;c@example.com',
    ['1 a@example.com', '1 b@example.com', '1 c@example.com'],
  ],
  [
    'one bad address does not spoil its line',
    'z@example.com\na@example.com, b',
    ['1 z@example.com', '2 a@example.com', '2 !no_at_sign'],
  ],
  [
    'prose is not searched for addresses',
    'ana@example.com\nwrite to ben@example.com',
    ['1 ana@example.com', '2 !whitespace'],
  ],
  [
    'two addresses without a comma are neither',
    'z@example.com\n<a@example.com> <b@example.com>',
    ['1 z@example.com', '2 !header_malformed'],
  ],
  [
    'an open angle bracket is no address',
    'z@example.com\nAna <a@example.com',
    ['1 z@example.com', '2 !header_malformed'],
  ],
  [
    'an open quote is no address',
    'z@example.com\n"Ana <a@example.com>',
    ['1 z@example.com', '2 !header_malformed'],
  ],
  ['empty angle brackets are no address', 'z@example.com\nAna <>', ['1 z@example.com', '2 !empty']],
  ['separators alone are no address', 'z@example.com\n,;', ['1 z@example.com', '2 !empty']],
])('%s', async (_rule, content, entries) =>
  expect(await told(content, 'list.txt')).toEqual(entries),
)

test.each(['Ana <a@example.com', 'x <a@example.com><b@example.com> y', '"Ana <a@example.com>'])(
  'what cannot be read, %s, is kept as it stood',
  async (raw) => {
    const { entries } = await readAll(`a@example.com\n${raw}`)
    expect(entries[1]).toMatchObject({ raw, reason: 'header_malformed' })
  },
)

test('a URL is not an address', async () => {
  expect(await told('https://x.example/a@example.com')).toEqual(['1 !forbidden_character'])
})

test('a rejection keeps what stood there, cut to 200 characters', async () => {
  const { entries } = await readAll(`a@example.com\n${'x'.repeat(500)}`)
  expect(entries[1]).toMatchObject({ kind: 'rejected', raw: 'x'.repeat(200) })
})

test('UTF-8 with a byte order mark is read', async () => {
  expect(await told('\ufeffana@example.com\n')).toEqual(['1 ana@example.com'])
})

test.each(['utf16le', 'utf16be'])('%s with a byte order mark is read', async (encoding) => {
  const bytes = Buffer.from('\ufeffñandú@example.com\r\nben@example.com', 'utf16le')
  if (encoding === 'utf16be') bytes.swap16()
  expect(await told(bytes, 'list.txt')).toEqual(['1 ñandú@example.com', '2 ben@example.com'])
})

test('a line in another encoding is rejected and spoils no other', async () => {
  const bytes = Buffer.concat([
    Buffer.from('ana@example.com\n'),
    Buffer.from('añ@example.com', 'latin1'),
  ])
  expect(await told(bytes)).toEqual(['1 ana@example.com', '2 !broken_encoding'])
})

test('a line of ten megabytes is one rejection between its neighbours', async () => {
  const content = `a@example.com\n${'x'.repeat(10_000_000)}\nb@example.com\n`
  expect(await told(content)).toEqual(['1 a@example.com', '2 !line_too_long', '3 b@example.com'])
})

test('many long lines are each one rejection', async () => {
  const long = 'y'.repeat(1_100_000)
  const content = `${long}\na@example.com\n${long}\n${long}`
  expect(await told(`z@example.com\n${content}`)).toEqual([
    '1 z@example.com',
    '2 !line_too_long',
    '3 a@example.com',
    '4 !line_too_long',
    '5 !line_too_long',
  ])
})
