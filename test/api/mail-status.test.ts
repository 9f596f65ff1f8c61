import { foldTally } from '../../src/mail/status/service.js'
import { stagedMails } from '../support/mailing.js'
import { type Browser, type StaffServer, startStaff } from '../support/staff.js'
import { accounts, asOwner, linesOf, planned, risky } from '../support/world.js'

let server: StaffServer
let ana: Browser
beforeAll(async () => {
  server = await startStaff()
  ana = await server.signedIn(['approver'])
})
afterAll(() => server.close())

const status = async () => (await ana.ask('GET', '/v1/mail')).body

const first = async <T>(rows: Promise<unknown>) => ((await rows) as T[])[0] as T

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
      deferred: null,
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

test('a sweep stays listed while nobody knows what became of its mail', async () => {
  const { db } = server.world
  await accounts(server.world, [risky('lost')])
  const sweepId = await planned(server.world, { title: 'lost', lists: [linesOf(['lost'])] })
  const key = await stagedMails(db, 2)
  const listed = async () => {
    const { sweeps } = await status()
    return sweeps.find((sweep: { sweepId: string }) => sweep.sweepId === sweepId)
  }
  await db.$executeRaw`UPDATE mail SET sweep_id = ${sweepId}, status = 'unknown' WHERE sweep_id = ${key}`
  expect(await listed()).toMatchObject({ waiting: 0, unknown: 2 })
  await db.$executeRaw`UPDATE mail SET status = 'accepted' WHERE sweep_id = ${sweepId}`
  expect(await listed()).toBeUndefined()
})

test('a lane says how much was put off, until when and with which words of its server', async () => {
  const { db } = server.world
  const key = await stagedMails(db, 6, 'slow')
  const { readAt } = await first<{ readAt: Date }>(db.$queryRaw`SELECT now() AS "readAt"`)
  await db.$executeRaw`
    UPDATE mail SET attempts = 1, reply = CASE WHEN n <= 3 THEN '421 4.7.0 Too many connections' ELSE '452 4.2.2 Mailbox full' END,
      not_before = ${readAt}::timestamptz + make_interval(mins => n)
    FROM (SELECT no, row_number() OVER (ORDER BY no)::int AS n FROM mail WHERE sweep_id = ${key}) ranked
    WHERE mail.no = ranked.no AND n <= 5`
  const slow = async () =>
    (await status()).lanes.find(({ lane }: { lane: string }) => lane === 'slow')
  const after = (minutes: number) => new Date(readAt.getTime() + minutes * 60_000).toISOString()
  expect((await slow()).deferred).toEqual({
    mails: 5,
    nextAt: after(1),
    untilAt: after(5),
    said: [
      {
        means: 'throttle_lane',
        mails: 3,
        untilAt: after(3),
        says: '421 4.7.0 Too many connections',
      },
      { means: 'mailbox_full', mails: 2, untilAt: after(5), says: '452 4.2.2 Mailbox full' },
    ],
  })
  await db.$executeRaw`UPDATE mail SET not_before = now() WHERE sweep_id = ${key}`
  expect(await slow()).toMatchObject({ waiting: 6, deferred: null })
  await db.$executeRaw`UPDATE mail SET status = 'accepted' WHERE sweep_id = ${key}`
})

test('a sweep says how many seed mailboxes it has, and what each wave arrived as', async () => {
  const { db } = server.world
  await accounts(server.world, [risky('seeded')])
  const sweepId = await planned(server.world, { title: 'seeds', lists: [linesOf(['seeded'])] })
  const key = await stagedMails(db, 2)
  await db.$executeRaw`UPDATE mail SET sweep_id = ${sweepId} WHERE sweep_id = ${key}`
  const seen = async () => {
    const { sweeps } = await status()
    return sweeps.find((sweep: { sweepId: string }) => sweep.sweepId === sweepId)
  }
  await asOwner(server.world, `DELETE FROM mail_run WHERE sweep_id = '${sweepId}'`)
  expect(await seen()).toMatchObject({ seedMailboxes: null, waves: [] })
  await db.$executeRaw`
    INSERT INTO mail_run (sweep_id, policy, seeds, planned, mail_revision)
    VALUES (${sweepId}, '{}', '{}', 2, 'r')`
  expect(await seen()).toMatchObject({ seedMailboxes: 0 })
  await db.$executeRaw`
    UPDATE mail_run SET seeds = '{one@seed.example,two@seed.example,three@seed.example,four@seed.example}'
    WHERE sweep_id = ${sweepId}`
  await db.$executeRaw`
    INSERT INTO mail_wave (sweep_id, no, first_no, last_no, mails) VALUES (${sweepId}, 0, 1, 1, 1), (${sweepId}, 1, 2, 2, 1)`
  await db.$executeRaw`
    INSERT INTO mail_seed (sweep_id, wave, recipient, purpose, locale, status)
    SELECT ${sweepId}, 0, name || '@seed.example', 'reset', 'en', CASE name WHEN 'four' THEN 'rejected' ELSE 'accepted' END
    FROM unnest('{one,two,three,four}'::text[]) AS name`
  await db.$executeRaw`
    INSERT INTO mail_seed_copy (seed_id, ok, problem)
    SELECT id, recipient LIKE 'one%', CASE WHEN recipient LIKE 'two%' THEN 'foreign_link' END FROM mail_seed
    WHERE sweep_id = ${sweepId} AND recipient ~ '^(one|two)@'`
  const { seedMailboxes, waves } = await seen()
  expect(seedMailboxes).toBe(4)
  expect(waves.map(({ seeds }: { seeds: object }) => seeds)).toEqual([
    { waiting: 1, good: 1, bad: 2, problem: 'foreign_link' },
    { waiting: 0, good: 0, bad: 0, problem: null },
  ])
  expect(JSON.stringify(await status())).not.toContain('seed.example')
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
