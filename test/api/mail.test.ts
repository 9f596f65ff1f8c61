import { addKey } from '../../src/staff/keys/service.js'
import { type Asked, type Browser, type StaffServer, startStaff } from '../support/staff.js'
import { accounts, asOwner, noOf, safe } from '../support/world.js'

let server: StaffServer
let ana: Browser
let ben: Browser
beforeAll(async () => {
  server = await startStaff()
  ana = await server.signedIn(['approver'])
  ben = await server.signedIn(['approver'])
})
afterAll(() => server.close())
beforeEach(() =>
  asOwner(
    server.world,
    `UPDATE valve SET state = 'closed', reason = 'test', changed_by = 'os:test',
       opening_asked_by = NULL, opening_asked_at = NULL, opening_reason = NULL`,
  ),
)

const code = ({ status, body }: Asked) => [status, body.type?.split(':').at(-1)]
const open = (who: Browser, reason = 'all clear') =>
  who.ask('POST', '/v1/mail/valve', { state: 'open', reason })
const close = (who: Browser, reason = 'stop') =>
  who.ask('POST', '/v1/mail/valve', { state: 'closed', reason })
const state = async () => (await ana.ask('GET', '/v1/mail')).body.valve
const turn = (who: Browser, to: 'open' | 'closed', scope: string) =>
  who.ask('POST', '/v1/mail/valve', { state: to, reason: 'test', scope })
const recorded = (kind: string) => server.world.db.auditEvent.count({ where: { kind } })

test('mail is counted by purpose and status, and no address is in the answer', async () => {
  await accounts(server.world, [safe('mailed'), safe('told')])
  for (const [id, status] of [
    ['mailed', 'staged'],
    ['told', 'accepted'],
  ] as const) {
    await server.world.db.$executeRaw`
      INSERT INTO mail (sweep_id, account_no, purpose, recipient, status)
      VALUES ('swp_1', ${await noOf(server.world, id)}, 'notice', ${`${id}@shop.example`}, ${status})`
  }
  const { status, body } = await ana.ask('GET', '/v1/mail')
  expect(status).toBe(200)
  expect(body.counts).toEqual([
    { purpose: 'notice', status: 'accepted', mails: 1 },
    { purpose: 'notice', status: 'staged', mails: 1 },
  ])
  expect(body.valve).toMatchObject({ state: 'closed', reason: 'test', changedByName: null })
  expect(body).toMatchObject({ fourEyes: server.deps.fourEyes, valve: { opening: null } })
  expect(JSON.stringify(body)).not.toContain('@')
})

test('one person closes, and needs no fresh factor for it', async () => {
  await open(ana)
  await open(ben)
  const rosa = await server.signedIn(['auditor'])
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '1 hour' WHERE staff_id = ${rosa.id}`
  expect((await close(rosa, 'a wrong link')).body).toMatchObject({
    result: 'closed',
    valve: { state: 'closed', reason: 'a wrong link', changedBy: `staff:${rosa.id}` },
  })
})

test('the first who wants it open waits; the second, another person, opens', async () => {
  expect((await open(ana, 'checked the mails')).body).toMatchObject({
    result: 'waiting_for_second',
    valve: {
      state: 'closed',
      opening: {
        askedBy: `staff:${ana.id}`,
        askedByName: expect.stringMatching(/^Person \d+$/),
        reason: 'checked the mails',
      },
    },
  })
  expect((await open(ana)).body.result).toBe('waiting_for_second')
  expect((await open(ben)).body).toMatchObject({
    result: 'open',
    valve: { state: 'open', changedBy: `staff:${ben.id}`, opening: null },
  })
  const [event] = await server.world.db.auditEvent.findMany({
    where: { kind: 'valve.opened' },
    orderBy: { id: 'desc' },
    take: 1,
  })
  expect(event).toMatchObject({ detail: { askedBy: `staff:${ana.id}`, fourEyes: true } })
  const before = await recorded('valve.opened')
  expect((await open(ana)).body.result).toBe('open')
  expect(await recorded('valve.opened')).toBe(before)
})

test('a wish lapses after fifteen minutes', async () => {
  await open(ana)
  await asOwner(
    server.world,
    "UPDATE valve SET opening_asked_at = now() - interval '15 minutes 1 second'",
  )
  expect((await state()).opening).toBeNull()
  expect((await open(ben)).body).toMatchObject({
    result: 'waiting_for_second',
    valve: { opening: { askedBy: `staff:${ben.id}` } },
  })
})

test('a wish lapses when somebody closes, also where it was closed already', async () => {
  await open(ana)
  const before = await recorded('valve.closed')
  await close(ben, 'not yet')
  expect(await state()).toMatchObject({ state: 'closed', reason: 'not yet', opening: null })
  expect(await recorded('valve.closed')).toBe(before + 1)
  expect((await open(ben)).body.result).toBe('waiting_for_second')
})

test('of two who want it open at once one waits and the other opens', async () => {
  for (let round = 0; round < 10; round += 1) {
    await close(ana)
    const answers = await Promise.all([open(ana), open(ben)])
    expect(answers.map(({ body }) => body.result).toSorted()).toEqual([
      'open',
      'waiting_for_second',
    ])
  }
})

test('one person alone never opens it, however often and fast they ask', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => open(ana)))
  expect(new Set(answers.map(({ body }) => body.result))).toEqual(new Set(['waiting_for_second']))
  expect((await state()).state).toBe('closed')
})

test('closing and opening at once ends in what the answers say was last', async () => {
  for (let round = 0; round < 10; round += 1) {
    await close(ana)
    await open(ana)
    const [closed, opened] = await Promise.all([close(ana), open(ben)])
    expect(closed.body.result).toBe('closed')
    // Either it opened and was closed again, or the wish was gone and a new one waits.
    const now = await state()
    if (opened.body.result === 'waiting_for_second') expect(now.opening.askedBy).toContain(ben.id)
    expect(now.state).toBe('closed')
  }
})

test('opening wants the act and a second factor that was shown just now', async () => {
  const rosa = await server.signedIn(['responder'])
  expect(code(await open(rosa))).toEqual([403, 'forbidden'])
  const { key } = await addKey(server.world as never, {
    role: 'automation',
    name: 'stopper',
    actor: 'os:test',
  })
  const authorization = `Bearer ${key}`
  const turn = (wanted: string) =>
    server.ask('POST', '/v1/mail/valve', { state: wanted, reason: 'tool' }, { authorization })
  expect(code(await turn('open'))).toEqual([403, 'forbidden'])
  expect((await turn('closed')).body.result).toBe('closed')
  const cleo = await server.signedIn(['approver'])
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${cleo.id}`
  expect(code(await open(cleo))).toEqual([403, 'step_up_required'])
  expect((await state()).opening).toBeNull()
})

test('one person opens alone where four eyes are off, and the audit says so', async () => {
  server.deps.fourEyes = false
  try {
    expect((await open(ana)).body.result).toBe('open')
  } finally {
    server.deps.fourEyes = true
  }
  const last = await server.world.db.auditEvent.findFirst({
    where: { kind: 'valve.opened' },
    orderBy: { id: 'desc' },
  })
  expect(last?.detail).toMatchObject({ fourEyes: false, askedBy: null })
})

describe('a valve of one sweep or lane', () => {
  const SCOPE = 'sweep:swp_1' // of the mails above
  const closedScopes = async () =>
    (await ana.ask('GET', '/v1/mail')).body.closed.map(({ scope }: { scope: string }) => scope)

  test('one closes it and two open it, whatever the others are; each is named while it is closed', async () => {
    expect((await turn(ana, 'closed', SCOPE)).body).toMatchObject({
      result: 'closed',
      valve: { scope: SCOPE, state: 'closed', changedBy: `staff:${ana.id}` },
    })
    expect((await closedScopes()).toSorted()).toEqual(['global', SCOPE])
    expect((await turn(ana, 'open', SCOPE)).body.result).toBe('waiting_for_second')
    expect((await turn(ben, 'open', SCOPE)).body).toMatchObject({
      result: 'open',
      valve: { scope: SCOPE, state: 'open' },
    })
    expect(await closedScopes()).toEqual(['global'])
    const [event] = await server.world.db.auditEvent.findMany({
      where: { kind: 'valve.opened', subject: `valve:${SCOPE}` },
    })
    expect(event).toMatchObject({
      actor: `staff:${ben.id}`,
      detail: { askedBy: `staff:${ana.id}`, fourEyes: true },
    })
  })

  test('a wish to open one is no wish to open another', async () => {
    await turn(ana, 'closed', SCOPE)
    await open(ana)
    expect((await turn(ben, 'open', SCOPE)).body.result).toBe('waiting_for_second')
    expect((await state()).state).toBe('closed')
  })

  test('of a lane, once the lane is known', async () => {
    expect(code(await turn(ana, 'closed', 'lane:qq'))).toEqual([404, 'not_found'])
    await server.world.db.$executeRaw`
      INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap) VALUES ('qq', 0.5, 2, 1, 3)`
    expect((await turn(ana, 'closed', 'lane:qq')).body.valve).toMatchObject({ scope: 'lane:qq' })
  })

  test.each(['sweep:swp_nowhere', 'lane:nowhere'])('%s: there is none', async (scope) => {
    expect(code(await turn(ana, 'closed', scope))).toEqual([404, 'not_found'])
    expect(code(await turn(ana, 'open', scope))).toEqual([404, 'not_found'])
  })

  test.each(['sweep:', 'lane', 'everything', 'SWEEP:swp_1', ''])(
    '"%s" is no scope',
    async (scope) => {
      expect((await turn(ana, 'closed', scope)).status).toBe(400)
    },
  )

  test('opening it is as grave as opening all of them', async () => {
    const rosa = await server.signedIn(['responder'])
    expect((await turn(rosa, 'closed', SCOPE)).status).toBe(200)
    expect(code(await turn(rosa, 'open', SCOPE))).toEqual([403, 'forbidden'])
  })
})

test.each([
  [{ state: 'open' }],
  [{ state: 'ajar', reason: 'x' }],
  [{ state: 'closed', reason: '' }],
  [{ state: 'closed', reason: 'x'.repeat(501) }],
])('%j is refused', async (body) =>
  expect((await ana.ask('POST', '/v1/mail/valve', body)).status).toBe(400),
)
