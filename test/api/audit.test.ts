import { request } from 'node:http'
import { parseExportLine } from '../../src/audit/export.js'
import { followPages, recordAll, sealEvents, verifyPart } from '../../src/audit/service.js'
import { inTx } from '../../src/platform/db.js'
import { addKey } from '../../src/staff/keys/service.js'
import { type Browser, type StaffServer, startStaff } from '../support/staff.js'
import { asOwner } from '../support/world.js'

let server: StaffServer
let alma: Browser
beforeAll(async () => {
  server = await startStaff()
  alma = await server.signedIn(['auditor'])
})
afterAll(() => server.close())

const happen = (times: number, over: { kind?: string; subject?: string; actor?: string } = {}) =>
  inTx(server.world.db, (tx) =>
    recordAll(
      tx,
      Array.from({ length: times }, (_, index) => ({
        kind: 'case.viewed' as const,
        actor: 'os:test',
        subject: `case:${index}`,
        ...(over as object),
      })),
    ),
  )

/** Events are linked once no older transaction is open, also in the databases of other tests. */
async function allLinked() {
  const waiting = async () =>
    (await server.world.db.auditEvent.count()) - (await server.world.db.auditSeal.count())
  while ((await waiting()) > 0) await sealEvents(server.world)
}

async function walk(query: string) {
  const seen: { id: string; kind: string }[] = []
  let next: string | null = ''
  while (next !== null) {
    const path: string = `/v1/audit?${query}${next ? `&cursor=${next}` : ''}`
    const { status, body } = await alma.ask('GET', path)
    expect(status).toBe(200)
    seen.push(...body.items)
    next = body.next
  }
  return seen
}

test('events are listed from the newest on, page by page, and nothing is seen twice', async () => {
  await happen(25)
  const seen = (await walk('take=7')).map(({ id }) => Number(id))
  expect(seen).toEqual(seen.toSorted((a, b) => b - a))
  expect(new Set(seen).size).toBe(await server.world.db.auditEvent.count())
})

test('filters by kind, subject and actor hold together', async () => {
  await happen(3, { kind: 'case.claimed', subject: 'case:f', actor: 'staff:f' })
  await happen(1, { kind: 'case.snoozed', subject: 'case:f', actor: 'staff:f' })
  await happen(1, { kind: 'case.claimed', subject: 'case:f', actor: 'staff:g' })
  expect(await walk('take=2&subject=case:f')).toHaveLength(5)
  expect(await walk('take=2&kind=case.claimed&subject=case:f')).toHaveLength(4)
  expect(await walk('take=2&actor=staff:f&kind=case.claimed')).toHaveLength(3)
  expect(await walk('kind=sweep.aborted')).toEqual([])
})

test('a filter looks only so far at once, and goes on from there', async () => {
  await happen(1, { kind: 'sweep.failed' })
  await asOwner(
    server.world,
    `SELECT setval(pg_get_serial_sequence('audit_event', 'id'), max(id) + 450000) FROM audit_event`,
  )
  await happen(1)
  const first = await alma.ask('GET', '/v1/audit?kind=sweep.failed')
  expect(first.body).toMatchObject({ items: [], next: expect.any(String) })
  expect(await walk('kind=sweep.failed')).toHaveLength(1)
})

test('the chain verifies', async () => {
  await allLinked()
  const { status, body } = await alma.ask('GET', '/v1/audit/verification')
  expect(status).toBe(200)
  expect(body).toEqual({
    result: 'verified',
    verified: await server.world.db.auditSeal.count(),
    head: expect.stringMatching(/^[0-9a-f]{64}$/),
    waiting: 0,
    fault: null,
    next: null,
  })
})

test('a long chain is verified part by part, each from where the last one ended', async () => {
  await happen(2_500)
  await allLinked()
  const first = await verifyPart(server.world, { forMs: 0 })
  expect(first).toMatchObject({ result: 'partial', verified: 1_000, waiting: null, fault: null })
  const from = { index: first.verified, hash: Buffer.from(first.head, 'hex') }
  const rest = await verifyPart(server.world, { from, forMs: 60_000 })
  expect(rest).toMatchObject({ result: 'verified', waiting: 0 })
  const whole = await alma.ask('GET', '/v1/audit/verification')
  expect(whole.body).toMatchObject({ head: rest.head, verified: rest.verified })
  const wrong = { index: first.verified, hash: Buffer.alloc(32) }
  expect(await verifyPart(server.world, { from: wrong, forMs: 60_000 })).toMatchObject({
    result: 'broken',
    fault: { index: 1_000, problem: 'altered' },
  })
})

test('an export is every linked event, verifies offline, and is itself recorded', async () => {
  const { status, body, headers } = await alma.ask('GET', '/v1/audit/export')
  expect(status).toBe(200)
  expect(headers.get('content-type')).toContain('application/x-ndjson')
  expect(headers.get('content-disposition')).toContain('attachment')
  const events = (body as string).trimEnd().split('\n').map(parseExportLine)
  expect(events.length).toBeGreaterThan(2_500)
  const exports = { kind: 'audit.exported', actor: `staff:${alma.id}` }
  expect(await server.world.db.auditEvent.count({ where: exports })).toBe(1)
  const pages = async function* () {
    yield events
  }
  expect(await followPages(pages())).toMatchObject({ verified: events.length })
  expect(await followPages(pages())).not.toHaveProperty('fault')
})

test('whoever hangs up in the middle of an export harms nobody', async () => {
  await happen(30_000)
  await new Promise<void>((resolve, reject) => {
    const asked = request(
      `${server.url}/v1/audit/export`,
      { headers: { cookie: alma.cookie } },
      (answer) => {
        answer.once('data', () => {
          answer.destroy()
          resolve()
        })
      },
    )
    asked.once('error', reject)
    asked.end()
  })
  expect((await alma.ask('GET', '/v1/audit?take=1')).status).toBe(200)
})

test('who may not read the audit learns nothing; exporting wants a fresh factor of people', async () => {
  const rosa = await server.signedIn(['responder', 'reviewer', 'approver'])
  for (const path of ['', '/verification', '/export']) {
    expect((await rosa.ask('GET', `/v1/audit${path}`)).status).toBe(403)
    expect((await server.ask('GET', `/v1/audit${path}`)).status).toBe(401)
  }
  const adam = await server.signedIn(['admin'])
  expect((await adam.ask('GET', '/v1/audit')).status).toBe(200)
  expect((await adam.ask('GET', '/v1/audit/export')).status).toBe(403)
  const stale = await server.signedIn(['auditor'])
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${stale.id}`
  const refused = await stale.ask('GET', '/v1/audit/export')
  expect([refused.status, refused.body.type]).toEqual([403, 'urn:cordon:problem:step_up_required'])
  const role = { role: 'automation' as const, name: 'siem', actor: 'os:test' }
  const { key } = await addKey(server.world as never, role)
  const authorization = `Bearer ${key}`
  const asKey = await server.ask('GET', '/v1/audit/export', undefined, { authorization })
  expect(asKey.status).toBe(200)
})

test.each(['cursor=x', 'kind=Nothing', 'take=501', 'more=1'])(
  'events asked for with %s are refused',
  async (query) => expect((await alma.ask('GET', `/v1/audit?${query}`)).status).toBe(400),
)

// What follows breaks the record, for good.
test('a record that somebody changed does not verify, and the answer says where', async () => {
  await allLinked()
  const [seal] = await server.world.db.auditSeal.findMany({ where: { index: 3n } })
  await asOwner(
    server.world,
    `UPDATE audit_event SET actor = 'nobody' WHERE id = ${seal?.eventId ?? 0}`,
  )
  const { status, body } = await alma.ask('GET', '/v1/audit/verification')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    result: 'broken',
    fault: { index: 3, problem: 'altered' },
    next: null,
  })
})
