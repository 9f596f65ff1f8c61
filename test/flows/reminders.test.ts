import { lockStandings } from '../../src/accounts/service.js'
import { sendDue } from '../../src/mail/jobs.js'
import { SCHEDULE } from '../../src/mail/reminders/schedule.js'
import { type ReminderDeps, remindDue } from '../../src/mail/reminders/service.js'
import { closedValves, closeValve, openValve } from '../../src/mail/service.js'
import type { Scope } from '../../src/mail/valve.js'
import { openIdle } from '../../src/mail-keeping.js'
import { inTx } from '../../src/platform/db.js'
import { cancelAll, findReset } from '../../src/resets/service.js'
import { abortSweep } from '../../src/sweeps/control/service.js'
import { aMailing, type Mailing, NEVER, tokenIn } from '../support/mailing.js'
import {
  accounts,
  aWorld,
  letWavesGo,
  linesOf,
  noOf,
  planned,
  risky,
  runAll,
  started,
  USD,
  type World,
} from '../support/world.js'

let world: World
let mailing: Mailing
let deps: ReminderDeps
beforeEach(async () => {
  world = await aWorld()
  mailing = await aMailing(world)
  deps = {
    ...world,
    schedule: SCHEDULE,
    secondReviewerAbove: '10000',
    lockAccounts: lockStandings,
    onIdle: openIdle,
  }
})
afterEach(async () => {
  await mailing.close()
  await world.close()
})

const IDS = ['ann', 'ben', 'cleo']

/** Accounts whose resets a finished sweep ordered and mailed. */
async function mailed(over: Record<string, object> = {}): Promise<string> {
  await accounts(
    world,
    IDS.map((id) => risky(id, over[id])),
  )
  const sweepId = await planned(world, { title: 'leak', lists: [linesOf(IDS)] })
  await runAll(world, await started(world, sweepId))
  await letWavesGo(world)
  await sendDue(mailing.deps, NEVER)
  expect(mailing.sink.accepted).toBe(IDS.length)
  return sweepId
}

/** As if everything had happened that much earlier. */
async function later(hours: number): Promise<void> {
  await world.db.$executeRaw`
    UPDATE mail SET accepted_at = accepted_at - make_interval(hours => ${hours}::int),
      body_at = body_at - make_interval(hours => ${hours}::int)`
  await world.db.$executeRaw`
    UPDATE reset SET remind_at = remind_at - make_interval(hours => ${hours}::int)`
}

const remind = () => remindDue(deps)
const reminders = () =>
  world.db.mail.findMany({ where: { purpose: 'reminder' }, orderBy: { no: 'asc' } })
const cases = () => world.db.reviewCase.findMany({ where: { tier: 'reset_idle' } })
const count = (kind: string) => world.db.auditEvent.count({ where: { kind } })

test('who does nothing is reminded after a day and after three, and never again', async () => {
  const sweepId = await mailed()
  expect(await remind()).toMatchObject({ looked: 0 })
  await later(23)
  expect(await remind()).toMatchObject({ looked: 3, reminded: 0 })
  await later(1)
  expect(await remind()).toMatchObject({ reminded: 3 })
  expect((await reminders()).map((mail) => [mail.sweepId, mail.round])).toEqual(
    Array(3).fill([sweepId, 1]),
  )
  await sendDue(mailing.deps, NEVER)
  expect(mailing.sink.accepted).toBe(6)
  await later(47)
  expect(await remind()).toMatchObject({ reminded: 0 })
  await later(1)
  expect(await remind()).toMatchObject({ reminded: 3 })
  await sendDue(mailing.deps, NEVER)
  for (const hours of [24, 48, 72, 500]) {
    await later(hours)
    expect(await remind()).toMatchObject({ reminded: 0 })
  }
  expect(await reminders()).toHaveLength(6)
  expect(await count('mail.reminded')).toBe(6)
})

test('a reminder brings a token of its own, and the one before it stops working', async () => {
  await mailed()
  const terms = { ...world, resetTerms: {} } as never
  const [first] = mailing.sink.messages
  await later(24)
  await remind()
  const before = tokenIn(first!.data)
  await world.db.$executeRaw`UPDATE reset SET token_expires_at = now() + interval '1 hour'`
  expect(await findReset(terms, before)).toBeDefined()
  await sendDue(mailing.deps, NEVER)
  const again = mailing.sink.messages.slice(3).find(({ rcpts }) => rcpts[0] === first!.rcpts[0])
  expect(await findReset(terms, tokenIn(again!.data))).toBeDefined()
  expect(await findReset(terms, before)).toBeUndefined()
})

describe('nobody is reminded', () => {
  const completed = (id: string) =>
    world.db.$executeRaw`
      UPDATE reset SET status = 'completed', completed_at = now()
      FROM account a WHERE a.no = reset.account_no AND a.id = ${id}`
  const withdrawn = async (id: string) => {
    const accountNo = await noOf(world, id)
    await inTx(world.db, (tx) => cancelAll(tx, [accountNo], 'os:test'))
  }
  const locked = async (id: string) => {
    const accountNo = await noOf(world, id)
    await world.db.$executeRaw`UPDATE standing SET locked = true WHERE account_no = ${accountNo}`
  }

  test.each([
    ['who has a new password', completed],
    ['whose reset was withdrawn', withdrawn],
    ['whose account was locked by people', locked],
  ])('%s', async (_who, makeSo) => {
    await mailed()
    await makeSo('ben')
    await later(24)
    expect(await remind()).toMatchObject({ reminded: 2 })
    const ben = await noOf(world, 'ben')
    expect((await reminders()).map(({ accountNo }) => accountNo)).not.toContain(ben)
  })

  test.each([
    ['who has a new password', completed],
    ['whose reset was withdrawn', withdrawn],
  ])('%s by the time it would leave', async (_who, makeSo) => {
    await mailed()
    await later(24)
    await remind()
    await makeSo('ben')
    await sendDue(mailing.deps, NEVER)
    expect((await reminders()).map(({ status }) => status).toSorted()).toEqual([
      'accepted',
      'accepted',
      'withdrawn',
    ])
  })

  test('while the valve is closed, of all, of the sweep or of the lane; then it is made up for once', async () => {
    const sweepId = await mailed()
    await world.db.$executeRaw`
      INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap) VALUES ('shop', 1, 1, 1, 1)`
    await world.db.$executeRaw`UPDATE mail SET lane = 'shop'`
    const turn = (scope: Scope) => ({ reason: 'test', actor: 'os:ana', scope })
    await later(200)
    for (const scope of ['global', `sweep:${sweepId}`, 'lane:shop'] as const) {
      await closeValve(world, turn(scope))
      expect(await remind()).toMatchObject({ reminded: 0 })
      await openValve({ ...world, fourEyes: false }, turn(scope))
      await later(1)
    }
    expect(await closedValves(world.db)).toEqual([])
    expect(await remind()).toMatchObject({ reminded: 3 })
    await sendDue(mailing.deps, NEVER)
    await later(24)
    expect(await remind()).toMatchObject({ reminded: 0 })
  })

  test('whose sweep is paused; once it is aborted, ever, and what was staged is taken back', async () => {
    const sweepId = await mailed()
    const become = (status: string) =>
      world.db.sweep.update({ where: { id: sweepId }, data: { status } })
    await become('paused')
    await later(24)
    expect(await remind()).toMatchObject({ reminded: 0 })
    await become('running')
    await later(1)
    expect(await remind()).toMatchObject({ reminded: 3 })
    await abortSweep(world, sweepId, { actor: 'os:ana', reason: 'wrong list' })
    expect((await reminders()).map(({ status }) => status)).toEqual(Array(3).fill('withdrawn'))
    await later(500)
    expect(await remind()).toMatchObject({ reminded: 0, idle: 0 })
  })

  test('by texts that were not approved with the sweep', async () => {
    await mailed()
    await later(24)
    expect(await remindDue({ ...deps, textRevision: 'mail texts 2' })).toMatchObject({
      reminded: 0,
    })
    await later(1)
    expect(await remind()).toMatchObject({ reminded: 3 })
  })

  test('whose mailbox refused the last one: people have that case already', async () => {
    await mailed()
    await later(24)
    await remind()
    await world.db.$executeRaw`UPDATE mail SET status = 'rejected' WHERE purpose = 'reminder'`
    await later(1_000)
    expect(await remind()).toMatchObject({ looked: 3, reminded: 0, idle: 0 })
    expect(await remind()).toMatchObject({ looked: 0 })
  })
})

test('who stays silent after the last reminder goes to people when much, or who knows how much, is at stake', async () => {
  await mailed({
    ann: { balance: USD('10000.01') },
    ben: { balance: null },
    cleo: { balance: USD('10000') },
  })
  for (const hours of [24, 48]) {
    await later(hours)
    await remind()
    await sendDue(mailing.deps, NEVER)
  }
  await later(71)
  expect(await remind()).toMatchObject({ idle: 0 })
  await later(1)
  expect(await remind()).toMatchObject({ reminded: 0, idle: 3 })
  const asked = [await noOf(world, 'ann'), await noOf(world, 'ben')]
  expect((await cases()).map(({ accountNo }) => accountNo).toSorted()).toEqual(asked.toSorted())
  expect((await cases())[0]).toMatchObject({ because: ['reset_idle'], status: 'open' })
  await later(1_000)
  expect(await remind()).toMatchObject({ looked: 0 })
})

test('of many processes at once each reset is reminded once', async () => {
  await mailed()
  await later(24)
  const turns = await Promise.all(Array.from({ length: 5 }, remind))
  expect(turns.reduce((sum, { reminded }) => sum + reminded, 0)).toBe(3)
  expect(await reminders()).toHaveLength(3)
  expect(await count('mail.reminded')).toBe(3)
})

test('reminding waits for nobody who completes a reset at the same time, and the other way round', async () => {
  await mailed()
  await later(24)
  const completing = IDS.map((id) =>
    inTx(world.db, async (tx) => {
      const accountNo = await noOf(world, id)
      await lockStandings(tx, [accountNo])
      await tx.$executeRaw`
        UPDATE reset SET status = 'completed', completed_at = now() WHERE account_no = ${accountNo} AND status = 'ordered'`
    }),
  )
  const [{ reminded }] = await Promise.all([remind(), ...completing])
  expect(reminded).toBeLessThanOrEqual(3)
  await sendDue(mailing.deps, NEVER)
  const left = await reminders()
  expect(left.every(({ status }) => status === 'withdrawn')).toBe(true)
})
