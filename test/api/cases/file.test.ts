import { attackedAlike } from '../../../src/logins/service.js'
import { inTx, KEEP_PLANS } from '../../../src/platform/db.js'
import { aCase, audited } from '../../support/cases.js'
import { type Browser, type StaffServer, startStaff } from '../../support/staff.js'
import {
  accounts,
  asOwner,
  hostile,
  noOf,
  planned,
  risky,
  runAll,
  started,
  USD,
} from '../../support/world.js'

let server: StaffServer
let ana: Browser
beforeAll(async () => {
  server = await startStaff()
  ana = await server.signedIn(['reviewer'])
})
afterAll(() => server.close())

const LEAK = (id: string, other: string) =>
  `From: news@shop.example\nTo: ${id}@shop.example, ${other}@shop.example\nSubject: Index\nDate: Sun, 01 Nov 2026 08:00:00 +0000\n\nHello\n`

async function afterASweep() {
  await accounts(server.world, [
    risky('mara', { balance: USD('777.77') }),
    risky('nils', { secondFactors: ['totp'] }),
    risky('otto', { secondFactors: ['totp'] }),
  ])
  await hostile(server.world, 'mara', { times: 120 })
  await hostile(server.world, 'mara', { times: 1, succeeded: true })
  await hostile(server.world, 'nils', { times: 3 })
  const sweepId = await planned(server.world, {
    title: 'Index mail',
    lists: [{ text: LEAK('mara', 'nils'), name: 'leak.eml' }],
  })
  await started(server.world, sweepId)
  await runAll(server.world, sweepId)
  const found = await server.world.db.reviewCase.findFirstOrThrow({
    where: { accountNo: await noOf(server.world, 'mara') },
  })
  return { id: found.id, sweepId }
}

test('a case holds everything that is needed to decide it, and that it was read is recorded', async () => {
  const { id, sweepId } = await afterASweep()
  await ana.ask('POST', `/v1/cases/${id}/comments`, { says: 'Phoned twice.' })
  const { status, body } = await ana.ask('GET', `/v1/cases/${id}`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    account: 'mara',
    sweep: sweepId,
    tier: 'takeover',
    priority: 'critical',
    value: 'below_limit',
    sla: { state: 'ok' },
    may: ['claim', 'comment'],
    standing: { status: 'active', passwordUsable: false, resetRequired: true, valueHeld: true },
    resets: [{ status: 'ordered', completedAt: null }],
    mails: [{ purpose: 'reset', status: 'staged' }],
    earlier: [],
    comments: [
      { says: 'Phoned twice.', by: { actor: `staff:${ana.id}`, name: expect.any(String) } },
    ],
    exposure: [{ batch: expect.any(Number), at: '2026-11-01T08:00:00.000Z', isSameAddress: true }],
  })
  expect(body.reasons).toContainEqual({ code: 'no_second_factor', says: 'has no second factor' })
  expect(body.logins).toHaveLength(100)
  expect(body.logins[0]).toMatchObject({ isHostile: true, ip: '203.0.113.66' })
  const text = JSON.stringify(body)
  expect(text).not.toContain('777')
  expect(text).not.toContain('mara@')
  expect(await audited(server.world, 'case.viewed', `case:${id}`)).toBe(1)
})

test('the cluster is the other accounts that the same sources attacked, with their open cases', async () => {
  const id = await aCase(server.world, 'paula')
  const other = await aCase(server.world, 'quinn')
  await aCase(server.world, 'rolf')
  const from = (ip: string, name: string) =>
    asOwner(server.world, 'UPDATE attempt SET ip = $1::inet WHERE account_no = $2', [ip, name])
  for (const name of ['paula', 'quinn', 'rolf']) {
    await hostile(server.world, name, { times: 2 })
    const ip = name === 'rolf' ? '198.51.100.9' : '192.0.2.7'
    await from(ip, String(await noOf(server.world, name)))
  }
  const { body } = await ana.ask('GET', `/v1/cases/${id}`)
  expect(body.cluster).toEqual([
    {
      account: 'quinn',
      sources: 1,
      attempts: 2,
      wasEntered: false,
      lastAt: expect.any(String),
      case: { id: other, status: 'open', tier: 'attacked' },
    },
  ])
})

test('earlier cases of the account are shown', async () => {
  const first = await aCase(server.world, 'twice', { sweepId: 'swp-a' })
  await aCase(server.world, 'twice', { sweepId: 'swp-b' })
  const latest = await server.world.db.reviewCase.findFirstOrThrow({
    where: { sweepId: 'swp-b' },
  })
  const { body } = await ana.ask('GET', `/v1/cases/${latest.id}`)
  expect(body.earlier).toMatchObject([{ id: first, status: 'open' }])
})

test.each([
  ['120 minutes', 'ok'],
  ['29 minutes', 'due_soon'],
  ['-1 minutes', 'breached'],
])('with %s left a case is %s', async (left, state) => {
  const id = await aCase(server.world, `sla-${state}`)
  await asOwner(
    server.world,
    'UPDATE review_case SET due_at = now() + $2::interval WHERE id = $1',
    [id, left],
  )
  expect((await ana.ask('GET', `/v1/cases/${id}`)).body.sla.state).toBe(state)
})

describe('a comment', () => {
  test('stays as it was written, by whom, and the audit knows only that there is one', async () => {
    const id = await aCase(server.world, 'said')
    const says = 'The owner says\nshe was on holiday.'
    const key = { 'idempotency-key': 'c1' }
    const answer = await ana.ask('POST', `/v1/cases/${id}/comments`, { says }, key)
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({ says, by: { actor: `staff:${ana.id}` } })
    await ana.ask('POST', `/v1/cases/${id}/comments`, { says }, key)
    const { comments } = (await ana.ask('GET', `/v1/cases/${id}`)).body
    expect(comments).toEqual([answer.body])
    const events = await server.world.db.auditEvent.findMany({
      where: { kind: 'case.commented', subject: `case:${id}` },
    })
    expect(events).toHaveLength(1)
    expect(JSON.stringify(events, (_key, value) => String(value))).not.toContain('holiday')
    await expect(
      server.world.db.$executeRaw`UPDATE case_comment SET says = 'nothing'`,
    ).rejects.toThrow(/permission denied/)
  })

  test.each([[''], ['   '], ['x'.repeat(4_001)], ['nul\0']])('%j is refused', async (says) => {
    const id = await aCase(server.world, `mute-${says.length}`)
    expect((await ana.ask('POST', `/v1/cases/${id}/comments`, { says })).status).toBe(400)
  })
})

test('plans over the weeks of attempts are kept by a connection from the first read on, and no others', async () => {
  const accountNo = await noOf(server.world, 'twice')
  const kept = await inTx(server.world.db, async (tx) => {
    await tx.$queryRaw`SELECT ${KEEP_PLANS}`
    for (const _twice of [1, 2]) await attackedAlike(tx, accountNo)
    await tx.account.findMany({ take: 1 })
    return tx.$queryRaw<{ statement: string; generic: number; custom: number }[]>`
      SELECT statement, generic_plans::int AS generic, custom_plans::int AS custom FROM pg_prepared_statements
      WHERE name <> ''`
  })
  expect(kept.length).toBeGreaterThan(0)
  for (const { statement } of kept) expect(statement.trimStart()).toMatch(/^\/\* kept \*\//)
  const alike = kept.find(({ statement }) => statement.includes('WITH source'))
  expect(alike).toMatchObject({ custom: 0 })
  expect(alike?.generic).toBeGreaterThanOrEqual(2)
})
