import { type AccountJson, demoAccounts } from '../../../src/demo/data/accounts.js'
import { type AttemptJson, demoAttempts } from '../../../src/demo/data/attempts.js'
import { demoLeak } from '../../../src/demo/data/leak.js'
import { OFFICE_IP, STUFFING_IP } from '../../../src/demo/data/origins.js'
import { demoTargets } from '../../../src/demo/data/targets.js'
import { readAttempt } from '../../../src/logins/attempt.js'
import { DEFAULT_CATALOGUE as CATALOGUE } from '../../../src/logins/catalogue.js'
import { bruteForce } from '../../../src/logins/detectors/brute-force.js'
import { credentialStuffing } from '../../../src/logins/detectors/credential-stuffing.js'

const now = new Date('2026-03-04T10:20:30.456Z')
const leakedAt = Date.parse('2026-03-04T04:20:00Z')
const MINUTE = 60_000

function scene(count: number, seed: number, at = now) {
  const accounts = [...demoAccounts({ count, seed })]
  const exposed = demoLeak({ accounts, seed, now: at }).exposedIds
  const attempts = [...demoAttempts({ accounts, exposed, seed, now: at })]
  return { accounts, exposed, attempts, targets: demoTargets({ accounts, exposed, seed }) }
}

const { accounts, exposed, attempts, targets } = scene(5_000, 1)
const byAddress = new Map(accounts.map(({ address, id }) => [address, id]))
const byId = new Map(accounts.map((account) => [account.id, account]))
const accountIdOf = ({ account }: AttemptJson) =>
  'id' in account ? account.id : byAddress.get(account.address)

const isRejected = (attempt: AttemptJson) => 'rejected' in readAttempt(attempt)
const isHostile = ({ ip }: AttemptJson) => ip.startsWith('203.0.113.') || ip.includes(':bad:')

type Window = { firstAt: Date; lastAt: Date; tries: AttemptJson[] }

/** The hopping windows of `logins/classifying`, per key. */
function windowsBy(
  keyOf: (attempt: AttemptJson) => string | undefined,
  minutes: number,
  tries: readonly AttemptJson[],
): Map<string, Window[]> {
  const cells = new Map<string, { key: string; tries: AttemptJson[] }>()
  for (const attempt of tries) {
    const key = keyOf(attempt)
    if (key === undefined) continue
    for (const half of [0, 1]) {
      const hops = (Date.parse(attempt.at) - half * minutes * 30_000) / (minutes * MINUTE)
      const cell = `${half} ${Math.floor(hops)} ${key}`
      const inside = cells.get(cell) ?? { key, tries: [] }
      inside.tries.push(attempt)
      cells.set(cell, inside)
    }
  }
  const windows = new Map<string, Window[]>()
  for (const { key, tries: inside } of cells.values()) {
    const times = inside.map(({ at }) => Date.parse(at))
    const window = {
      firstAt: new Date(Math.min(...times)),
      lastAt: new Date(Math.max(...times)),
      tries: inside,
    }
    windows.set(key, [...(windows.get(key) ?? []), window])
  }
  return windows
}

const failed = ({ outcome }: AttemptJson) => outcome === 'failure'

function stuffingSources(): string[] {
  const { windowMinutes } = CATALOGUE.credentialStuffing
  const perSource = windowsBy(({ ip }) => ip, windowMinutes, attempts)
  return [...perSource].flatMap(([ip, windows]) =>
    windows.some(({ firstAt, lastAt, tries }) => {
      const failures = tries.filter(failed)
      const names = new Set(failures.map(({ account }) => JSON.stringify(account)))
      const successes = tries.length - failures.length
      const counts = { failures: failures.length, successes, accounts: names.size }
      const evenly = { mostPerAccount: 2, accountsTriedUpToTwice: names.size }
      const source = { level: 'address' as const, ip, asn: null, accountsTriedTwoToSixTimes: 0 }
      return credentialStuffing({ ...source, firstAt, lastAt, ...counts, ...evenly }, CATALOGUE)
    })
      ? [ip]
      : [],
  )
}

const ONE = { accountNo: 1n, sources: 1, countries: 1, networks: 1, agents: 1 }

function bruteForcedIds(): string[] {
  const { windowMinutes } = CATALOGUE.bruteForce
  const perAccount = windowsBy(accountIdOf, windowMinutes, attempts.filter(failed))
  return [...perAccount].flatMap(([id, windows]) =>
    windows.some(({ firstAt, lastAt, tries }) =>
      bruteForce({ ...ONE, firstAt, lastAt, failures: tries.length }, CATALOGUE),
    )
      ? [id]
      : [],
  )
}

test('the same arguments give the same attempts and targets', () => {
  const again = scene(5_000, 1)
  expect(JSON.stringify(again.attempts)).toBe(JSON.stringify(attempts))
  expect(again.targets).toEqual(targets)
  expect(JSON.stringify(scene(5_000, 2).attempts)).not.toBe(JSON.stringify(attempts))
})

test('the webhook accepts every attempt', () => {
  expect(attempts.filter(isRejected)).toEqual([])
})

test('ids are unique, times ascend and lie within two weeks before now', () => {
  expect(new Set(attempts.map(({ id }) => id)).size).toBe(attempts.length)
  const times = attempts.map(({ at }) => Date.parse(at))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(times.at(0)).toBeGreaterThanOrEqual(now.getTime() - 14 * 24 * 60 * MINUTE)
  expect(times.at(-1)).toBeLessThanOrEqual(now.getTime())
})

test('all sources are addresses for documentation', () => {
  const reserved = /^(192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8:)/
  expect(attempts.filter(({ ip }) => !reserved.test(ip))).toEqual([])
})

test('exactly one source trips the rule for credential stuffing', () => {
  expect(stuffingSources()).toEqual([STUFFING_IP])
  expect(targets.stuffed).toHaveLength(120)
  const tried = new Set(attempts.filter(({ ip }) => ip === STUFFING_IP).map(accountIdOf))
  tried.delete(undefined)
  expect([...tried].toSorted()).toEqual(targets.stuffed.toSorted())
})

test('exactly the brute-forced accounts trip the rule for brute force', () => {
  expect(targets.bruteForced).toHaveLength(15)
  expect(bruteForcedIds().toSorted()).toEqual(targets.bruteForced.toSorted())
})

test('only the taken-over accounts are entered from a source that attacked them', () => {
  const attacked = new Set([...targets.stuffed, ...targets.bruteForced])
  const lastFailure = new Map<string, number>()
  const entered: string[] = []
  for (const attempt of attempts) {
    const id = accountIdOf(attempt)
    if (id === undefined || !attacked.has(id)) continue
    const source = `${id} ${attempt.ip}`
    const at = Date.parse(attempt.at)
    const since = (at - (lastFailure.get(source) ?? 0)) / MINUTE
    if (failed(attempt)) lastFailure.set(source, at)
    else if (at < leakedAt) continue
    else if (since < CATALOGUE.successAfterAttack.withinMinutes) entered.push(id)
  }
  expect(entered.toSorted()).toEqual(targets.takenOver.toSorted())
  expect(targets.takenOver).toHaveLength(3)
})

test('the owners of attacked accounts stay away on the last day', () => {
  const attacked = new Set([...targets.stuffed, ...targets.bruteForced])
  const own = attempts.filter(
    (attempt) => attacked.has(accountIdOf(attempt) ?? '') && !isHostile(attempt),
  )
  expect(own.length).toBeGreaterThan(0)
  expect(Date.parse(own.at(-1)?.at ?? '')).toBeLessThan(now.getTime() - 23 * 60 * MINUTE)
})

test('targets are exposed, active and distinct; nobody gets past a second factor', () => {
  const attacked = [...targets.stuffed, ...targets.bruteForced]
  const known = (ids: readonly string[]) => ids.map((id) => byId.get(id) as AccountJson)
  expect(new Set(attacked).size).toBe(135)
  expect(exposed).toEqual(expect.arrayContaining(attacked))
  expect(known(attacked).every(({ status }) => status === 'active')).toBe(true)
  expect(known(targets.takenOver).every((account) => !account.secondFactors?.length)).toBe(true)
  expect(targets.bruteForced).toEqual(expect.arrayContaining(targets.takenOver))
})

test('the attacks come after the leak', () => {
  const [first] = attempts.filter(isHostile)
  expect(Date.parse(first?.at ?? '')).toBeGreaterThan(leakedAt)
})

test('an office is quiet although on Mondays many of its people mistype', () => {
  const { windowMinutes, address } = CATALOGUE.credentialStuffing
  const office = attempts.filter(({ ip }) => ip === OFFICE_IP)
  const busiest = [...windowsBy(({ ip }) => ip, windowMinutes, office).values()]
    .flat()
    .map(({ tries }) => tries.filter(failed))
    .sort((a, b) => b.length - a.length)[0]
  expect(busiest?.length).toBeGreaterThanOrEqual(address.failures)
  expect(new Set(busiest?.map(accountIdOf)).size).toBeGreaterThanOrEqual(address.accounts)
  expect(office.filter(failed).length / office.length).toBeLessThan(0.3)
})

test('an account stays at its place', () => {
  const perAccount = new Map<string, Set<string>>()
  for (const attempt of attempts) {
    const id = accountIdOf(attempt)
    if (id === undefined || targets.bruteForced.includes(id) || attempt.ip === STUFFING_IP) continue
    perAccount.set(id, (perAccount.get(id) ?? new Set()).add(attempt.ip))
  }
  expect(perAccount.size).toBeGreaterThan(1_200)
  expect([...perAccount.values()].every((places) => places.size === 1)).toBe(true)
})

test.each([
  [100, 7],
  [20, 8],
  [1, 9],
])('a directory of %d accounts (seed %d) is attacked in proportion', (count, seed) => {
  const small = scene(count, seed)
  const { stuffed, bruteForced, takenOver } = small.targets
  expect(stuffed.length + bruteForced.length).toBeLessThanOrEqual(small.exposed.length)
  expect(bruteForced).toEqual(expect.arrayContaining(takenOver))
  expect(small.attempts.filter(isRejected)).toEqual([])
})

test('a demo that starts while the office fills sees only those who are there', () => {
  const at = new Date('2026-03-04T08:06:00Z')
  const { attempts: early } = scene(5_000, 1, at)
  const office = early.filter(({ ip }) => ip === OFFICE_IP)
  const before = office.filter((attempt) => attempt.at.startsWith('2026-03-03'))
  const today = office.filter((attempt) => attempt.at.startsWith('2026-03-04'))
  expect(today.length).toBeGreaterThan(0)
  expect(today.length).toBeLessThan(before.length)
  expect(Date.parse(early.at(-1)?.at ?? '')).toBeLessThanOrEqual(at.getTime())
  const times = early.map((attempt) => Date.parse(attempt.at))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})
