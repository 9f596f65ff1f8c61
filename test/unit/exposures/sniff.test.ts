import { sniffFormat } from '../../../src/exposures/sniff.js'

const HASH = 'c'.repeat(64)
const MAIL = 'From: a@example.com\nTo: b@example.com\nSubject: x\n\nbody\n'

test.each([
  ['lines of addresses', 'a@example.com\nb@example.com\n', 'list', 'text'],
  ['lines with names', 'Ana <a@example.com>\nBen <b@example.com>\n', 'list.txt', 'text'],
  [
    'lines of several addresses',
    'a@example.com, b@example.com\nc@example.com, d@example.com\n',
    'list',
    'text',
  ],
  ['a column in a .txt', 'id;email\n1;a@example.com\n', 'list.txt', 'csv'],
  ['one column with a header', 'email\na@example.com\n', 'list.txt', 'csv'],
  ['columns that all hold addresses', 'a@example.com,b@example.com\n', 'list.csv', 'text'],
  ['an address in a URL', 'http://x.example/a@b.example\n', 'list', 'text'],
  ['one column named .csv', 'a@example.com\n', 'list.csv', 'csv'],
  ['a JSON array', '[\n  "a@example.com"\n]', 'list.json', 'json'],
  ['a pretty JSON object', '{\n  "items": ["a@example.com"]\n}', 'list', 'json'],
  ['JSON lines', '{"email":"a@example.com"}\n{"email":"b@example.com"}\n', 'list.log', 'ndjson'],
  ['JSON lines named .json', '{"email":"a@example.com"}\n', 'list.json', 'ndjson'],
  ['a message', MAIL, 'leak.eml', 'eml'],
  ['a message in a .txt', MAIL, 'leak.txt', 'eml'],
  ['a message with an envelope line', `From x@example.com\n${MAIL}`, 'leak.eml', 'mbox'],
  ['a mailbox', `From x@example.com Fri Nov  1 07:10:00 2019\n${MAIL}`, 'leak.mbox', 'mbox'],
  ['hashes', `${HASH}\n${HASH}\n`, 'list.txt', 'sha256'],
  ['a name with several dots', 'id,email\n1,a@example.com\n', 'a.json.CSV', 'csv'],
  ['a packed name', 'id,email\n1,a@example.com\n', 'list.csv.gz', 'csv'],
  ['a name that leads elsewhere', 'a@example.com\n', '../../etc/passwd\0.txt', 'text'],
])('%s are recognised by content', (_rule, content, name, format) => {
  expect(sniffFormat(content, name, true).format).toBe(format)
})

test.each([
  ['an empty file', '', 'list.csv', 'file_empty'],
  ['blanks only', ' \n\n', 'list.txt', 'file_empty'],
  ['NUL bytes', 'a@example.com\0\n', 'list.txt', 'file_binary'],
  ['a ZIP archive', 'PK\u0003\u0004\0\0', 'list.xlsx', 'file_binary'],
  ['JSON named .csv', '[{"email":"a@example.com"}]', 'list.csv', 'file_format_mismatch'],
  ['a table named .json', 'id,email\n1,a@example.com\n', 'list.json', 'file_format_mismatch'],
  ['a JSON array named .ndjson', '[\n"a@example.com"\n]', 'list.ndjson', 'file_format_mismatch'],
  ['a message named .csv', MAIL, 'list.csv', 'file_format_mismatch'],
  ['a table named .eml', 'id,email\n1,a@example.com\n', 'leak.eml', 'file_format_mismatch'],
  ['a message named .mbox', MAIL, 'leak.mbox', 'file_format_mismatch'],
  ['a text without addresses', 'nothing\nat all\n', 'list.txt', 'file_without_addresses'],
])('%s is refused', (_rule, content, name, code) => {
  expect(() => sniffFormat(content, name, true)).toThrow(expect.objectContaining({ code }))
})

test('a refusal for a wrong name says what the file looks like and what to do', () => {
  expect(() => sniffFormat(MAIL, 'list.csv', true)).toThrow(
    /looks like a mail message .*rename it to \.eml/,
  )
})
