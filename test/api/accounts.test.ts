import { type Browser, type StaffServer, startStaff } from '../support/staff.js'
import { hostile, linesOf, planned, risky } from '../support/world.js'

let server: StaffServer
let rosa: Browser
beforeAll(async () => {
  server = await startStaff()
  rosa = await server.signedIn(['responder'])
})
afterAll(() => server.close())

const put = async (
  body: string | Uint8Array | ReadableStream,
  type: string,
  by = rosa,
  headers: object = {},
) => {
  const answer = await fetch(`${server.url}/v1/accounts`, {
    method: 'PUT',
    headers: { cookie: by.cookie, 'content-type': type, ...headers },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  } as RequestInit)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
const account = (id: string, over: object = {}) =>
  risky(id, { address: `${id}@shop.example`, ...over })
const viewed = (id: string) =>
  server.world.db.auditEvent.findMany({
    where: { kind: 'account.viewed', subject: `account:${id}` },
  })

test.each([
  [
    'NDJSON',
    'application/x-ndjson',
    (all: unknown[]) => all.map((each) => JSON.stringify(each)).join('\n\n'),
  ],
  ['a JSON array', 'application/json', (all: unknown[]) => JSON.stringify(all, null, 2)],
])('accounts are told as %s, each with its place when it is wrong', async (what, type, write) => {
  const id = what.length
  const all = [
    account(`in-${id}-a`, { name: 'A "quoted", [bracketed] \\ name' }),
    { id: 'x' },
    account(`in-${id}-b`),
  ]
  const first = await put(write(all), type)
  expect(first).toMatchObject({
    status: 200,
    body: { received: 3, created: 2, updated: 0, unchanged: 0, rejectedCount: 1 },
  })
  expect(first.body.rejected).toEqual([{ index: 1, reason: expect.stringContaining('address') }])
  const again = await put(write([all[0], account(`in-${id}-b`, { balance: null })]), type)
  expect(again.body).toMatchObject({ created: 0, updated: 1, unchanged: 1, rejected: [] })
})

test('a long list is read as it comes', async () => {
  const many = Array.from({ length: 30_000 }, (_, index) =>
    JSON.stringify(account(`many-${index}`)),
  )
  const text = `[${many.join(',')}]`
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const answer = put(readable, 'application/json')
  const writer = writable.getWriter()
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += 70_001)
    await writer.write(bytes.subarray(at, at + 70_001))
  await writer.close()
  expect((await answer).body).toMatchObject({ received: 30_000, created: 30_000, rejectedCount: 0 })
})

test.each([
  ['a line that is no account', 'x', { 'content-type': 'application/x-ndjson' }, 200],
  ['a form', 'x', { 'content-type': 'text/plain' }, 415],
  ['compression', '[]', { 'content-encoding': 'gzip' }, 415],
  ['one object', '{"id":"x"}', {}, 400],
  ['nothing', '', {}, 400],
  ['bytes that are no text', new Uint8Array([0x5b, 0xff, 0xfe, 0x5d]), {}, 400],
])('%s is answered', async (_what, body, headers, status) => {
  expect((await put(body, 'application/json', rosa, headers)).status).toBe(status)
})

test('64 MiB are enough for a request; who sends more is told at once', async () => {
  const answer = await put(new Uint8Array(64 * 2 ** 20 + 1).fill(0x20), 'application/x-ndjson')
  expect([answer.status, answer.body.type]).toEqual([413, 'urn:cordon:problem:body_too_large'])
})

test('an array that ends too early says where; its whole accounts are imported', async () => {
  const answer = await put(
    `[${JSON.stringify(account('cut-1'))}, {"id": "cut-2", "addr`,
    'application/json',
  )
  expect(answer.body).toMatchObject({ created: 1, rejected: [{ index: 1, reason: 'not JSON' }] })
})

test('an auditor tells no accounts', async () => {
  const auditor = await server.signedIn(['auditor'])
  expect((await put('[]', 'application/json', auditor)).status).toBe(403)
})

test('an account is seen with its evidence, and looking is recorded', async () => {
  await put(
    JSON.stringify([account('seen-1'), account('seen-2', { address: 'seen-1@shop.example' })]),
    'application/json',
  )
  await hostile(server.world, 'seen-1', { times: 3 })
  const sweepId = await planned(server.world, { title: 'seen', lists: [linesOf(['seen-1'])] })
  const answer = await rosa.ask('GET', '/v1/accounts/seen-1')
  expect(answer.status).toBe(200)
  expect(answer.body).toMatchObject({
    id: 'seen-1',
    address: 'seen-1@shop.example',
    status: 'active',
    standing: { passwordUsable: true, valueHeld: false },
    evidence: {
      secondFactor: 'absent',
      balance: 'nonzero',
      hostile: { attempts: 3, successes: 0, sources: 1, signals: [] },
      exposure: [{ sweepId, batches: 1, tier: 'attacked', outcome: null }],
    },
    history: [],
  })
  expect(await viewed('seen-1')).toMatchObject([
    { actor: `staff:${rosa.id}`, detail: { class: 'sensitive_read', by: 'id' } },
  ])
  const both = await rosa.ask('GET', '/v1/accounts?address=Seen-1@SHOP.example')
  expect(both.body.items.map(({ id }: { id: string }) => id)).toEqual(['seen-1', 'seen-2'])
  expect(both.body.items[0].history).toMatchObject([{ kind: 'account.viewed' }])
  expect(await viewed('seen-2')).toHaveLength(1)
  expect(JSON.stringify(both.body)).not.toContain('"10')
})

test('who is not there is not found', async () => {
  expect((await rosa.ask('GET', '/v1/accounts/nobody')).status).toBe(404)
  expect((await rosa.ask('GET', '/v1/accounts?address=nobody@shop.example')).body).toEqual({
    items: [],
  })
  expect((await rosa.ask('GET', '/v1/accounts?address=nobody')).status).toBe(400)
  expect((await rosa.ask('GET', '/v1/accounts')).status).toBe(400)
})
