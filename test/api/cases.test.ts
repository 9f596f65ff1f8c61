import { type Browser, type StaffServer, startStaff } from '../support/staff.js'
import {
  accounts,
  hostile,
  linesOf,
  planned,
  risky,
  runAll,
  started,
  USD,
} from '../support/world.js'

let server: StaffServer
let rita: Browser
let ray: Browser
beforeAll(async () => {
  server = await startStaff(undefined, { pace: { perSecond: 10_000, burst: 10_000 } })
  rita = await server.signedIn(['reviewer'])
  ray = await server.signedIn(['reviewer'])
  const { world } = server
  const ids = Array.from({ length: 40 }, (_, at) => `acc${at}`)
  await accounts(
    world,
    ids.map((id, at) => risky(id, { balance: at === 0 ? null : USD(String(at * 10)) })),
  )
  for (const id of ids) await hostile(world, id, { times: 2 })
  const scene = { title: 'cases', lists: [linesOf(ids)] }
  await runAll(world, await started(world, await planned(world, scene)))
})
afterAll(() => server.close())

const claimed = async (by: Browser) => (await by.ask('POST', '/v1/cases/claim-next')).body
const audited = async (id: string) =>
  (
    await server.world.db.auditEvent.findMany({
      where: { subject: `case:${id}` },
      orderBy: { id: 'asc' },
    })
  ).map(({ kind }) => kind)
const runOut = (id: string) =>
  server.world.db.$executeRaw`UPDATE review_case SET lease_until = now() WHERE id = ${id}`

test('the queue is read page by page in its own order, and shows no balance', async () => {
  const seen: { id: string; value: string }[] = []
  let next: string | null = ''
  while (next !== null) {
    const { body } = await rita.ask('GET', `/v1/cases?take=7${next ? `&cursor=${next}` : ''}`)
    seen.push(...body.items)
    next = body.next
  }
  expect(new Set(seen.map(({ id }) => id)).size).toBe(40)
  expect(seen[0]).toMatchObject({
    account: 'acc0',
    value: 'unknown',
    tier: 'attacked',
    due: 'in_time',
  })
  expect(seen.slice(1).map((each) => (each as unknown as { account: string }).account)).toEqual(
    Array.from({ length: 39 }, (_, at) => `acc${39 - at}`),
  )
  expect(JSON.stringify(seen)).not.toContain('390')
})

test('a case shows what is needed to decide it, and that somebody looked', async () => {
  const { body } = await rita.ask('GET', '/v1/cases?take=1')
  const { id } = body.items[0]
  const answer = await rita.ask('GET', `/v1/cases/${id}`)
  expect(answer.body).toMatchObject({
    id,
    account: 'acc0',
    attempts: [{ hostile: true, ip: '203.0.113.66' }, { hostile: true }],
    standing: { passwordUsable: false, valueHeld: true },
  })
  expect(answer.body.cluster).toHaveLength(39)
  expect(answer.body.cluster[0]).toMatchObject({ status: 'open', attempts: 2 })
  expect(answer.body.history.map(({ kind }: { kind: string }) => kind)).toContain('reset.ordered')
  expect(await audited(id)).toContain('case.viewed')
})

test('a claim is decided under its fence, with a word about it', async () => {
  const { case: mine, fence } = await claimed(rita)
  expect(mine).toMatchObject({ status: 'claimed', claimedBy: `staff:${rita.id}` })
  const said = await rita.ask('POST', `/v1/cases/${mine.id}/comments`, { says: 'Called her.' })
  expect(said.status).toBe(201)
  const decided = await rita.ask('POST', `/v1/cases/${mine.id}/decision`, {
    fence,
    decision: 'keep_reset',
    reason: 'owner_confirmed',
  })
  expect(decided.body).toMatchObject({ status: 'decided', decidedBy: `staff:${rita.id}` })
  const { body } = await rita.ask('GET', `/v1/cases/${mine.id}`)
  expect(body.comments).toMatchObject([{ author: `staff:${rita.id}`, says: 'Called her.' }])
  expect(await audited(mine.id)).toEqual(
    expect.arrayContaining(['case.claimed', 'case.commented', 'case.decided']),
  )
  const rows = await server.world.db.auditEvent.findMany({ where: { kind: 'case.commented' } })
  expect(JSON.stringify(rows, (_, value) => String(value))).not.toContain('Called')
})

test('whoever’s lease ran out decides nothing, and is told so', async () => {
  const { case: mine, fence } = await claimed(rita)
  await runOut(mine.id)
  const theirs = await ray.ask('POST', `/v1/cases/${mine.id}/claim`)
  expect(theirs.body.fence).toBe(fence + 1)
  const decision = { fence, decision: 'lock', reason: 'attack_succeeded' }
  const late = await rita.ask('POST', `/v1/cases/${mine.id}/decision`, decision)
  expect([late.status, late.body.type]).toEqual([409, 'urn:cordon:problem:lease_lost'])
  expect((await rita.ask('POST', `/v1/cases/${mine.id}/heartbeat`, { fence })).status).toBe(409)
  expect(
    (await ray.ask('POST', `/v1/cases/${mine.id}/heartbeat`, { fence: fence + 1 })).status,
  ).toBe(200)
  expect(await server.world.db.reviewCase.count({ where: { decision: 'lock' } })).toBe(0)
  const back = await ray.ask('POST', `/v1/cases/${mine.id}/release`, { fence: fence + 1 })
  expect(back.body).toMatchObject({ status: 'open', claimedBy: null })
})

test('of 50 parallel claims of one case exactly one wins', async () => {
  const { body } = await rita.ask('GET', '/v1/cases?take=1')
  const { id } = body.items[0]
  const claims = async () => (await audited(id)).filter((kind) => kind === 'case.claimed').length
  const before = await claims()
  const people = Array.from({ length: 50 }, (_, at) => (at % 2 ? rita : ray))
  const answers = await Promise.all(people.map((by) => by.ask('POST', `/v1/cases/${id}/claim`)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(49)
  expect(await claims()).toBe(before + 1)
})

test('50 who ask for the next case at once never get the same one', async () => {
  const people = Array.from({ length: 50 }, (_, at) => (at % 2 ? rita : ray))
  const answers = await Promise.all(people.map((by) => by.ask('POST', '/v1/cases/claim-next')))
  const ids = answers.flatMap(({ status, body }) => (status === 200 ? [body.case.id] : []))
  expect(new Set(ids).size).toBe(ids.length)
  expect(answers.filter(({ status }) => status === 204).length).toBe(50 - ids.length)
  await server.world.db.$executeRaw`
    UPDATE review_case SET status = 'open', claimed_by = NULL, lease_until = NULL WHERE status = 'claimed'`
})

test('a release of value wants a fresh factor; keeping it held does not', async () => {
  const { case: mine, fence } = await claimed(ray)
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${ray.id}`
  const decide = (decision: string) =>
    ray.ask('POST', `/v1/cases/${mine.id}/decision`, { fence, decision, reason: 'false_alarm' })
  const refused = await decide('release')
  expect([refused.status, refused.body.type]).toEqual([403, 'urn:cordon:problem:step_up_required'])
  expect((await decide('keep_reset')).status).toBe(200)
})

test('a snoozed case waits, and only a person may touch any', async () => {
  const { case: mine, fence } = await claimed(rita)
  const snoozed = await rita.ask('POST', `/v1/cases/${mine.id}/snooze`, { fence, minutes: 30 })
  expect(snoozed.body).toMatchObject({ status: 'snoozed', snoozedUntil: expect.any(String) })
  const auditor = await server.signedIn(['auditor'])
  expect((await auditor.ask('POST', '/v1/cases/claim-next')).status).toBe(403)
  expect((await auditor.ask('GET', `/v1/cases/${mine.id}`)).status).toBe(200)
})
