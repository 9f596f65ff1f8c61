import { forgetOld } from '../../src/housekeeping.js'
import { accounts, asOwner, aWorld, noOf, risky, type World } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await aWorld()
  await accounts(world, [risky('ann')])
  await asOwner(
    world,
    `INSERT INTO staff (id, email, name, roles) VALUES ('stf_a', 'a@b.example', 'A', '{admin}')`,
  )
})
afterAll(() => world.close())

/** Rows of an age in days, each under a key of its own. */
const TABLES: Record<string, (age: number) => string> = {
  session: (age) => `
    INSERT INTO session (token_hash, account_no, epoch, expires_at)
    SELECT decode(md5('${age}'), 'hex'), no, 0, now() - make_interval(days => ${age}) FROM account WHERE id = 'ann'`,
  staff_session: (age) => `
    INSERT INTO staff_session (token_hash, id, staff_id, ip, user_agent, factor, created_at)
    VALUES (decode(md5('${age}'), 'hex'), 'ses_${age}', 'stf_a', '203.0.113.1', '', 'totp', now() - make_interval(days => ${age}))`,
  staff_invitation: (age) => `
    INSERT INTO staff_invitation (token_hash, staff_id, sealed_secret, expires_at, spent_at)
    VALUES (decode(md5('${age}'), 'hex'), 'stf_a', '', now() - make_interval(days => ${age}), now())`,
  sign_in_wait: (age) => `
    INSERT INTO sign_in_wait (key, failures, failed_at, until_at)
    VALUES (decode(md5('${age}'), 'hex'), 1, now() - make_interval(days => ${age}), now() - make_interval(days => ${age}))`,
  rate_limit: (age) =>
    `INSERT INTO rate_limit (caller, full_at) VALUES ('c${age}', now() - make_interval(days => ${age}))`,
}

const left = async (table: string): Promise<number> => {
  const { rows } = await world.pool.query(`SELECT count(*)::int AS n FROM ${table}`)
  return rows[0].n
}

test.each([
  ['session', 31, 29],
  ['staff_session', 91, 89],
  ['staff_invitation', 31, 29],
  ['sign_in_wait', 3, 1],
  ['rate_limit', 2, 0],
])(
  'of %s what is %d days old is forgotten, and what is %d days old is kept',
  async (table, old, young) => {
    await noOf(world, 'ann')
    for (const age of [old, young]) await asOwner(world, TABLES[table]?.(age) ?? '')
    await forgetOld(world)
    expect(await left(table)).toBe(1)
  },
)

test('a turn forgets a bounded number, and says that there is more', async () => {
  for (const age of [50, 51, 52]) await asOwner(world, TABLES.session?.(age) ?? '')
  expect(await forgetOld(world, 2)).toBe(true)
  expect(await left('session')).toBe(1 + 1)
  expect(await forgetOld(world, 2)).toBe(false)
  expect(await left('session')).toBe(1)
})
