import { importAccounts } from '../../src/accounts/import/service.js'
import { copyRows } from '../../src/platform/db.js'
import { accounts, asOwner, aWorld, noOf, risky, rows, USD, type World } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await aWorld()
})
afterAll(() => world.close())

const stored = (id: string) => world.db.account.findUniqueOrThrow({ where: { id } })
/** Straight from the table: the client reads an unknown list as an empty one. */
async function unknowns(id: string) {
  const [row] = await world.db.$queryRaw<{ balance: boolean; factors: boolean }[]>`
    SELECT balance IS NULL AS balance, second_factors IS NULL AS factors FROM account WHERE id = ${id}`
  return row
}

test('new accounts are created, changed ones updated, the same again is unchanged', async () => {
  const first = [risky('c-1'), risky('c-2'), risky('c-3')]
  expect(await accounts(world, first)).toMatchObject({
    received: 3,
    created: 3,
    updated: 0,
    unchanged: 0,
    rejectedCount: 0,
  })
  expect(await accounts(world, first)).toMatchObject({ created: 0, updated: 0, unchanged: 3 })
  const changed = [risky('c-1', { balance: USD('11') }), risky('c-2'), risky('c-4')]
  expect(await accounts(world, changed)).toMatchObject({ created: 1, updated: 1, unchanged: 1 })
  expect((await stored('c-1')).balance?.toString()).toBe('11')
})

test('every import is recorded with its counts', async () => {
  await accounts(world, [risky('rec-1')])
  const event = await world.db.auditEvent.findFirstOrThrow({
    where: { kind: 'account.imported' },
    orderBy: { id: 'desc' },
  })
  expect(event).toMatchObject({
    actor: 'os:test',
    detail: { created: 1, updated: 0, unchanged: 0 },
  })
})

test('what is unknown is stored as unknown, and becomes unknown again when the platform stops knowing', async () => {
  await accounts(world, [
    { id: 'u-1' },
    { id: 'u-2', balance: null, secondFactors: null },
    risky('u-3'),
    { id: 'u-4', secondFactors: [], balance: USD('0') },
  ])
  for (const id of ['u-1', 'u-2'])
    expect(await unknowns(id)).toEqual({ balance: true, factors: true })
  for (const id of ['u-3', 'u-4'])
    expect(await unknowns(id)).toEqual({ balance: false, factors: false })
  await accounts(world, [{ id: 'u-3' }])
  expect(await unknowns('u-3')).toEqual({ balance: true, factors: true })
})

test('a field that is left out keeps its value', async () => {
  const full = risky('keep', {
    status: 'locked',
    wantsLinks: false,
    locale: 'ja',
    name: 'Mara',
    antiPhishingPhrase: 'blue heron',
  })
  await accounts(world, [full])
  expect(await accounts(world, [risky('keep')])).toMatchObject({ updated: 0, unchanged: 1 })
  expect(await stored('keep')).toMatchObject({
    status: 'locked',
    wantsLinks: false,
    locale: 'ja',
    name: 'Mara',
    antiPhishingPhrase: 'blue heron',
  })
  await accounts(world, [risky('keep', { status: 'active', wantsLinks: true })])
  expect(await stored('keep')).toMatchObject({ status: 'active', wantsLinks: true })
})

test('money keeps every digit', async () => {
  await accounts(world, [
    risky('digits', {
      balance: { value: '123456789012345678901234.123456789012345678', currency: 'BTC' },
    }),
  ])
  const [row] = await world.db.$queryRaw<
    { balance: string }[]
  >`SELECT balance::text FROM account WHERE id = 'digits'`
  expect(row?.balance).toBe('123456789012345678901234.123456789012345678')
})

test('rejected accounts are listed with their place and reason; the others are imported', async () => {
  const told = [
    risky('ok-1'),
    risky('bad-1', { balance: USD('-5') }),
    risky('bad-2', { balance: USD('1e9') }),
    risky('bad-3', { address: 'nobody' }),
    null,
    risky('ok-2'),
  ]
  const result = await importAccounts(
    world,
    rows(
      told.map((each) =>
        each && !('address' in each) ? { address: `${each.id}@shop.example`, ...each } : each,
      ),
    ),
    { actor: 'os:test' },
  )
  expect(result).toMatchObject({ received: 6, created: 2, rejectedCount: 4 })
  expect(result.rejected.map(({ index }) => index)).toEqual([2, 3, 4, 5])
  expect(result.rejected[0]?.reason).toMatch(/^balance\.value/)
  expect(await world.db.account.count({ where: { id: { startsWith: 'bad-' } } })).toBe(0)
})

test('an id told twice in one file is one account, as the last line says', async () => {
  const result = await accounts(world, [
    risky('twice', { balance: USD('1') }),
    risky('twice', { balance: USD('2') }),
  ])
  expect(result).toMatchObject({ received: 2, created: 1, updated: 0, unchanged: 1 })
  expect((await stored('twice')).balance?.toString()).toBe('2')
})

test('a file told by two importers at once is imported once', async () => {
  const told = Array.from({ length: 500 }, (_, index) => risky(`at-once-${index}`))
  const results = await Promise.all([accounts(world, told), accounts(world, [...told].reverse())])
  const sum = (field: 'created' | 'unchanged') =>
    results.reduce((total, result) => total + result[field], 0)
  expect([sum('created'), sum('unchanged')]).toEqual([500, 500])
})

test('a password comes in as a hash, and a later import does not put an old one back', async () => {
  await accounts(world, [risky('pw', { password: 'first' })])
  const credential = async () =>
    world.db.credential.findUnique({ where: { accountNo: await noOf(world, 'pw') } })
  expect((await credential())?.passwordHash).toBe('hash of first')
  await asOwner(
    world,
    "UPDATE credential SET password_hash = 'chosen since' WHERE account_no = (SELECT no FROM account WHERE id = 'pw')",
  )
  await accounts(world, [risky('pw', { password: 'first' })])
  expect((await credential())?.passwordHash).toBe('chosen since')
})

test('texts that mean something to COPY are stored as they are', async () => {
  const name = '\\N \\. "quoted", {braces} \\\\ é 💥'
  const secondFactors = ['to"tp', 'a\\b', 'x,y', '{z}', 'NULL']
  await accounts(world, [risky('odd-\\N', { address: 'odd@shop.example', name, secondFactors })])
  expect(await stored('odd-\\N')).toMatchObject({ name, secondFactors })
})

test('an import that ends in the middle keeps whole pages and leaves nothing half', async () => {
  const broken = async function* () {
    for (let index = 1; index <= 25_000; index += 1)
      yield { index, json: { id: `half-${index}`, address: `half-${index}@shop.example` } }
    throw new Error('the disk went away')
  }
  await expect(importAccounts(world, broken(), { actor: 'os:test' })).rejects.toThrow(
    'the disk went away',
  )
  expect(await world.db.account.count({ where: { id: { startsWith: 'half-' } } })).toBe(20_000)
  expect(await accounts(world, [risky('after-half')])).toMatchObject({ created: 1 })
})

test('fifty thousand accounts take no more memory than one page of them', async () => {
  const many = async function* (count: number) {
    for (let index = 1; index <= count; index += 1)
      yield {
        index,
        json: { id: `many-${index}`, address: `many-${index}@shop.example`, balance: USD('1') },
      }
  }
  await importAccounts(world, many(20_000), { actor: 'os:test' })
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().heapUsed)
  }, 5)
  const before = process.memoryUsage().heapUsed
  const seen: number[] = []
  const onProgress = (received: number) => seen.push(received)
  const result = await importAccounts(world, many(50_000), { actor: 'os:test', onProgress })
  clearInterval(watch)
  expect(result).toMatchObject({ received: 50_000, created: 30_000, unchanged: 20_000 })
  expect(seen.at(-1)).toBe(50_000)
  expect((most - before) / 2 ** 20).toBeLessThan(150)
})

describe('COPY', () => {
  const into = { table: 'rejection', columns: ['list_id', 'line', 'batch', 'raw', 'reason'] }
  const row = (line: number, raw: string) => ['lst', line, 1, raw, 'x'] as const

  test('a row that the database refuses fails the whole page, at once, and the connection is not spoilt', async () => {
    const many = function* () {
      for (let line = 0; line < 200_000; line += 1)
        yield row(line, line === 10 ? 'nul \0' : 'x'.repeat(80))
    }
    await expect(copyRows(world.pool, into, many())).rejects.toThrow(/0x00|invalid byte/)
    const held = await Promise.all(
      Array.from({ length: 12 }, () => world.pool.query('SELECT 1 AS one')),
    )
    expect(held.every(({ rows: [first] }) => first.one === 1)).toBe(true)
    expect(await copyRows(world.pool, into, [row(1, 'fine')])).toBe(1)
  })

  test('rows that stop in the middle leave nothing, and the connection is not spoilt', async () => {
    const broken = function* () {
      for (let line = 0; line < 10_000; line += 1) yield row(line, 'half a page')
      throw new Error('the reader broke')
    }
    for (let times = 0; times < 15; times += 1)
      await expect(copyRows(world.pool, into, broken())).rejects.toThrow('the reader broke')
    const [count] = await world.db.$queryRaw<
      { rows: number }[]
    >`SELECT count(*)::int AS rows FROM rejection WHERE raw = 'half a page'`
    expect(count?.rows).toBe(0)
    expect(await copyRows(world.pool, into, [row(1, 'fine')])).toBe(1)
  })
})
