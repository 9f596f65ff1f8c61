import fc from 'fast-check'
import { DEFAULT_CATALOGUE } from '../../../../src/logins/catalogue.js'
import { bruteForce } from '../../../../src/logins/detectors/brute-force.js'
import type { AccountWindow } from '../../../../src/logins/windows.js'

const [firstAt, lastAt] = [new Date('2026-11-02T10:00:00Z'), new Date('2026-11-02T10:08:00Z')]
const window = (over: Partial<AccountWindow> = {}): AccountWindow => ({
  accountNo: 7n,
  firstAt,
  lastAt,
  failures: 10,
  sources: 3,
  countries: 1,
  networks: 1,
  agents: 1,
  ...over,
})

test.each<[rule: string, over: Partial<AccountWindow>, isRaised: boolean]>([
  ['nine failures are a forgotten password', { failures: 9 }, false],
  ['ten failures are brute force', { failures: 10 }, true],
  ['eleven failures are brute force', { failures: 11 }, true],
  ['one source is enough', { sources: 1 }, true],
  ['many sources do not make up for few failures', { failures: 9, sources: 9 }, false],
])('%s', (_rule, over, isRaised) => {
  expect(bruteForce(window(over), DEFAULT_CATALOGUE) !== undefined).toBe(isRaised)
})

test('it concerns the account, from the first failure to the last', () => {
  expect(bruteForce(window({ failures: 12 }), DEFAULT_CATALOGUE)).toEqual({
    kind: 'brute_force',
    accountNo: 7n,
    ip: null,
    asn: null,
    firstAt,
    lastAt,
    attempts: 12,
    says: '12 failed logins within 10 minutes from 3 sources',
  })
})

test('the threshold and the minutes are the catalogue’s', () => {
  const catalogue = { ...DEFAULT_CATALOGUE, bruteForce: { windowMinutes: 60, failures: 1 } }
  expect(bruteForce(window({ failures: 1, sources: 1 }), catalogue)?.says).toBe(
    '1 failed login within 60 minutes from 1 source',
  )
})

test('more failures never take brute force back', () => {
  const anyCount = fc.nat({ max: 100_000 })
  fc.assert(
    fc.property(anyCount, anyCount, anyCount, (failures, more, sources) => {
      const before = bruteForce(window({ failures, sources }), DEFAULT_CATALOGUE)
      const after = bruteForce(window({ failures: failures + more, sources }), DEFAULT_CATALOGUE)
      expect(before === undefined || after !== undefined).toBe(true)
    }),
  )
})
