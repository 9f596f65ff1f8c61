import { closeValve } from '../../src/mail/service.js'
import { cordonHere } from '../support/cli-here.js'
import { stagedMails } from '../support/mailing.js'
import { aFolder } from '../support/processes.js'
import {
  accounts,
  aWorld,
  letWavesGo,
  linesOf,
  planned,
  risky,
  runAll,
  started,
  type World,
} from '../support/world.js'

let world: World
let env: Record<string, string>
const folder = aFolder()
let sweepId: string
beforeAll(async () => {
  world = await aWorld()
  env = {
    CORDON_DATA_DIR: folder.path,
    DATABASE_URL: world.url,
    FOUR_EYES: 'off',
    LOG_LEVEL: 'silent',
  }
  await accounts(world, [risky('ann', { locale: 'ja' }), risky('ben')])
  sweepId = await planned(world, { title: 'leak', lists: [linesOf(['ann', 'ben'])] })
  await runAll(world, await started(world, sweepId))
  await letWavesGo(world)
})
afterAll(async () => {
  await world.close()
  folder.remove()
})

const cordon = (...args: string[]) => cordonHere(args, env)
const json = async (...args: string[]) => JSON.parse((await cordon(...args, '--json')).out)

test('status says what waits, in which lane and sweep, and that it goes nowhere', async () => {
  await stagedMails(world.db, 3, 'gmail')
  const { code, out } = await cordon('mail', 'status')
  expect(code).toBe(0)
  expect(out).toMatch(/gmail +1,000,000 +1,000,000 +3 +0 +0 +0 +1 s/)
  expect(out).toMatch(new RegExp(`${sweepId} +finished +2 +0 +0 +0`))
  expect(out).toContain('delivers nowhere')
  const told = await json('mail', 'status')
  expect(told).toMatchObject({ valve: { state: 'open' }, closed: [] })
  expect(told.sweeps).toMatchObject([{ sweepId, waiting: 2 }])
})

test('the waves of a sweep are told where mail goes in waves', async () => {
  expect((await cordon('mail', 'status')).out).toContain('canary of 2 leaving')
  expect((await json('mail', 'status')).sweeps[0].waves).toMatchObject([{ no: 0, endedAt: null }])
})

test('a sweep’s valve is closed and opened at the shell, and shown while it is closed', async () => {
  expect((await cordon('mail', 'valve')).out).toContain('Every valve is open')
  const closed = await json(
    'mail',
    'valve',
    'close',
    '--sweep',
    sweepId,
    '--reason',
    'a wrong word',
  )
  expect(closed).toMatchObject({
    scope: `sweep:${sweepId}`,
    state: 'closed',
    reason: 'a wrong word',
  })
  expect((await cordon('mail', 'valve')).out).toContain(`The valve of sweep:${sweepId} is closed`)
  expect((await cordon('mail', 'status')).out).toContain(`sweep:${sweepId}`)
  expect(await json('mail', 'valve', 'open', '--sweep', sweepId, '--reason', 'read')).toMatchObject(
    {
      state: 'open',
    },
  )
  expect(await json('mail', 'valve')).toEqual([])
})

test.each([
  [['valve', 'close', '--sweep', 'a', '--lane', 'b', '--reason', 'x'], 'not both'],
  [['valve', 'close', '--lane', 'nowhere', '--reason', 'x'], 'no lane nowhere'],
  [['retry-unknown', '--reason', 'x'], '--sweep ID, or --mail ID'],
  [['retry-unknown', '--sweep', 'nowhere', '--reason', 'x'], 'no sweep nowhere'],
  [['funnel', 'inc_none'], 'no incident inc_none'],
])('mail %j is refused in words', async (args, words) => {
  const { code, err } = await cordon('mail', ...args)
  expect(code).toBe(2)
  expect(err).toContain(words)
})

test('unknown mail is staged again, once', async () => {
  await world.db.$executeRaw`UPDATE mail SET status = 'unknown' WHERE sweep_id = ${sweepId}`
  const retry = () => json('mail', 'retry-unknown', '--sweep', sweepId, '--reason', 'crash')
  expect(await retry()).toEqual({ staged: 2 })
  expect(await retry()).toEqual({ staged: 0 })
})

test('the funnel is drawn, and told by locale', async () => {
  const { incidentId } = await world.db.sweep.findUniqueOrThrow({ where: { id: sweepId } })
  const { out } = await cordon('mail', 'funnel', incidentId)
  expect(out).toMatch(/ordered +2 +█{40}/)
  expect(out).toMatch(/ja +1 +0 +0 +0 +0 +0/)
  expect(await json('mail', 'funnel', incidentId)).toMatchObject({
    total: { ordered: 2, accepted: 0 },
  })
})

test('nothing leaves while the valve is closed, and status says so', async () => {
  await closeValve(world, { reason: 'stop', actor: 'os:ana' })
  expect((await cordon('mail', 'status')).out).toContain('Nothing leaves while the valve is closed')
})
