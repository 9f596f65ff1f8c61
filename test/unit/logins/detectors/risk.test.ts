import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { countLogins, type LoginRow, riskScore } from '../../../../src/logins/detectors/risk.js'

const REFERENCE_DIR =
  process.env.REFERENCE_DIR ?? join(import.meta.dirname, '../../../../../shared/reference')
const VECTORS = join(REFERENCE_DIR, 'rba_vectors.json')

type Row = {
  name?: string
  userid: number
  requestXRealIP: string
  ipCountry: string
  ipASN: number
  trackingdatauserAgent: string
  browser_name_version: string
  os_name_version: string
  device_type: string
}
type Vectors = { history: Row[]; probes: { attempt: Row; score_no_hash: number }[] }

const row = (stored: Row): LoginRow => ({
  accountNo: BigInt(stored.userid),
  ip: stored.requestXRealIP,
  asn: BigInt(stored.ipASN),
  country: stored.ipCountry,
  userAgent: stored.trackingdatauserAgent,
  browser: stored.browser_name_version,
  os: stored.os_name_version,
  device: stored.device_type,
})
const score = (history: readonly LoginRow[], attempt: LoginRow) =>
  riskScore(countLogins(history, attempt))

if (existsSync(VECTORS)) {
  describe('the scores of das-group/rba-algorithm', () => {
    const { history, probes } = JSON.parse(readFileSync(VECTORS, 'utf8')) as Vectors
    const logins = history.map(row)

    test('there are sixty logins of eleven accounts and five probes', () => {
      expect([logins.length, new Set(logins.map(({ accountNo }) => accountNo)).size]).toEqual([
        60, 11,
      ])
      expect(probes).toHaveLength(5)
    })

    test.each(probes.map((probe) => [probe.attempt.name ?? '', probe] as const))(
      '%s',
      (_name, { attempt, score_no_hash: expected }) => {
        const found = score(logins, row(attempt)) ?? Number.NaN
        expect(Math.abs(found / expected - 1)).toBeLessThan(1e-9)
      },
    )
  })
} else {
  describe.skip(`rba_vectors.json (none in ${REFERENCE_DIR})`, () => test('', () => undefined))
}

const login = (over: Partial<LoginRow> = {}): LoginRow => ({
  accountNo: 1n,
  ip: '198.51.100.7',
  asn: 64_500n,
  country: 'NO',
  userAgent: 'Firefox 144 on Linux',
  browser: 'Firefox 144',
  os: 'Linux',
  device: 'desktop',
  ...over,
})
const elsewhere = { ip: '203.0.113.9', asn: 64_501n, country: 'NZ' }
const crowd = [
  ...Array.from({ length: 5 }, () => login()),
  ...Array.from({ length: 20 }, (_, no) =>
    login({ accountNo: BigInt(2 + (no % 4)), ...elsewhere, browser: 'Chrome 130' }),
  ),
]

test('an account that never logged in has no score', () => {
  expect(score(crowd, login({ accountNo: 99n }))).toBeUndefined()
  expect(score([], login())).toBeUndefined()
})

test('the farther from what is usual, the riskier', () => {
  const scores = [
    login(),
    login({ ip: '198.51.100.8' }),
    login({ ip: '203.0.113.200', asn: 64_501n }),
    login({ ...elsewhere }),
  ].map((attempt) => score(crowd, attempt) ?? Number.NaN)
  expect(scores).toEqual(scores.toSorted((a, b) => a - b))
  expect(new Set(scores).size).toBe(4)
})

test('one account with one login, by hand', () => {
  // One login, and three (four) values unseen below the address (user agent): (1/4)² and (1/5)².
  const [top, below] = [
    0.5386653840551359,
    0.2680451498625666 + 0.18818295100109536 + 0.0051065150812021525,
  ]
  const expected = (0.6 / 16 + 0.4) * ((top / 25 + below) / (top + below))
  expect(score([login()], login())).toBeCloseTo(expected, 12)
})

describe('what is unknown tells nothing', () => {
  const blank = {
    ip: null,
    asn: null,
    country: null,
    userAgent: null,
    browser: null,
    os: null,
    device: null,
  }
  const unparsed = { browser: null, os: null, device: null }

  test('of a login of which nothing is known, only how often the account logs in remains', () => {
    // Five of 25 logins, one of five accounts.
    expect(score(crowd, login(blank))).toBeCloseTo(1 / 5 / (5 / 25), 12)
  })

  test('a new user agent is as odd when nobody’s browsers are known as when they are', () => {
    const plain = crowd.map((known) => ({ ...known, ...unparsed }))
    const known = { userAgent: 'curl', browser: 'curl', os: 'none', device: 'none' }
    const expected = score(crowd, login(known))
    expect(score(plain, login({ userAgent: 'curl', ...unparsed }))).toBe(expected)
  })

  test('a country never seen is odd even where the address is not known', () => {
    const hidden = { ip: null, asn: null }
    const unseen = score(crowd, login({ ...hidden, country: 'XX' })) ?? 0
    expect(unseen).toBeGreaterThan(score(crowd, login({ ...hidden, country: 'NO' })) ?? Infinity)
  })

  test('logins without a value are not one more distinct value', () => {
    const nameless = Array.from({ length: 5 }, () =>
      login({ accountNo: 9n, ...elsewhere, os: null }),
    )
    const named = nameless.map((each) => ({ ...each, os: 'Linux' }))
    const attempt = login({ browser: 'w3m', os: 'BSD', device: 'tv' })
    expect(score([...crowd, ...nameless], attempt)).toBe(score([...crowd, ...named], attempt))
  })
})

const anyRow = fc.record({
  accountNo: fc.constantFrom(1n, 2n, 3n),
  ip: fc.constantFrom('198.51.100.7', '198.51.100.8', '203.0.113.9', null),
  asn: fc.constantFrom(64_500n, 64_501n, null),
  country: fc.constantFrom('NO', 'NZ', null),
  userAgent: fc.constantFrom('a', 'b', 'c'),
  browser: fc.constantFrom('a', 'b'),
  os: fc.constantFrom('a', 'b'),
  device: fc.constantFrom('desktop', 'mobile'),
})

test('every score is a positive number, whatever the history', () => {
  fc.assert(
    fc.property(fc.array(anyRow), anyRow, (history, attempt) => {
      const found = score([...history, login({ accountNo: attempt.accountNo })], attempt)
      expect(found).toBeGreaterThan(0)
      expect(found).toBeLessThan(Number.POSITIVE_INFINITY)
    }),
  )
})

test('the history is a set: its order changes nothing', () => {
  const histories = fc
    .array(anyRow, { minLength: 1, maxLength: 30 })
    .chain((rows) =>
      fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
    )
  fc.assert(
    fc.property(histories, anyRow, ([history, shuffled], attempt) => {
      expect(score(shuffled, attempt)).toBe(score(history, attempt))
    }),
  )
})
