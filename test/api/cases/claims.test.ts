import { addKey } from '../../../src/staff/keys/service.js'
import { aCase, audited, emptyQueue, runOut, someCases, standing } from '../../support/cases.js'
import { type Asked, type Browser, type StaffServer, startStaff } from '../../support/staff.js'
import { asOwner } from '../../support/world.js'

let server: StaffServer
let ana: Browser
let ben: Browser
beforeAll(async () => {
  server = await startStaff()
  ana = await server.signedIn(['reviewer'])
  ben = await server.signedIn(['reviewer'])
})
afterAll(() => server.close())
beforeEach(() => emptyQueue(server.world))

const claim = async (who: Browser, id: string) =>
  (await who.ask('POST', `/v1/cases/${id}/claim`)).body.fence as number
const code = ({ status, body }: Asked) => [status, body.type?.split(':').at(-1)]
const parallel = (times: number, ask: (index: number) => Promise<Asked>) =>
  Promise.all(Array.from({ length: times }, (_, index) => ask(index)))

test('fifty who claim next at once hold thirty cases, each once', async () => {
  const ids = await someCases(
    server.world,
    Array.from({ length: 30 }, (_, index) => `next-${index}`),
  )
  const answers = await parallel(50, (index) =>
    (index % 2 ? ana : ben).ask('POST', '/v1/cases/claim-next'),
  )
  const got = answers.filter(({ status }) => status === 200).map(({ body }) => body.case.id)
  expect(got.toSorted()).toEqual(ids.toSorted())
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(20)
  for (const id of ids) expect(await audited(server.world, 'case.claimed', `case:${id}`)).toBe(1)
})

test('of fifty who claim one case one gets it; the others learn that it is taken', async () => {
  const id = await aCase(server.world, 'wanted')
  const answers = await parallel(50, (index) =>
    (index % 2 ? ana : ben).ask('POST', `/v1/cases/${id}/claim`),
  )
  const won = answers.filter(({ status }) => status === 200)
  expect(won).toHaveLength(1)
  expect(won[0]?.body).toMatchObject({ fence: 1, case: { id, status: 'claimed' } })
  const lost = answers.filter(({ status }) => status !== 200)
  expect(new Set(lost.map((each) => code(each).join()))).toEqual(
    new Set(['409,case_already_claimed']),
  )
})

test('a claim lasts fifteen minutes, a heartbeat renews it, and the list says who holds it', async () => {
  const id = await aCase(server.world, 'held')
  const answer = await ana.ask('POST', `/v1/cases/${id}/claim`)
  const minutes = (Date.parse(answer.body.leaseUntil) - Date.now()) / 60_000
  expect(minutes).toBeGreaterThan(14)
  expect(minutes).toBeLessThanOrEqual(15.1)
  expect(answer.body.case.heldBy).toMatchObject({
    actor: `staff:${ana.id}`,
    name: expect.stringContaining('Person'),
  })
  const beat = await ana.ask('POST', `/v1/cases/${id}/heartbeat`, { fence: 1 })
  expect(Date.parse(beat.body.leaseUntil)).toBeGreaterThanOrEqual(
    Date.parse(answer.body.leaseUntil),
  )
  expect(code(await ben.ask('POST', `/v1/cases/${id}/heartbeat`, { fence: 1 }))).toEqual([
    409,
    'lease_lost',
  ])
})

test('a lease that ran out loses, and changes nothing', async () => {
  const id = await aCase(server.world, 'late')
  const fence = await claim(ana, id)
  await runOut(server.world, id)
  const before = await server.world.db.auditEvent.count()
  const body = { fence, decision: 'lock', reason: 'attack_succeeded' }
  for (const [act, sent] of [
    ['decision', body],
    ['release', { fence }],
    ['heartbeat', { fence }],
    ['snooze', { fence, minutes: 5 }],
    ['escalate', { fence, says: 'Too late.' }],
  ] as const) {
    expect(code(await ana.ask('POST', `/v1/cases/${id}/${act}`, sent))).toEqual([409, 'lease_lost'])
  }
  expect(await server.world.db.auditEvent.count()).toBe(before)
  expect(await standing(server.world, 'late')).toBeNull()
  expect(await claim(ben, id)).toBe(fence + 1)
  expect(code(await ana.ask('POST', `/v1/cases/${id}/decision`, body))).toEqual([409, 'lease_lost'])
})

test('a case that is given back or put aside is not its reviewer’s any more', async () => {
  const id = await aCase(server.world, 'back')
  const fence = await claim(ana, id)
  expect((await ana.ask('POST', `/v1/cases/${id}/release`, { fence })).status).toBe(204)
  const again = await claim(ana, id)
  const snooze = (minutes: number) =>
    ana.ask('POST', `/v1/cases/${id}/snooze`, { fence: again, minutes })
  expect((await snooze(4)).status).toBe(400)
  expect((await snooze(10_081)).status).toBe(400)
  expect((await snooze(5)).status).toBe(204)
  const { body } = await ben.ask('GET', '/v1/cases?status=snoozed')
  expect(body.items).toMatchObject([{ id, heldBy: null, snoozedUntil: expect.any(String) }])
  expect((await ben.ask('POST', '/v1/cases/claim-next')).status).toBe(204)
})

test('a decision and its effects are one, in the name of who took it', async () => {
  const id = await aCase(server.world, 'decided')
  const fence = await claim(ana, id)
  const answer = await ana.ask('POST', `/v1/cases/${id}/decision`, {
    fence,
    decision: 'lock',
    reason: 'attack_succeeded',
    note: 'They phoned.',
  })
  expect(answer.status).toBe(200)
  expect(answer.body).toMatchObject({
    status: 'decided',
    heldBy: null,
    decided: { by: { actor: `staff:${ana.id}` }, decision: 'lock', note: 'They phoned.' },
  })
  expect(await standing(server.world, 'decided')).toMatchObject({ locked: true, valueHeld: true })
})

test('releasing wants a second factor that was shown just now; other decisions do not', async () => {
  const cleo = await server.signedIn(['reviewer'])
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${cleo.id}`
  const id = await aCase(server.world, 'stale')
  const fence = await claim(cleo, id)
  const decide = (decision: string) =>
    cleo.ask('POST', `/v1/cases/${id}/decision`, { fence, decision, reason: 'cannot_tell' })
  expect(code(await decide('release'))).toEqual([403, 'step_up_required'])
  expect((await decide('keep_reset')).status).toBe(200)
})

test('only reviewers decide: neither other staff nor any key', async () => {
  const id = await aCase(server.world, 'asked')
  const rosa = await server.signedIn(['responder', 'approver', 'auditor', 'admin'])
  const { key } = await addKey(server.world as never, {
    role: 'automation',
    name: 'tool',
    actor: 'os:test',
  })
  const authorization = `Bearer ${key}`
  const calls = [
    ['claim-next', undefined],
    [`${id}/claim`, undefined],
    [`${id}/heartbeat`, { fence: 1 }],
    [`${id}/release`, { fence: 1 }],
    [`${id}/snooze`, { fence: 1, minutes: 5 }],
    [`${id}/escalate`, { fence: 1, says: 'hello' }],
    [`${id}/comments`, { says: 'hello' }],
    [`${id}/decision`, { fence: 1, decision: 'lock', reason: 'duplicate' }],
    [`${id}/confirmation`, { agrees: true }],
    ['decisions', { cases: [id], decision: 'lock', reason: 'duplicate' }],
  ] as const
  for (const [path, body] of calls) {
    expect(code(await rosa.ask('POST', `/v1/cases/${path}`, body))).toEqual([403, 'forbidden'])
    const asKey = await server.ask('POST', `/v1/cases/${path}`, body, { authorization })
    expect(code(asKey)).toEqual([403, 'forbidden'])
  }
  expect((await rosa.ask('GET', '/v1/cases')).status).toBe(200)
  expect((await server.ask('GET', `/v1/cases/${id}`)).status).toBe(401)
})

test('what is no case is not found', async () => {
  for (const path of ['claim', 'heartbeat', 'release', 'comments'] as const) {
    const body = { claim: undefined, comments: { says: 'x' } }[path as 'claim'] ?? { fence: 1 }
    const sent = path === 'claim' ? undefined : path === 'comments' ? { says: 'x' } : body
    expect(code(await ana.ask('POST', `/v1/cases/nothing/${path}`, sent))).toEqual([
      404,
      'case_not_found',
    ])
  }
  expect(code(await ana.ask('GET', '/v1/cases/nothing'))).toEqual([404, 'case_not_found'])
})

describe('the list', () => {
  const walk = async (query: string, take: number) => {
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const path: string = `/v1/cases?take=${take}&${query}${next ? `&cursor=${next}` : ''}`
      const { status, body } = await ana.ask('GET', path)
      expect(status).toBe(200)
      seen.push(...body.items.map((item: { account: string }) => item.account))
      next = body.next
    }
    return seen
  }

  test('goes in the order of the queue, page by page, and nothing is seen twice', async () => {
    const expected = [
      ['o-1', { priority: 'critical', score: 10, balance: '0' }],
      ['o-2', { score: 90 }],
      ['o-3', { score: 80, balance: null }],
      ['o-4', { score: 80, balance: '1000000.000000000000000001' }],
      ['o-5', { score: 80, balance: '1000000' }],
      ['o-6', { score: 80, balance: '0.00000001' }],
      ['o-7', { score: 80, balance: '0.00000001' }],
      ['o-8', { priority: 'normal', score: 100, balance: '9000000' }],
    ] as const
    for (const [name, over] of expected.toReversed()) {
      await aCase(server.world, name, { ...over, tier: 'ordered' } as never)
    }
    await asOwner(
      server.world,
      `UPDATE review_case c SET due_at = due_at - interval '1 hour'
      FROM account a WHERE a.no = c.account_no AND a.id = 'o-6'`,
    )
    const names = expected.map(([name]) => name)
    for (const take of [1, 2, 3, 100]) {
      expect(await walk('status=open&tier=ordered', take)).toEqual(names)
      expect(await walk('tier=ordered', take)).toEqual(names)
      expect(await walk('status=open', take)).toEqual(names)
    }
    const turns: string[] = []
    for (const _each of names) {
      turns.push((await ana.ask('POST', '/v1/cases/claim-next')).body.case.account)
    }
    expect(turns).toEqual(names)
  })

  test('shows a band, never the balance, and neither does the cursor', async () => {
    for (const [name, balance] of [
      ['b-0', '0'],
      ['b-1', '10000'],
      ['b-2', '10000.000001'],
      ['b-3', null],
    ] as const) {
      await aCase(server.world, name, { balance, tier: 'banded' })
    }
    const answer = await ana.ask('GET', '/v1/cases?tier=banded&take=3')
    expect(
      Object.fromEntries(
        [...answer.body.items, ...(await ana.ask('GET', '/v1/cases?tier=banded')).body.items].map(
          (item: { account: string; value: string }) => [item.account, item.value],
        ),
      ),
    ).toEqual({ 'b-0': 'zero', 'b-1': 'below_limit', 'b-2': 'above_limit', 'b-3': 'unknown' })
    expect(JSON.stringify(answer.body)).not.toContain('10000')
    expect(Buffer.from(answer.body.next, 'base64url').toString()).toMatch(/^\["\d+"\]$/)
  })

  test.each(['status=gone', 'tier=A', 'cursor=x', 'take=0', 'more=1'])(
    'asked for with %s is refused',
    async (query) => expect((await ana.ask('GET', `/v1/cases?${query}`)).status).toBe(400),
  )
})
