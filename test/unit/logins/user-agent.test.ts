import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { agentReader, readUserAgent } from '../../../src/logins/user-agent.js'
import { describeCorpus, readFixture } from '../../corpus/fixtures.js'

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0'

test.each([
  [`${WINDOWS} ${CHROME} Safari/537.36`, 'Chrome 131', 'Windows 10'],
  [
    `${WINDOWS} ${CHROME} Safari/537.36 Edg/131.0.2903.86`,
    'Microsoft Edge 131.0.2903',
    'Windows 10',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0',
    'Firefox 133',
    'Mac OS X 10.15',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1.1 Mobile/15E148 Safari/604.1',
    'Safari 18.1.1',
    'iOS 18.1.1',
  ],
  [`Mozilla/5.0 (Linux; Android 10; K) ${CHROME} Mobile Safari/537.36`, 'Chrome 131', 'Android 10'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${CHROME} Safari/537.36`, 'Chrome 131', 'Linux'],
  ['Exchange/5 CFNetwork', 'Exchange 5', null],
  ['nobody knows', null, null],
  ['', null, null],
])('%s is read', (text, browser, os) => expect(readUserAgent(text)).toEqual({ browser, os }))

test('a build changes neither browser nor operating system', () => {
  const built = (build: number) =>
    readUserAgent(`${WINDOWS} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0.3987.${build}`)
  expect(built(162)).toEqual(built(7))
  expect(built(7).browser).toBe('Chrome 80.0.3987')
})

test('any text is read: each part is unknown or has a name', () => {
  const part = fc.constantFrom(
    WINDOWS,
    CHROME,
    'Android ',
    'Version/',
    'CPU OS 7_',
    'rv:',
    '.0',
    '/',
  )
  const text = fc.array(fc.oneof(part, fc.string()), { maxLength: 12 })
  fc.assert(
    fc.property(text, (parts) => {
      for (const each of Object.values(readUserAgent(parts.join(''))))
        expect(each === null || each.trim() !== '').toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('a reader answers as reading does, each time', () => {
  const agentOf = agentReader()
  const text = `${WINDOWS} ${CHROME} Safari/537.36`
  expect(agentOf(text)).toEqual(readUserAgent(text))
  expect(agentOf(text)).toBe(agentOf(text))
  expect(agentOf(null)).toEqual({ browser: null, os: null })
})

describeCorpus('rba-sample', (dir) => {
  test('operating systems with a version in the user agent are named as the data set does', () => {
    const rows = parse<Record<string, string>>(readFixture(dir, 'rba-first-19-rows.csv'), {
      columns: true,
    })
    const systems = rows.map((row) => [
      readUserAgent(row['User Agent String'] ?? '').os,
      row['OS Name and Version'],
    ])
    const versioned = systems.filter(([, named]) => !/^Chrome/.test(named ?? ''))
    expect(versioned.map(([os]) => os)).toEqual(versioned.map(([, named]) => named))
    expect(versioned).toHaveLength(16)
  })
})
