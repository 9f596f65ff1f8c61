import { type Catalogue, DEFAULT_CATALOGUE } from '../../src/logins/catalogue.js'
import { currentCatalogue, reclassify } from '../../src/logins/reclassifying/service.js'
import { keepHouse } from '../../src/logins/retention/service.js'
import { accounts, asOwner, attempts, aWorld, risky, type World } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await aWorld()
  await accounts(world, [risky('ann'), risky('ben')])
  await attempts(world, [...failures('ann', 7), ...failures('ben', 12)])
})
afterAll(() => world.close())

/** In the middle of what is counted together, so that no burst is cut in two. */
const HALF_WINDOW = 300_000
const HOUR_AGO = Math.floor(Date.now() / HALF_WINDOW) * HALF_WINDOW - 3_600_000 + 60_000
const failures = (id: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `${id}-${index}`,
    account: { id },
    at: new Date(HOUR_AGO + index * 10_000).toISOString(),
    ip: '203.0.113.7',
    outcome: 'failure',
    device: 'one',
  }))

const stricter: Catalogue = {
  ...DEFAULT_CATALOGUE,
  version: 2,
  bruteForce: { windowMinutes: 10, failures: 5 },
}
const judge = (catalogue: Catalogue, switchOn = false) =>
  reclassify(world, catalogue, { switchOn, actor: 'os:test' })

async function stored() {
  const hostile = await world.db.attempt.findMany({
    where: { hostile: true },
    select: { id: true },
  })
  const signals = await world.db.signal.findMany({ orderBy: { no: 'asc' } })
  const audited = await world.db.auditEvent.count()
  return { hostile: hostile.map(({ id }) => id).sort(), signals, audited }
}

test('a comparison tells what would change and changes nothing', async () => {
  const before = await stored()
  expect(await judge(stricter)).toMatchObject({
    from: 'hostile-logins@1',
    to: 'hostile-logins@2',
    accounts: { attackedBefore: 1, attackedAfter: 2, newlyAttacked: 1, noLongerAttacked: 0 },
    signals: [{ kind: 'brute_force', before: 1, after: 2, fresh: 1, gone: 0 }],
    switchedOn: false,
  })
  expect(await stored()).toEqual(before)
  expect((await currentCatalogue(world.db)).version).toBe(1)
})

test('the catalogue that judges now finds what it found', async () => {
  expect(await judge(DEFAULT_CATALOGUE)).toMatchObject({
    accounts: { newlyAttacked: 0, noLongerAttacked: 0 },
    signals: [{ kind: 'brute_force', fresh: 0, gone: 0 }],
  })
})

test('switched on it judges history and what comes, and the watch hears of the newly attacked', async () => {
  expect(await judge(stricter, true)).toMatchObject({ switchedOn: true })
  expect((await stored()).hostile).toHaveLength(19)
  const asked = await world.db.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT a.id FROM reassessment r JOIN account a ON a.no = r.account_no ORDER BY a.id`
  expect(asked.map(({ id }) => id)).toEqual(['ann', 'ben'])
  await accounts(world, [risky('cleo')])
  await attempts(world, failures('cleo', 5))
  expect((await stored()).hostile).toContain('cleo-0')
})

test('and back again takes back what only it had found', async () => {
  const looser = { ...DEFAULT_CATALOGUE, version: 3 }
  expect(await judge(looser, true)).toMatchObject({
    accounts: { attackedBefore: 3, attackedAfter: 1, noLongerAttacked: 2 },
  })
  expect((await stored()).hostile).toHaveLength(12)
})

test('a version has one content', async () => {
  const other = { ...stricter, bruteForce: { windowMinutes: 10, failures: 6 } }
  await expect(judge(other, true)).rejects.toMatchObject({ code: 'catalogue_invalid' })
})

describe('what is old', () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)

  test('is dropped a week at a time, with an audit row; what is evidence stays', async () => {
    await asOwner(world, "SELECT ensure_attempt_partitions(now() - interval '220 days', now())")
    for (const days of [200, 170]) {
      await world.db.attempt.create({
        data: {
          sourceNo: 2,
          id: `old-${days}`,
          at: daysAgo(days),
          ip: '192.0.2.1',
          succeeded: true,
        },
      })
    }
    expect(await keepHouse(world)).toBeGreaterThan(0)
    const kept = await world.db.attempt.findMany({ where: { id: { startsWith: 'old-' } } })
    expect(kept.map(({ id }) => id)).toEqual(['old-170'])
    expect(await world.db.auditEvent.count({ where: { kind: 'attempts.forgotten' } })).toBe(1)
    expect(await keepHouse(world)).toBe(0)
  })

  test('is never what a policy may still look at', async () => {
    await expect(keepHouse(world, 89)).rejects.toThrow(/evidence for 90 days/)
  })

  test('webhook ids are kept for thirty days', async () => {
    await world.db.$executeRaw`
      INSERT INTO webhook_message (source_no, id, sha256, received_at)
      SELECT 2, 'm-' || d, '\\x00', now() - make_interval(days => d) FROM unnest(ARRAY[29, 31]) d`
    await keepHouse(world)
    const kept = await world.db.$queryRaw<{ id: string }[]>`SELECT id FROM webhook_message`
    expect(kept.map(({ id }) => id)).toEqual(['m-29'])
  })
})
