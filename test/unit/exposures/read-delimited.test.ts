import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { splitRecord } from '../../../src/exposures/records.js'
import { readAll, told } from './reading.js'

test.each([
  ['the column named email is read', 'id,email\n1,a@example.com\n', ['2 a@example.com']],
  [
    'its name may be in any case and language',
    'id;Eメール\n1;a@example.com\n',
    ['2 a@example.com'],
  ],
  ['a hyphen in the name is fine', 'E-Mail,name\na@example.com,Ana\n', ['2 a@example.com']],
  ['a Russian name is fine', 'имя\tЭлектронная почта\nАна\ta@example.com\n', ['2 a@example.com']],
  ['an accent in the name is fine', 'nom,Adresse é-mail\nAna,a@example.com\n', ['2 a@example.com']],
  ['email is surer than login', 'login,email\nl@example.com,a@example.com\n', ['2 a@example.com']],
  [
    'a column called address may hold streets',
    'address,x\n1 High St,a@example.com\n',
    ['2 a@example.com'],
  ],
  [
    'without a name the column of addresses is found',
    'id,who\n1,a@example.com\n2,b@example.com\n',
    ['2 a@example.com', '3 b@example.com'],
  ],
  [
    'without a header the first row is read',
    '1,a@example.com\n2,b@example.com\n',
    ['1 a@example.com', '2 b@example.com'],
  ],
  [
    'a password after a colon is not an address',
    'a@example.com:pw1\nb@example.com:pw2\n',
    ['1 a@example.com', '2 b@example.com'],
  ],
  [
    'one column needs no delimiter',
    'email\na@example.com\nb@example.com\n',
    ['2 a@example.com', '3 b@example.com'],
  ],
  ['quotes are taken off', '"id","email"\n"1","a@example.com"\n', ['2 a@example.com']],
  [
    'a delimiter in quotes does not separate',
    'name,email\n"Li, Ana",a@example.com\n',
    ['2 a@example.com'],
  ],
  ['a doubled quote is one', 'name,email\n"Ana ""A"" Li",a@example.com\n', ['2 a@example.com']],
  ['a quote inside a cell is a character', 'size,email\n5" x,a@example.com\n', ['2 a@example.com']],
  [
    'a record may span lines and has the number of its first',
    'note,email\n"x\n\ny",a@example.com\nz,b@example.com\n',
    ['2 a@example.com', '5 b@example.com'],
  ],
  [
    'an open quote costs one line',
    'note,email\n"x,a@example.com\ny,b@example.com\n',
    ['2 !quote_unclosed', '3 b@example.com'],
  ],
  [
    'a short row is rejected',
    'id,email\n1\n2,b@example.com\n',
    ['2 !column_missing', '3 b@example.com'],
  ],
  ['an empty cell is rejected', 'id,email\n1,\n2,b@example.com\n', ['2 !empty', '3 b@example.com']],
  ['a cell may hold a name', 'id,email\n1,Ana <a@example.com>\n', ['2 a@example.com']],
  [
    'a bad cell is rejected',
    'id,email\n1,a@b@example.com\n2,b@example.com\n',
    ['2 !several_at_signs', '3 b@example.com'],
  ],
])('%s', async (_rule, content, entries) =>
  expect(await told(content, 'list.csv')).toEqual(entries),
)

test.each([
  ['commas', 'id,email\n1,a@example.com\n', 'list.csv', 'csv'],
  ['semicolons', 'id;email\n1;a@example.com\n', 'list.csv', 'csv'],
  ['tabs', 'id\temail\n1\ta@example.com\n', 'list.tsv', 'tsv'],
  ['tabs in a .csv', 'id\temail\n1\ta@example.com\n', 'list.csv', 'tsv'],
])('%s are recognised', async (_rule, content, name, format) => {
  expect(await readAll(content, name)).toMatchObject({
    format,
    entries: [{ address: 'a@example.com' }],
  })
})

test('a table without addresses is refused', async () => {
  await expect(readAll('id,name\n1,Ana\n2,Ben\n', 'list.csv')).rejects.toMatchObject({
    code: 'file_without_addresses',
  })
})

test('an open quote far from the end costs one line too', async () => {
  const rows = Array.from({ length: 1_000 }, (_, n) => `n${n},a${n}@example.com`)
  const { entries } = await readAll(`note,email\n"x,b@example.com\n${rows.join('\n')}`)
  expect(entries.map((entry) => entry.kind)).toEqual(['rejected', ...rows.map(() => 'address')])
  expect(entries.at(-1)).toMatchObject({ line: 1_002, address: 'a999@example.com' })
})

test('records are split as csv-parse splits them', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', ' ', ',', ';', '"', '\n', 'é'),
    maxLength: 6,
  })
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), (cells) => {
      const record = cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')
      expect(splitRecord(record, ',')).toEqual(cells)
      expect([splitRecord(record, ',')]).toEqual(parse(record))
    }),
  )
})
