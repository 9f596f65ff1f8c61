import { type Browser, type StaffServer, startStaff } from '../support/staff.js'

let server: StaffServer
let rosa: Browser
beforeAll(async () => {
  server = await startStaff()
  rosa = await server.signedIn(['responder'])
})
afterAll(() => server.close())

const INCIDENT = {
  title: 'Index mail',
  occurredAt: '2026-11-01T08:00:00+01:00',
  detectedAt: '2026-11-01T08:10:00Z',
}
const opened = async (over: object = {}) =>
  (await rosa.ask('POST', '/v1/incidents', { ...INCIDENT, ...over })).body

const upload = async (incidentId: string, content: string | Uint8Array, headers: object = {}) => {
  const answer = await fetch(`${server.url}/v1/incidents/${incidentId}/lists`, {
    method: 'POST',
    headers: { cookie: rosa.cookie, 'content-type': 'application/octet-stream', ...headers },
    body: content as string,
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
const LINES = 'ann@shop.example\nbob@shop.example\nann@shop.example\nnot an address\n'

test('an incident is opened, listed, and known by its times in UTC', async () => {
  const answer = await rosa.ask('POST', '/v1/incidents', INCIDENT)
  expect(answer.status).toBe(201)
  expect(answer.body).toMatchObject({
    status: 'open',
    kind: 'addresses_exposed',
    occurredAt: '2026-11-01T07:00:00.000Z',
    version: 1,
  })
  const list = await rosa.ask('GET', '/v1/incidents')
  expect(list.body.items[0].id).toBe(answer.body.id)
  const events = await server.world.db.auditEvent.findMany({
    where: { subject: `incident:${answer.body.id}` },
  })
  expect(events).toMatchObject([{ kind: 'incident.opened', actor: `staff:${rosa.id}` }])
})

test('an idempotency key makes one incident, also when twenty ask at once', async () => {
  const ask = () =>
    rosa.ask('POST', '/v1/incidents', { ...INCIDENT, title: 'Once' }, { 'idempotency-key': 'k1' })
  const answers = await Promise.all(Array.from({ length: 20 }, ask))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect(await server.world.db.incident.count({ where: { title: 'Once' } })).toBe(1)
  const other = { ...INCIDENT, title: 'Another' }
  const reused = await rosa.ask('POST', '/v1/incidents', other, { 'idempotency-key': 'k1' })
  expect([reused.status, reused.body.type]).toEqual([
    422,
    'urn:cordon:problem:idempotency_key_reused',
  ])
  const somebodyElse = await server.signedIn(['responder'])
  const theirs = await somebodyElse.ask('POST', '/v1/incidents', other, { 'idempotency-key': 'k1' })
  expect(theirs.status).toBe(201)
})

test('a page ends where the next one begins, and nothing is seen twice', async () => {
  for (let made = 0; made < 5; made += 1) await opened({ title: `Page ${made}` })
  const seen: string[] = []
  let next: string | null = ''
  while (next !== null) {
    const path: string = `/v1/incidents?take=2${next ? `&cursor=${next}` : ''}`
    const { body } = await rosa.ask('GET', path)
    seen.push(...body.items.map(({ id }: { id: string }) => id))
    next = body.next
  }
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen).toHaveLength(await server.world.db.incident.count())
})

test.each([
  ['cursor=nonsense'],
  ['cursor=%00'],
  ['cursor=WyJ4Il0'],
  ['take=0'],
  ['take=501'],
  ['more=1'],
])('a page asked for with %s is refused', async (query) =>
  expect((await rosa.ask('GET', `/v1/incidents?${query}`)).status).toBe(400),
)

test('of two who correct one version the second is told', async () => {
  const { id } = await opened()
  const change = (title: string, etag?: string) =>
    rosa.ask('PATCH', `/v1/incidents/${id}`, { title }, etag ? { 'if-match': etag } : {})
  expect((await change('no version')).status).toBe(428)
  expect((await change('first', '"1"')).headers.get('etag')).toBe('"2"')
  expect((await change('second', '"1"')).status).toBe(412)
  expect((await server.world.db.incident.findUnique({ where: { id } }))?.title).toBe('first')
})

test('a list is what was read and refused; the same file again is the same list', async () => {
  const { id } = await opened()
  await server.world.db.$executeRaw`
    INSERT INTO account (id, address, match_key) VALUES ('ann', 'ann@shop.example', 'ann@shop.example')`
  const first = await upload(id, LINES, { 'x-filename': '../../etc/leak.txt' })
  expect(first.status).toBe(201)
  expect(first.body).toMatchObject({
    name: '.._.._etc_leak.txt',
    entries: 4,
    accepted: 2,
    duplicates: 1,
    rejected: 1,
    matched: 1,
    unmatched: 1,
  })
  const again = await upload(id, LINES)
  expect([again.status, again.body.id]).toEqual([200, first.body.id])
  const rejections = await rosa.ask('GET', `/v1/lists/${first.body.id}/rejections`)
  expect(rejections.body).toEqual({
    items: [
      {
        line: 4,
        raw: 'not an address',
        reason: 'whitespace',
        says: 'The address contains white space.',
      },
    ],
    next: null,
  })
  const csv = await rosa.ask('GET', `/v1/lists/${first.body.id}/rejections.csv`)
  expect(csv.headers.get('content-disposition')).toContain('attachment')
  expect(csv.body).toMatch(/^line,raw,reason\r\n4,"not an address",\w+\r\n$/)
})

test('a form carries the same file', async () => {
  const { id } = await opened()
  const form = new FormData()
  form.set('file', new Blob([LINES]), 'leak.txt')
  const answer = await fetch(`${server.url}/v1/incidents/${id}/lists`, {
    method: 'POST',
    headers: { cookie: rosa.cookie },
    body: form,
  })
  expect(answer.status).toBe(201)
  expect(await answer.json()).toMatchObject({ name: 'leak.txt', accepted: 2 })
})

test.each([
  ['nothing', '', {}, 422],
  ['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1]), {}, 422],
  ['compressed transfer', 'x', { 'content-encoding': 'gzip' }, 415],
  ['a form without a file', 'x', { 'content-type': 'multipart/form-data; boundary=x' }, 400],
  ['a form without a boundary', 'x', { 'content-type': 'multipart/form-data' }, 400],
])('%s is refused as a list', async (_what, content, headers, status) => {
  const { id } = await opened()
  const answer = await upload(id, content, headers)
  expect(answer.status).toBe(status)
  expect(await server.world.db.list.count({ where: { incidentId: id } })).toBe(0)
})

test('a list for no incident, and the rejections of no list, are not found', async () => {
  expect((await upload('inc_nothing', LINES)).status).toBe(404)
  expect((await rosa.ask('GET', '/v1/lists/lst_x/rejections')).status).toBe(404)
  expect((await rosa.ask('GET', '/v1/lists/lst_x/rejections.csv')).status).toBe(404)
})
