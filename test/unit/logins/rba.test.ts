import { parse } from 'csv-parse/sync'
import { readAttempt } from '../../../src/logins/attempt.js'
import { describeCorpus, readFixture } from '../../corpus/fixtures.js'

type Row = Record<string, string>

describeCorpus('rba-sample', (dir) => {
  const rows = parse<Row>(readFixture(dir, 'rba-first-19-rows.csv'), { columns: true })
  const json = (row: Row) =>
    JSON.parse(
      JSON.stringify({
        id: row.index,
        account: { id: row['User ID'] },
        at: `${row['Login Timestamp']?.replace(' ', 'T')}Z`,
        ip: row['IP Address'],
        outcome: row['Login Successful'] === 'True' ? 'success' : 'failure',
        userAgent: row['User Agent String'],
      }),
    ) as unknown

  test('there are nineteen rows', () => expect(rows).toHaveLength(19))

  test.each(rows.map((row) => [row.index ?? '', row] as const))(
    'row %s is read without loss',
    (_index, row) => {
      expect(readAttempt(json(row))).toMatchObject({
        attempt: {
          accountId: row['User ID'],
          ip: row['IP Address'],
          userAgent: row['User Agent String'],
        },
      })
    },
  )
})
