import { decideCase } from '../../src/cases/deciding/service.js'
import { claimCase } from '../../src/cases/service.js'
import { incidentFunnel } from '../../src/mail/funnel/service.js'
import { sendDue } from '../../src/mail/jobs.js'
import { createCipher } from '../../src/platform/cipher.js'
import { inTx } from '../../src/platform/db.js'
import { completeReset, DEFAULT_TERMS } from '../../src/resets/service.js'
import { overviewOf } from '../../src/sweeps/overview/service.js'
import { watchOnce } from '../../src/sweeps/watch/service.js'
import { aMailing, type Mailing, NEVER, tokenIn } from '../support/mailing.js'
import {
  accounts,
  aWorld,
  hostile,
  letWavesGo,
  linesOf,
  noOf,
  planned,
  risky,
  runAll,
  safe,
  started,
  type World,
} from '../support/world.js'

let world: World
let mailing: Mailing
let incidentId: string
beforeAll(async () => {
  world = await aWorld()
  mailing = await aMailing(world, {
    behave: (_message, rcpt) =>
      rcpt?.startsWith('lost') ? { at: 'dot', answer: 'drop' } : undefined,
  })
  await accounts(world, [
    risky('done', { locale: 'en' }),
    risky('tried', { locale: 'en' }),
    risky('silent', { locale: 'ja' }),
    risky('lost', { locale: 'ja' }),
    risky('gone'),
  ])
  const [first, second] = ['done tried', 'tried silent lost gone'].map((ids) =>
    ids
      .split(' ')
      .map((id) => `${id}@shop.example\n`)
      .join(''),
  )
  const sweepId = await planned(world, {
    title: 'leak',
    lists: [
      { text: first!, name: 'first.txt' },
      { text: second!, name: 'second.txt' },
    ],
  })
  await runAll(world, await started(world, sweepId))
  await letWavesGo(world)
  await world.pool.query(
    `INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap)
     VALUES ('gmail', 1e5, 1e5, 20, 20), ('yahoo', 1e5, 1e5, 20, 20)`,
  )
  await world.db
    .$executeRaw`UPDATE mail SET lane = CASE WHEN recipient LIKE 'done%' THEN 'gmail' ELSE 'yahoo' END`
  await sendDue(mailing.deps, NEVER)
  incidentId = (await world.db.sweep.findUniqueOrThrow({ where: { id: sweepId } })).incidentId
})
afterAll(async () => {
  await mailing.close()
  await world.close()
})

const steps = async () => (await incidentFunnel(world, incidentId)).total
const tokenOf = (id: string) =>
  mailing.sink.messages
    .filter(({ rcpts }) => rcpts[0]?.startsWith(`${id}@`))
    .map(({ data }) => tokenIn(data))
    .find((token) => token !== '') ?? ''
const choose = (id: string, password: string) =>
  completeReset(
    { ...world, cipher: createCipher(Buffer.alloc(32, 7)), resetTerms: DEFAULT_TERMS },
    { token: tokenOf(id), password },
  )

test('all were ordered; accepted are those a server took for sure', async () => {
  expect(await steps()).toMatchObject({ ordered: 5, accepted: 4, opened: 0, completed: 0, idle: 0 })
})

test('looking at the page counts for nothing; sending its form does, whatever comes of it', async () => {
  await expect(choose('tried', 'short')).rejects.toMatchObject({ code: 'password_refused' })
  expect(await steps()).toMatchObject({ opened: 1, completed: 0 })
  await choose('done', 'a long and unusual sentence 7')
  expect(await steps()).toMatchObject({ opened: 2, completed: 1 })
})

test('idle is who was mailed, and did nothing for as long as after the last reminder', async () => {
  await world.db.$executeRaw`UPDATE mail SET accepted_at = accepted_at - interval '71 hours'`
  expect(await steps()).toMatchObject({ idle: 0 })
  await world.db.$executeRaw`UPDATE mail SET accepted_at = accepted_at - interval '1 hour'`
  expect(await steps()).toMatchObject({ idle: 3 }) // tried, silent, gone: not who is done, nor who was not reached
})

test('a withdrawn reset is neither idle nor completed', async () => {
  await world.db.$executeRaw`
    UPDATE reset SET status = 'cancelled' FROM account a WHERE a.no = reset.account_no AND a.id = 'gone'`
  expect(await steps()).toMatchObject({ ordered: 5, idle: 2, withdrawn: 1 })
})

test('each cut holds every account; one in two batches counts in both', async () => {
  const { batches, lanes, locales } = await incidentFunnel(world, incidentId)
  expect(lanes.map(({ key, ordered, completed }) => [key, ordered, completed])).toEqual([
    ['yahoo', 4, 0],
    ['gmail', 1, 1],
  ])
  expect(locales.map(({ key, ordered, idle }) => [key, ordered, idle])).toEqual([
    ['en', 2, 1],
    ['ja', 2, 1],
    [null, 1, 0],
  ])
  expect(batches.map(({ ordered, opened }) => [ordered, opened])).toEqual([
    [4, 1],
    [2, 2],
  ])
})

test('an account is one account, however often its reset was ordered and mailed', async () => {
  await inTx(
    world.db,
    (tx) => tx.$executeRaw`
    INSERT INTO reset (account_no, sweep_id, epoch, status)
    SELECT account_no, 'watch:' || sweep_id, 2, 'cancelled' FROM reset`,
  )
  expect(await steps()).toMatchObject({ ordered: 5, completed: 1, withdrawn: 1 })
})

test('an incident without resets is a funnel of zeros; without an incident there is none', async () => {
  await world.db.incident.create({
    data: {
      id: 'inc_empty',
      title: 'x',
      kind: 'addresses_exposed',
      occurredAt: new Date(),
      detectedAt: new Date(),
    },
  })
  const { total, batches } = await incidentFunnel(world, 'inc_empty')
  expect({ ...total }).toMatchObject({ ordered: 0, accepted: 0, idle: 0 })
  expect(batches).toEqual([])
  await expect(incidentFunnel(world, 'inc_none')).rejects.toMatchObject({
    code: 'incident_not_found',
  })
})

test('an incident counts what its sweep, its watch and its reviewers did, each account once', async () => {
  const ids = ['by-sweep', 'by-watch', 'by-reviewer', 'locked', 'untouched']
  await accounts(world, [risky('by-sweep'), ...ids.slice(1).map((id) => safe(id))])
  for (const id of ['by-reviewer', 'locked']) await hostile(world, id)
  const sweepId = await planned(world, { title: 'three ways', lists: [linesOf(ids)] })
  await runAll(world, await started(world, sweepId))
  const { incidentId: id } = await world.db.sweep.findUniqueOrThrow({ where: { id: sweepId } })
  const glance = async () => (await inTx(world.db, (tx) => overviewOf(tx, id))).funnel
  expect(await glance()).toMatchObject({ exposed: 5, matched: 5, held: 1, ordered: 1, mailed: 0 })

  await hostile(world, 'by-watch', { at: new Date(), succeeded: true })
  await world.db
    .$executeRaw`INSERT INTO reassessment (account_no, because) VALUES (${await noOf(world, 'by-watch')}, 'hostile_attempt')`
  await watchOnce(world)
  await decide('by-reviewer', 'reset')
  await decide('locked', 'lock')
  expect(await glance()).toMatchObject({ held: 4, ordered: 3, mailed: 0, completed: 0 })

  await letWavesGo(world)
  await world.db.$executeRaw`UPDATE mail SET lane = 'gmail' WHERE lane IS NULL`
  await sendDue(mailing.deps, NEVER)
  await choose('by-watch', 'a long and unusual sentence 7')
  await choose('by-reviewer', 'a long and unusual sentence 8')
  const seen = await glance()
  expect(seen).toMatchObject({ held: 4, ordered: 3, mailed: 3, opened: 2, completed: 2 })
  const { ordered, accepted: mailed, opened, completed } = (await incidentFunnel(world, id)).total
  expect(seen).toMatchObject({ ordered, mailed, opened, completed })
})

async function decide(account: string, decision: 'reset' | 'lock') {
  const accountNo = await noOf(world, account)
  const { id: caseId } = await world.db.reviewCase.findFirstOrThrow({ where: { accountNo } })
  const { fence } = await claimCase(world, caseId, 'ana')
  const deps = { ...world, resetTerms: { holdHours: 24 }, secondReviewerAbove: '10000' }
  const decided = { decision, reason: 'owner_confirmed' as const, note: null }
  await decideCase(deps, { caseId, reviewer: 'ana', fence }, decided)
}
