import { escalateOverdue, openAll } from '../../../src/cases/service.js'
import { inTx } from '../../../src/platform/db.js'
import { aCase, audited, emptyQueue, runOut, someCases } from '../../support/cases.js'
import { type Asked, type Browser, type StaffServer, startStaff } from '../../support/staff.js'
import { asOwner, noOf } from '../../support/world.js'

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

const WHY = 'Two owners claim it.'
const code = ({ status, body }: Asked) => [status, body.type?.split(':').at(-1)]
const next = async (who: Browser): Promise<string | undefined> =>
  (await who.ask('POST', '/v1/cases/claim-next')).body?.case?.account
const read = async (id: string) => (await ana.ask('GET', `/v1/cases/${id}`)).body
const dueAgo = (id: string, ago: string) =>
  asOwner(server.world, 'UPDATE review_case SET due_at = now() - $2::interval WHERE id = $1', [
    id,
    ago,
  ])

async function escalated(who: Browser, id: string): Promise<Asked> {
  const { fence } = (await who.ask('POST', `/v1/cases/${id}/claim`)).body
  return who.ask('POST', `/v1/cases/${id}/escalate`, { fence, says: WHY })
}

test('an escalated case goes first within its urgency, to other eyes', async () => {
  const [first = '', second = ''] = await someCases(server.world, ['up-a', 'up-b', 'up-c'])
  await aCase(server.world, 'up-urgent', { priority: 'critical', score: 1 })
  expect((await escalated(ana, second)).status).toBe(204)
  const { items } = (await ana.ask('GET', '/v1/cases?status=open')).body
  expect(items.map(({ account }: { account: string }) => account)).toEqual([
    'up-urgent',
    'up-b',
    'up-a',
    'up-c',
  ])
  expect(await Promise.all([read(first), read(second)])).toMatchObject([
    { escalated: null },
    {
      status: 'open',
      heldBy: null,
      escalated: { by: { actor: `staff:${ana.id}`, name: expect.any(String) } },
      comments: [{ says: WHY, by: { actor: `staff:${ana.id}` } }],
    },
  ])
  expect(await next(ana)).toBe('up-urgent')
  expect(await next(ana)).toBe('up-a')
  expect(await next(ben)).toBe('up-b')
  expect(await next(ben)).toBe('up-c')
})

test('whoever escalated a case may still take it by its name, and is offered it when another escalates it', async () => {
  const id = await aCase(server.world, 'again')
  await escalated(ana, id)
  expect(await next(ana)).toBeUndefined()
  await escalated(ana, id)
  await escalated(ben, id)
  expect(await next(ben)).toBeUndefined()
  expect(await next(ana)).toBe('again')
})

test('escalating is audited with its comment, and wants the claim', async () => {
  const id = await aCase(server.world, 'fenced')
  const { fence } = (await ana.ask('POST', `/v1/cases/${id}/claim`)).body
  const ask = (who: Browser, body: object) => who.ask('POST', `/v1/cases/${id}/escalate`, body)
  expect(code(await ask(ben, { fence, says: WHY }))).toEqual([409, 'lease_lost'])
  expect(code(await ask(ana, { fence: fence + 1, says: WHY }))).toEqual([409, 'lease_lost'])
  for (const says of ['', '  ', undefined]) {
    expect((await ask(ana, { fence, says })).status).toBe(400)
  }
  expect(await read(id)).toMatchObject({ status: 'claimed', escalated: null, comments: [] })
  expect((await ask(ana, { fence, says: WHY })).status).toBe(204)
  expect(code(await ask(ana, { fence, says: WHY }))).toEqual([409, 'lease_lost'])
  const kinds = ['case.escalated', 'case.commented']
  const events = await server.world.db.$queryRaw<
    { kind: string; actor: string; detail: object; tx: string }[]
  >`SELECT kind, actor, detail, tx::text AS tx FROM audit_event
    WHERE subject = ${`case:${id}`} AND kind = ANY (${kinds})`
  expect(new Set(events.map(({ tx }) => tx)).size).toBe(1)
  expect(events.map(({ kind, actor }) => [kind, actor]).toSorted()).toEqual(
    kinds.toSorted().map((kind) => [kind, `staff:${ana.id}`]),
  )
  expect(JSON.stringify(events.map(({ detail }) => detail))).not.toContain('owners')
})

test('the list can be only of what is escalated, page by page', async () => {
  const ids = await someCases(server.world, ['only-a', 'only-b', 'only-c', 'only-d'])
  for (const id of [ids[0], ids[2], ids[3]] as string[]) await escalated(ana, id)
  const path = '/v1/cases?status=open&escalated=only&take=2'
  const page = (await ben.ask('GET', path)).body
  const rest = (await ben.ask('GET', `${path}&cursor=${page.next}`)).body
  const accounts = [...page.items, ...rest.items].map(({ account }) => account)
  expect(accounts).toEqual(['only-a', 'only-c', 'only-d'])
  expect(rest.next).toBeNull()
})

test('a page that ends among escalated cases is followed by the next of them', async () => {
  const ids = await someCases(server.world, ['walk-a', 'walk-b', 'walk-c'])
  await escalated(ana, ids[2] as string)
  const seen: string[] = []
  for (let after = ''; ; ) {
    const { items, next: cursor } = (await ana.ask('GET', `/v1/cases?status=open&take=1${after}`))
      .body
    seen.push(items[0].account)
    if (cursor === null) break
    after = `&cursor=${cursor}`
  }
  expect(seen).toEqual(['walk-c', 'walk-a', 'walk-b'])
})

test.each([
  ['critical', '31 minutes', '29 minutes'],
  ['high', '121 minutes', '119 minutes'],
  ['normal', '1441 minutes', '1439 minutes'],
] as const)(
  'Cordon escalates a %s case once, when it is overdue by %s',
  async (priority, late, early) => {
    const [id = '', patient = ''] = await someCases(
      server.world,
      [`late-${priority}`, `early-${priority}`],
      { priority },
    )
    await dueAgo(id, late)
    await dueAgo(patient, early)
    expect(await escalateOverdue(server.world)).toBe(1)
    expect(await escalateOverdue(server.world)).toBe(0)
    expect(await read(id)).toMatchObject({ status: 'open', escalated: { by: { actor: 'cordon' } } })
    expect(await read(patient)).toMatchObject({ escalated: null })
    expect(await audited(server.world, 'case.escalated', `case:${id}`)).toBe(1)
    await escalated(ana, id)
    expect(await escalateOverdue(server.world)).toBe(0)
  },
)

test('of two who look at once one escalates, and what somebody works on is left', async () => {
  const ids = await someCases(server.world, ['both-a', 'both-b', 'both-held', 'both-asleep'])
  for (const id of ids) await dueAgo(id, '1 day')
  const held = ids[2] as string
  await ana.ask('POST', `/v1/cases/${held}/claim`)
  const { fence } = (await ben.ask('POST', `/v1/cases/${ids[3]}/claim`)).body
  await ben.ask('POST', `/v1/cases/${ids[3]}/snooze`, { fence, minutes: 60 })
  const counts = await Promise.all([1, 2].map(() => escalateOverdue(server.world)))
  expect(counts.reduce((sum, each) => sum + each)).toBe(2)
  await runOut(server.world, held)
  expect(await escalateOverdue(server.world)).toBe(1)
})

test('what a person escalated before its deadline comes back to them when Cordon escalates it', async () => {
  const id = await aCase(server.world, 'alone')
  await escalated(ana, id)
  expect(await next(ana)).toBeUndefined()
  await asOwner(
    server.world,
    `UPDATE review_case SET due_at = now() - interval '3 hours', escalated_at = now() - interval '2 hours' WHERE id = $1`,
    [id],
  )
  expect(await escalateOverdue(server.world)).toBe(1)
  expect(await next(ana)).toBe('alone')
})

test('a decision ends the escalation: a case that opens again begins with its whole time', async () => {
  const id = await aCase(server.world, 'anew', { sweepId: 'swp-anew' })
  await escalated(ana, id)
  const { fence } = (await ben.ask('POST', `/v1/cases/${id}/claim`)).body
  const body = { fence, decision: 'keep_reset', reason: 'cannot_tell' }
  const decided = await ben.ask('POST', `/v1/cases/${id}/decision`, body)
  expect(decided.body).toMatchObject({
    status: 'decided',
    escalated: { by: { name: expect.any(String) } },
  })
  await dueAgo(id, '1 day')
  const again = {
    accountNo: await noOf(server.world, 'anew'),
    sweepId: 'swp-anew',
    tier: 'attacked',
    priority: 'high' as const,
    score: 70,
    because: ['mail_bounced'],
  }
  await inTx(server.world.db, (tx) => openAll(tx, [again], 'cordon'))
  expect(await read(id)).toMatchObject({ status: 'open', escalated: null, sla: { state: 'ok' } })
  expect(await escalateOverdue(server.world)).toBe(0)
})
