import { readAll, told } from './reading.js'

test.each([
  [
    'an array of strings',
    '["a@example.com","b@example.com"]',
    ['1 a@example.com', '1 b@example.com'],
  ],
  [
    'an array of objects',
    '[\n {"id":1,"email":"a@example.com"},\n {"Mail":"b@example.com"}\n]',
    ['2 a@example.com', '3 b@example.com'],
  ],
  [
    'an object around the array',
    '{"total":1,\n"items":[\n{"email":"a@example.com"}]}',
    ['3 a@example.com'],
  ],
  [
    'other arrays of that object are passed over',
    '{"tags":["x"],"items":["a@example.com"]}',
    ['1 a@example.com'],
  ],
  [
    'brackets inside strings',
    '["a@example.com", {"n":"]},[","email":"b@example.com"}]',
    ['1 a@example.com', '1 b@example.com'],
  ],
  [
    'escapes inside strings',
    '["a\\u0040example.com","\\"\\\\", "b@example.com"]',
    ['1 a@example.com', '1 !quoted_local', '1 b@example.com'],
  ],
  [
    'an element has the line it begins on',
    '[\n\n{\n"email"\n:"a@example.com"},"b@example.com"]',
    ['3 a@example.com', '5 b@example.com'],
  ],
  ['addresses one level down', '[{"contact":{"email":"a@example.com"}}]', ['1 a@example.com']],
  [
    'several addresses in one field',
    '[{"to":["a@example.com",{"address":"b@example.com"}]}]',
    ['1 a@example.com', '1 b@example.com'],
  ],
  [
    'an object without an address field is rejected',
    '[{"id":1},"a@example.com"]',
    ['1 !field_missing', '1 a@example.com'],
  ],
  [
    'numbers and null are rejected',
    '[1,null,"a@example.com"]',
    ['1 !field_missing', '1 !field_missing', '1 a@example.com'],
  ],
  [
    'an element that is not JSON is rejected',
    '["x" y,"a@example.com"]',
    ['1 !json_malformed', '1 a@example.com'],
  ],
  [
    'an empty address is rejected',
    '[{"email":""},"a@example.com"]',
    ['1 !empty', '1 a@example.com'],
  ],
])('JSON: %s', async (_rule, content, entries) =>
  expect(await told(content, 'l.json')).toEqual(entries),
)

test.each([
  [
    'an object per line',
    '{"email":"a@example.com"}\n{"email":"b@example.com"}\n',
    ['1 a@example.com', '2 b@example.com'],
  ],
  [
    'a string per line',
    '"a@example.com"\n"b@example.com"\n',
    ['1 a@example.com', '2 b@example.com'],
  ],
  [
    'blank lines are counted',
    '{"email":"a@example.com"}\n\n{"email":"b@example.com"}',
    ['1 a@example.com', '3 b@example.com'],
  ],
  [
    'a broken line spoils no other',
    '{"email":"a@example.com"}\n{"email":\n{"email":"b@example.com"}',
    ['1 a@example.com', '2 !json_malformed', '3 b@example.com'],
  ],
])('NDJSON: %s', async (_rule, content, entries) =>
  expect(await told(content, 'l.jsonl')).toEqual(entries),
)

test('a document that ends early gives what it has, then is refused', async () => {
  await expect(readAll('["a@example.com","b@ex', 'l.json')).rejects.toMatchObject({
    code: 'file_truncated',
  })
})

test('an array without elements holds no addresses', async () => {
  await expect(readAll('[]', 'l.json')).rejects.toMatchObject({ code: 'file_without_addresses' })
})

test('an element of two megabytes is one rejection on its line', async () => {
  const content = `["a@example.com",\n\n"${'x'.repeat(2_000_000)}",\n"b@example.com"]`
  expect(await told(content)).toEqual(['1 a@example.com', '3 !line_too_long', '4 b@example.com'])
})
