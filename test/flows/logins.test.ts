import fc from 'fast-check'
import { accounts, asOwner, attempts, aWorld, noOf, risky, type World } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await aWorld()
})
afterAll(() => world.close())

const DAY = 24 * 60
/** Stories begin half a year ago, at ten o'clock: long enough for each to have days of its own. */
const START = Math.floor(Date.now() / 86_400_000 - 175) * 86_400_000 + 10 * 3_600_000
const minute = (minutes: number) => new Date(START + minutes * 60_000).toISOString()

let sent = 0
const login = (id: string | null, minutes: number, over: Record<string, unknown> = {}) => {
  sent += 1
  return {
    id: `a-${sent}`,
    account: id === null ? { address: `nobody-${sent}@shop.example` } : { id },
    at: minute(minutes),
    ip: '203.0.113.7',
    outcome: 'failure',
    ...over,
  }
}
const worked = { outcome: 'success' }
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

async function people(prefix: string, count: number): Promise<string[]> {
  const ids = times(count, (index) => `${prefix}-${index}`)
  await accounts(
    world,
    ids.map((id) => risky(id)),
  )
  return ids
}

/** What is hostile about an account: failures, successes. */
async function hostileOf(id: string): Promise<[failures: number, successes: number]> {
  const found = await world.db.attempt.findMany({
    where: { accountNo: await noOf(world, id), hostile: true },
  })
  const successes = found.filter(({ succeeded }) => succeeded).length
  return [found.length - successes, successes]
}
const signals = async (id: string) =>
  (
    await world.db.signal.findMany({
      where: { accountNo: await noOf(world, id) },
      orderBy: { kind: 'asc' },
    })
  ).map(({ kind }) => kind)

describe('brute force on one account', () => {
  test.each([
    ['nine failures within ten minutes are a bad day', 9, 1, 0],
    ['ten are an attack', 10, 1, 10],
    ['ten over twenty minutes are a bad day', 10, 2.1, 0],
  ])('%s', async (rule, failures, every, hostileOnes) => {
    const [id] = await people(`brute-${rule.length}`, 1)
    const result = await attempts(
      world,
      times(failures, (index) =>
        login(id!, index * every * 0.98, { ip: `198.51.100.${index % 2}` }),
      ),
    )
    expect(await hostileOf(id!)).toEqual([hostileOnes, 0])
    expect(await signals(id!)).toEqual(hostileOnes > 0 ? ['brute_force'] : [])
    expect(result.signals).toBe(hostileOnes > 0 ? 1 : 0)
  })

  test('a burst on the edge of a window is seen whole', async () => {
    const [id] = await people('edge', 1)
    await attempts(
      world,
      times(10, (index) => login(id!, 12_008 + index * 0.4, { ip: `198.51.100.${index}` })),
    )
    expect(await hostileOf(id!)).toEqual([10, 0])
  })
})

describe('one source that fails on many accounts', () => {
  test('is stuffing credentials: every failure of it is hostile, whoever it tried', async () => {
    const ids = await people('stuff', 15)
    const ip = '198.51.100.200'
    const tries = [
      ...times(25, (index) => login(ids[index % 15]!, 3_000 + index * 0.3, { ip })),
      ...times(5, (index) => login(null, 3_000 + index, { ip })),
    ]
    await attempts(world, tries)
    expect(await hostileOf(ids[0]!)).toEqual([2, 0])
    expect(await hostileOf(ids[14]!)).toEqual([1, 0])
    expect(await world.db.attempt.count({ where: { ip, hostile: true } })).toBe(30)
    expect(
      await world.db.signal.count({ where: { ip, kind: 'credential_stuffing' } }),
    ).toBeGreaterThanOrEqual(1)
  })

  test('which is an office where most logins work stays quiet', async () => {
    const ids = await people('office', 30)
    const ip = '198.51.100.201'
    await attempts(world, [
      ...times(30, (index) => login(ids[index]!, 6_000 + index * 0.2, { ip })),
      ...times(60, (index) => login(ids[index % 30]!, 6_000 + index * 0.1, { ip, ...worked })),
    ])
    expect(await world.db.attempt.count({ where: { ip, hostile: true } })).toBe(0)
    expect(await world.db.signal.count({ where: { ip } })).toBe(0)
  })

  test('is the same source however its IPv4 address is written', async () => {
    const ids = await people('mapped', 15)
    await attempts(
      world,
      times(26, (index) =>
        login(ids[index % 15]!, 9_000 + index * 0.3, {
          ip: index % 2 ? '198.51.100.202' : '::ffff:c633:64ca',
        }),
      ),
    )
    expect(await world.db.attempt.count({ where: { ip: '198.51.100.202', hostile: true } })).toBe(
      26,
    )
  })
})

describe('a success after an attack', () => {
  const attack = (id: string, at: number, ip: string) =>
    times(12, (index) => login(id, at + index * 0.5, { ip }))

  test('from the source of the attack is hostile', async () => {
    const [id] = await people('succ', 1)
    await attempts(world, [
      ...attack(id!, 20_000, '192.0.2.1'),
      login(id!, 20_030, { ip: '192.0.2.1', ...worked }),
    ])
    expect(await hostileOf(id!)).toEqual([12, 1])
    expect(await signals(id!)).toEqual(['automation', 'brute_force', 'success_after_attack'])
  })

  test('is found even when the same source already had a good login before the attack today', async () => {
    const [id] = await people('earlier', 1)
    await attempts(world, [
      login(id!, 30_000 - 5, { ip: '192.0.2.2', ...worked }),
      ...attack(id!, 30_000, '192.0.2.2'),
      login(id!, 30_020, { ip: '192.0.2.2', ...worked }),
      login(id!, 30_600, { ip: '192.0.2.2', ...worked }),
    ])
    expect(await hostileOf(id!)).toEqual([12, 1])
  })

  test('from another source is not blamed', async () => {
    const [id] = await people('other', 1)
    await attempts(world, [
      ...attack(id!, 40_000, '192.0.2.3'),
      login(id!, 40_020, { ip: '192.0.2.4', ...worked }),
    ])
    expect(await hostileOf(id!)).toEqual([12, 0])
  })

  test.each([
    ['within three hours is hostile', 179, 1],
    ['after three hours is not', 186, 0],
  ])('%s', async (rule, minutes, successes) => {
    const [id] = await people(`three-${rule.length}`, 1)
    await attempts(world, [
      ...attack(id!, 50_000, '192.0.2.5'),
      login(id!, 50_005.5 + minutes, { ip: '192.0.2.5', ...worked }),
    ])
    expect((await hostileOf(id!))[1]).toBe(successes)
  })

  test('from the account’s own address is not blamed: its owner used it days before', async () => {
    const [id] = await people('own', 1)
    const ip = '192.0.2.6'
    await attempts(world, [
      login(id!, 60_000 - 3 * DAY, { ip, ...worked }),
      ...attack(id!, 60_000, ip),
      login(id!, 60_020, { ip, ...worked }),
    ])
    expect((await hostileOf(id!))[1]).toBe(0)
  })

  test('an address does not become the account’s own because a thief used it days before', async () => {
    const [id] = await people('thief', 1)
    const ip = '192.0.2.7'
    const visit = (at: number) => [...attack(id!, at, ip), login(id!, at + 20, { ip, ...worked })]
    await attempts(world, [...visit(70_000), ...visit(70_000 + 3 * DAY)])
    expect((await hostileOf(id!))[1]).toBe(2)
  })
})

describe('what was sent before', () => {
  test('is a duplicate, within an import and in a later one; the first one counts', async () => {
    const [id] = await people('dup', 1)
    const one = login(id!, 80_000)
    const first = await attempts(world, [one, { ...one, ...worked }, login(id!, 80_001)])
    expect(first).toMatchObject({ received: 3, accepted: 2, duplicates: 1 })
    expect(await attempts(world, [one])).toMatchObject({ accepted: 0, duplicates: 1 })
    const stored = await world.db.attempt.findFirstOrThrow({ where: { id: one.id } })
    expect(stored.succeeded).toBe(false)
  })

  test('by another source under the same id is another attempt', async () => {
    const [id] = await people('source', 1)
    const one = login(id!, 81_000)
    await attempts(world, [one])
    expect(await attempts(world, [one], 'another')).toMatchObject({ accepted: 1, duplicates: 0 })
  })

  test('does not become more hostile by being sent again', async () => {
    const [id] = await people('resent', 1)
    const burst = times(12, (index) =>
      login(id!, 82_000 + index * 0.5, { ip: `198.51.100.${index % 2}` }),
    )
    expect((await attempts(world, burst)).signals).toBe(1)
    expect((await attempts(world, burst)).signals).toBe(0)
    expect(await signals(id!)).toEqual(['brute_force'])
  })
})

test('rejected attempts are listed with their line and reason, and change nothing', async () => {
  const [id] = await people('rej', 1)
  const before = await world.db.attempt.count()
  const result = await attempts(world, [
    login(id!, 90_000),
    login(id!, 90_001, { ip: 'localhost' }),
    login(id!, 90_002, { ip: 'fe80::1%eth0' }),
    login(id!, 90_003, { id: 'nul\0' }),
    login(id!, 90_004, { at: '0000-01-01T00:00:00Z' }),
    null,
  ])
  expect(result).toMatchObject({ received: 6, accepted: 1, rejectedCount: 5 })
  expect(result.rejected.map(({ index, reason }) => `${index} ${reason.split(':')[0]}`)).toEqual([
    '2 ip',
    '3 ip',
    '4 id',
    '5 at',
    '6 attempt',
  ])
  expect(await world.db.attempt.count()).toBe(before + 1)
})

test('naughty texts are stored as they are', async () => {
  const [id] = await people('naughty', 1)
  const userAgent = `tab\there, "quotes", back\\slash, \\N, \\., new\nline, \u202e, 💥, ${'é'.repeat(200)}`
  const one = login(id!, 91_000, { userAgent, reason: '\\.', device: '\\N' })
  await attempts(world, [one])
  expect(await world.db.attempt.findFirst({ where: { id: one.id } })).toMatchObject({
    userAgent,
    reason: '\\.',
    device: '\\N',
  })
})

test('negative 64-bit ids find their account and stay as they are', async () => {
  const id = '-4324475583306591935'
  await accounts(world, [risky(id, { address: 'rba@shop.example' })])
  const one = login(id, 92_000, { id: '-9223372036854775808' })
  await attempts(world, [one])
  expect(await world.db.attempt.findFirst({ where: { id: one.id } })).toMatchObject({
    accountNo: await noOf(world, id),
  })
})

test('an attempt that names an address is its account’s, not that of an equivalent one', async () => {
  await accounts(world, [
    risky('exact', { address: 'exact.name@gmail.com' }),
    risky('alias', { address: 'exactname@gmail.com' }),
  ])
  await attempts(world, [login(null, 93_000, { account: { address: 'Exact.Name@GMAIL.com' } })])
  expect(await world.db.attempt.count({ where: { accountNo: await noOf(world, 'exact') } })).toBe(1)
  expect(await world.db.attempt.count({ where: { accountNo: await noOf(world, 'alias') } })).toBe(0)
})

test('attempts that came before their account are its own once it is known', async () => {
  const burst = times(12, (index) =>
    login(null, 94_000 + index * 0.5, { account: { address: 'late@shop.example' } }),
  )
  await attempts(world, burst)
  await accounts(world, [risky('late'), risky('later')])
  await attempts(world, [login('later', 94_100)])
  expect(await hostileOf('late')).toEqual([12, 0])
  expect(await signals('late')).toContain('brute_force')
})

describe('the order in which attempts arrive', () => {
  /** A week around three accounts: bursts, an office, owners, thieves; drawn, then cut into imports. */
  const step = fc.record({
    who: fc.nat(2),
    at: fc.nat((3 * DAY) / 5).map((fifth) => fifth * 5),
    ip: fc.nat(2),
    kind: fc.constantFrom(
      'burst' as const,
      'success' as const,
      'failure' as const,
      'spray' as const,
    ),
  })
  const stories = fc.record({
    steps: fc.array(step, { minLength: 3, maxLength: 9 }),
    shuffle: fc.infiniteStream(fc.nat(1_000)).map((stream) => [...stream.take(400)]),
    pages: fc.integer({ min: 1, max: 6 }),
  })

  function attemptsOf(
    steps: readonly { who: number; at: number; ip: number; kind: string }[],
    round: string,
  ) {
    return steps.flatMap(({ who, at, ip, kind }, number) => {
      const one = (index: number, id: string, over: object = {}) => ({
        id: `${number}-${index}`,
        account: { id },
        at: minute(200_000 + at + index * 0.31),
        ip: `198.18.${ip}.1`,
        outcome: 'failure',
        ...over,
      })
      const me = `${round}-${who}`
      if (kind === 'burst') return times(13, (index) => one(index, me))
      if (kind === 'spray') return times(28, (index) => one(index, `${round}-${index % 16}`))
      return [one(0, me, kind === 'success' ? worked : {})]
    })
  }

  const sourceNo = async (name: string) =>
    (await world.db.attemptSource.findUniqueOrThrow({ where: { name } })).no

  async function judge(round: string, pages: readonly (readonly unknown[])[]) {
    for (const page of pages) await attempts(world, page, round)
    const stored = await world.db.attempt.findMany({
      where: { sourceNo: await sourceNo(round), hostile: true },
      orderBy: { id: 'asc' },
    })
    const raised = await world.db.$queryRaw<{ kind: string }[]>`
      SELECT s.kind, host(s.ip) AS ip, regexp_replace(a.id, '^.*-', '') AS who, s.first_at, s.last_at, s.attempts, s.says
      FROM signal s LEFT JOIN account a ON a.no = s.account_no
      WHERE s.first_at >= ${new Date(START + 190_000 * 60_000)} ORDER BY 1, 2, 3, 4`
    await asOwner(world, 'DELETE FROM attempt')
    await asOwner(world, 'DELETE FROM signal')
    return { hostile: stored.map(({ id }) => id), signals: raised }
  }

  test('never changes what is hostile', async () => {
    await asOwner(world, 'DELETE FROM attempt')
    await asOwner(world, 'DELETE FROM signal')
    await accounts(
      world,
      times(16, (index) => risky(`story-${index}`)),
    )
    await fc.assert(
      fc.asyncProperty(stories, async ({ steps, shuffle, pages }) => {
        const all = attemptsOf(steps, 'story')
        const shuffled = all
          .map((attempt, index) => ({ attempt, key: shuffle[index % shuffle.length] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ attempt }) => attempt)
        const size = Math.ceil(shuffled.length / pages)
        const cut = times(pages, (page) => shuffled.slice(page * size, (page + 1) * size))
        expect(await judge('story', cut)).toEqual(await judge('story', [all]))
      }),
      { numRuns: 15 },
    )
  })
})
