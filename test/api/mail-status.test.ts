import { foldTally } from '../../src/mail/status/service.js'
import { stagedMails } from '../support/mailing.js'
import { type Browser, type StaffServer, startStaff } from '../support/staff.js'

let server: StaffServer
let ana: Browser
beforeAll(async () => {
  server = await startStaff()
  ana = await server.signedIn(['approver'])
})
afterAll(() => server.close())

const status = async () => (await ana.ask('GET', '/v1/mail')).body

/** What the table itself says, which the tally must never differ from. */
async function counted() {
  const rows = await server.world.db.$queryRaw<
    { purpose: string; status: string; mails: number }[]
  >`
    SELECT purpose, status, count(*)::int AS mails FROM mail GROUP BY 1, 2 ORDER BY 1, 2`
  return rows.map((row) => ({ ...row }))
}

test('a lane shows its limits, what waits in it and how long that takes', async () => {
  await stagedMails(server.world.db, 30, 'gmail')
  await server.world.db.$executeRaw`
    UPDATE mail_lane SET rate = 0.5, rate_cap = 20, connections = 2, connections_cap = 10 WHERE lane = 'gmail'`
  await server.world.db.$executeRaw`
    UPDATE mail SET status = 'accepted' WHERE lane = 'gmail' AND no IN (SELECT no FROM mail WHERE lane = 'gmail' LIMIT 10)`
  await server.world.db.$executeRaw`
    UPDATE mail SET wave = NULL WHERE no IN (SELECT no FROM mail WHERE lane = 'gmail' AND status = 'staged' LIMIT 5)`
  const { lanes, secondsLeft } = await status()
  expect(lanes).toEqual([
    {
      lane: 'gmail',
      rate: 0.5,
      rateCap: 20,
      connections: 2,
      connectionsCap: 10,
      isPaused: false,
      pausedUntil: null,
      pauseReason: null,
      waiting: 15,
      held: 5,
      sending: 0,
      accepted: 10,
      secondsLeft: 40,
    },
  ])
  expect(secondsLeft).toBe(40)
})

test('a paused lane says until when and why, and its pause counts', async () => {
  await server.world.db.$executeRaw`
    UPDATE mail_lane SET paused_until = now() + interval '10 minutes', pause_reason = 'too many' WHERE lane = 'gmail'`
  const [lane] = (await status()).lanes
  expect(lane).toMatchObject({ isPaused: true, pauseReason: 'too many' })
  expect(Date.parse(lane.pausedUntil)).toBeGreaterThan(Date.now() + 500_000)
  expect(lane.secondsLeft).toBeGreaterThan(600)
  await server.world.db
    .$executeRaw`UPDATE mail_lane SET paused_until = 'infinity' WHERE lane = 'gmail'`
  const { lanes, secondsLeft } = await status()
  expect(lanes[0]).toMatchObject({ isPaused: true, pausedUntil: null, secondsLeft: null })
  expect(secondsLeft).toBeNull()
})

test('mail whose lane is not known yet is a line of its own', async () => {
  await stagedMails(server.world.db, 3)
  expect((await status()).lanes).toContainEqual(
    expect.objectContaining({ lane: null, waiting: 3, rate: null, secondsLeft: null }),
  )
})

test('whatever becomes of mails, the counts are those of the table, folded or not', async () => {
  const { db } = server.world
  const sweepId = await stagedMails(db, 100, 'yahoo')
  const steps = [
    db.$executeRaw`UPDATE mail SET status = 'sending' WHERE sweep_id = ${sweepId}`,
    db.$executeRaw`UPDATE mail SET status = 'accepted' WHERE sweep_id = ${sweepId} AND no % 3 = 0`,
    db.$executeRaw`UPDATE mail SET status = 'unknown', lane = 'other' WHERE sweep_id = ${sweepId} AND no % 3 = 1`,
    db.$executeRaw`UPDATE mail SET attempts = attempts + 1 WHERE sweep_id = ${sweepId}`,
  ]
  for (const step of steps) {
    await step
    expect((await status()).counts).toEqual(await counted())
  }
  expect(await foldTally({ db })).toBeGreaterThan(0)
  expect((await status()).counts).toEqual(await counted())
  expect(await foldTally({ db })).toBe(0)
})

test('many who change and fold at once lose and add nothing', async () => {
  const { db } = server.world
  const sweeps = await Promise.all(Array.from({ length: 6 }, () => stagedMails(db, 40, 'busy')))
  await Promise.all([
    ...sweeps.map(
      (id) => db.$executeRaw`UPDATE mail SET status = 'accepted' WHERE sweep_id = ${id}`,
    ),
    ...Array.from({ length: 6 }, () => foldTally({ db })),
  ])
  await foldTally({ db })
  expect((await status()).counts).toEqual(await counted())
})

test('a change that is rolled back was never counted', async () => {
  const { db } = server.world
  const before = (await status()).counts
  await db
    .$transaction(async (tx) => {
      await tx.$executeRaw`UPDATE mail SET status = 'withdrawn'`
      throw new Error('no')
    })
    .catch(() => undefined)
  expect((await status()).counts).toEqual(before)
})
