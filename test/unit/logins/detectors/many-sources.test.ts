import fc from 'fast-check'
import { DEFAULT_CATALOGUE } from '../../../../src/logins/catalogue.js'
import { manySources } from '../../../../src/logins/detectors/many-sources.js'
import type { AccountWindow } from '../../../../src/logins/windows.js'

const [firstAt, lastAt] = [new Date('2026-11-02T10:00:00Z'), new Date('2026-11-02T10:25:00Z')]

/** Just many and just enough sources, all of one network that changes addresses. */
const window = (over: Partial<AccountWindow> = {}): AccountWindow => ({
  accountNo: 7n,
  firstAt,
  lastAt,
  failures: 10,
  sources: 5,
  countries: 1,
  networks: 1,
  agents: 1,
  ...over,
})
const spread = { countries: 2 }

test.each<[rule: string, over: Partial<AccountWindow>, isRaised: boolean]>([
  ['five sources of one network, country and browser may be one person', {}, false],
  ['two countries make them many', { countries: 2 }, true],
  ['two networks do not', { networks: 2 }, false],
  ['three networks do', { networks: 3 }, true],
  ['two user agents do not', { agents: 2 }, false],
  ['three user agents do', { agents: 3 }, true],
  ['seven sources do not by themselves', { sources: 7 }, false],
  ['eight sources do', { sources: 8 }, true],
  ['unknown countries and networks count as none', { countries: 0, networks: 0 }, false],
  ['four sources are too few, however spread', { ...spread, sources: 4, agents: 4 }, false],
  ['five spread sources are enough', { ...spread, sources: 5 }, true],
  ['nine failures are too few, however spread', { ...spread, failures: 9, sources: 9 }, false],
  ['ten failures are enough', { ...spread, failures: 10 }, true],
  ['eleven, too', { ...spread, failures: 11 }, true],
])('%s', (_rule, over, isRaised) => {
  expect(manySources(window(over), DEFAULT_CATALOGUE) !== undefined).toBe(isRaised)
})

test('it concerns the account and no single source', () => {
  expect(manySources(window({ ...spread, failures: 31, sources: 12 }), DEFAULT_CATALOGUE)).toEqual({
    kind: 'many_sources',
    accountNo: 7n,
    ip: null,
    asn: null,
    firstAt,
    lastAt,
    attempts: 31,
    says: '12 sources failed on this account, 31 times within 30 minutes',
  })
})

test('the thresholds are the catalogue’s', () => {
  const lax = { ...DEFAULT_CATALOGUE.manySources, failures: 2, sources: 1, orSources: 1 }
  const catalogue = { ...DEFAULT_CATALOGUE, manySources: lax }
  expect(manySources(window({ failures: 1, sources: 1 }), catalogue)).toBeUndefined()
  expect(manySources(window({ failures: 2, sources: 1 }), catalogue)).toBeDefined()
})

test('more failures, sources or places never take it back', () => {
  const counts = fc.record({
    failures: fc.nat({ max: 30 }),
    sources: fc.nat({ max: 15 }),
    countries: fc.nat({ max: 5 }),
    networks: fc.nat({ max: 5 }),
    agents: fc.nat({ max: 5 }),
  })
  fc.assert(
    fc.property(counts, counts, (some, more) => {
      const sum = Object.fromEntries(
        Object.entries(some).map(([name, number]) => [name, number + more[name as 'agents']]),
      )
      const before = manySources(window(some), DEFAULT_CATALOGUE)
      const after = manySources(window(sum), DEFAULT_CATALOGUE)
      expect(before === undefined || after !== undefined).toBe(true)
    }),
  )
})
