import { inventMonth } from '../../scripts/bench/month/month.js'
import { accounts, attempts, aWorld, type World } from '../support/world.js'

// The innocent part of the benchmark's month, small: homes, carriers, offices on Mondays, travellers,
// people who forget, a password manager that was not told.

const PEOPLE = 150
const SEED = 7
const WEEK = 7 * 86_400_000
/** Whole weeks apart everything falls into the same windows, whenever the test runs. */
const LAST_MONDAY = Math.floor((Date.now() - 4 * 86_400_000) / WEEK) * WEEK + 4 * 86_400_000

let world: World
let learnedAt: number
const month = inventMonth({ accounts: PEOPLE, seed: SEED, now: new Date(LAST_MONDAY) })
const innocents = month.attempts.filter(({ label }) => label === undefined)

beforeAll(async () => {
  world = await aWorld()
  learnedAt = month.learnedAt
  await accounts(
    world,
    Array.from({ length: 2 * PEOPLE }, (_, no) => ({ id: `p-${no}` })),
  )
})
afterAll(() => world.close())

/** The month as so many people further on live it, at the same addresses, a moment later. */
const livedBy = (further: number) =>
  innocents.map(({ account, at, ip, succeeded, userAgent, device }, no) => ({
    id: `${no}+${further}`,
    account: { id: `p-${account + further}` },
    at: new Date(at + further * 20).toISOString(),
    ip,
    outcome: succeeded ? 'success' : 'failure',
    userAgent,
    ...(device && { device: `${device}+${further}` }),
  }))

const blamed = () =>
  world.db.attempt.count({ where: { hostile: true, at: { gte: new Date(learnedAt) } } })
const raised = () => world.db.signal.count({ where: { firstAt: { gte: new Date(learnedAt) } } })

test('a month of innocent logins raises nothing once the platform knows its people', async () => {
  await attempts(world, livedBy(0))
  expect(innocents.filter(({ succeeded }) => !succeeded).length).toBeGreaterThan(300)
  expect([await blamed(), await raised()]).toEqual([0, 0])
})

test('nor do twice as many people at the same addresses', async () => {
  await attempts(world, livedBy(PEOPLE))
  expect([await blamed(), await raised()]).toEqual([0, 0])
})
