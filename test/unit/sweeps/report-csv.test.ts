import { parse } from 'csv-parse/sync'
import { CSV_HEADER, csvLines } from '../../../src/sweeps/report/csv.js'
import type { AccountRow } from '../../../src/sweeps/report/store.js'
import { csvCell } from '../../../src/values/csv.js'
import { describeCorpus, readFixture } from '../../corpus/fixtures.js'

const account = (over: Partial<AccountRow> = {}): AccountRow => ({
  seq: 1,
  accountId: 'acc-1',
  match: 'equal',
  score: 70,
  tier: 'unprotected',
  reasons: ['no_second_factor', 'nonzero_balance'],
  effects: ['hold', 'reset'],
  outcome: 'reset_ordered',
  reason: null,
  hostileAttempts: 0,
  hostileSuccesses: 0,
  hostileSources: 0,
  batches: 2,
  firstExposedAt: new Date('2019-11-01T06:00:12Z'),
  ...over,
})

const parsed = (...accounts: AccountRow[]): string[][] =>
  parse([CSV_HEADER, ...csvLines(accounts)].join(''), { record_delimiter: '\r\n' })

test('each account is one line ending in CRLF, under one header', () => {
  expect([...csvLines([account()])]).toEqual([
    'acc-1,equal,70,unprotected,"no_second_factor nonzero_balance","hold reset",reset_ordered,,0,0,0,2,2019-11-01T06:00:12.000Z\r\n',
  ])
  expect(CSV_HEADER).toBe(
    'account_id,match,score,tier,reasons,effects,outcome,reason,hostile_attempts,hostile_successes,hostile_sources,batches,first_exposed_at\r\n',
  )
})

test('there is no address in it', () => expect(CSV_HEADER).not.toMatch(/address|mail/))

test('an account without an outcome is not_yet', () => {
  expect(parsed(account({ outcome: null }))[1]?.[6]).toBe('not_yet')
})

test.each([
  ['a formula', '=1+1', `"'=1+1"`],
  ['a plus', '+1', `"'+1"`],
  ['a minus', '-1', `"'-1"`],
  ['an at sign', '@SUM(A1)', `"'@SUM(A1)"`],
  ['a tab', '\tx', `"'\tx"`],
  ['a carriage return', '\rx', `"'\rx"`],
  ['a line feed', '\nx', `"'\nx"`],
  ['a full-width equals sign', '＝1', `"'＝1"`],
  ['a formula behind blanks', '  =1', `"'  =1"`],
  ['a formula behind a zero-width space', '\u200b=1', `"'\u200b=1"`],
  ['a formula behind a byte-order mark', '\ufeff=1', `"'\ufeff=1"`],
  ['a formula with quotes', '=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
])('%s at the beginning is neutralised', (_what, text, cell) => expect(csvCell(text)).toBe(cell))

test.each([
  ['plain text', 'acc_1.2:3-4', 'acc_1.2:3-4'],
  ['nothing', '', ''],
  ['a comma', 'a,b', '"a,b"'],
  ['a quote', 'a"b', '"a""b"'],
  ['a line end', 'a\r\nb', '"a\r\nb"'],
  ['a semicolon, which other spreadsheets split at', 'a;=1+1', '"a;=1+1"'],
  ['an equals sign inside', 'a=b', '"a=b"'],
  ['letters of any script', '渡辺', '"渡辺"'],
])('%s stays as it is, quoted where needed', (_what, text, cell) => {
  expect(csvCell(text)).toBe(cell)
})

describeCorpus('blns', (dir) => {
  const naughty: string[] = JSON.parse(readFixture(dir, 'blns.json'))

  test('no naughty string begins a cell that a spreadsheet would run', () => {
    for (const text of naughty) expect(csvCell(text).replace(/^"/, '')).not.toMatch(/^\s*[=+\-@]/)
  })
  test('every naughty string can be read back, with a quotation mark before it at most', () => {
    const rows = parsed(...naughty.map((accountId) => account({ accountId }))).slice(1)
    expect(rows).toHaveLength(naughty.length)
    const read = rows.map(([id]) => id)
    for (const [no, text] of naughty.entries()) expect([text, `'${text}`]).toContain(read[no])
  })
})
