import { createClient } from '../../src/client/client.js'
import { changeIncident, listIncidents, openIncident } from '../../src/contract/incidents.js'
import { addKey } from '../../src/staff/keys/service.js'
import { type StaffServer, startStaff } from '../support/staff.js'

let server: StaffServer
let key: string
beforeAll(async () => {
  server = await startStaff()
  key = (await addKey(server.deps, { role: 'automation', name: 'ci', actor: 'os:test' })).key
})
afterAll(() => server.close())

const INCIDENT = {
  title: 'By machine',
  occurredAt: '2026-11-01T08:00:00Z',
  detectedAt: '2026-11-01T08:10:00Z',
}

test('a call of the contract is made, and its answer has the contract’s type', async () => {
  const client = createClient({ url: server.url, key })
  const request = { body: INCIDENT, idempotencyKey: 'once' }
  const opened = await client.call(openIncident, request)
  expect([opened.status, opened.etag, opened.body.kind]).toEqual([201, '"1"', 'addresses_exposed'])
  expect((await client.call(openIncident, request)).body.id).toBe(opened.body.id)
  const changed = await client.call(changeIncident, {
    params: { id: opened.body.id },
    body: { status: 'closed' },
    ifMatch: opened.etag ?? '',
  })
  expect(changed.body.status).toBe('closed')
  const { body } = await client.call(listIncidents, { query: { take: 1 } })
  expect(body.items.map(({ id }) => id)).toEqual([opened.body.id])
})

test('a refusal arrives as the refusal it was', async () => {
  const stranger = createClient({ url: server.url, key: `ck_x_${'y'.repeat(43)}` })
  await expect(stranger.call(listIncidents)).rejects.toMatchObject({ code: 'unauthenticated' })
  const client = createClient({ url: server.url, key })
  await expect(client.call(listIncidents, { query: { take: 0 } })).rejects.toMatchObject({
    code: 'input_invalid',
    options: { errors: [{ path: 'query.take' }] },
  })
  await expect(
    client.call(changeIncident, { params: { id: 'inc/../x' }, body: {}, ifMatch: '"1"' }),
  ).rejects.toMatchObject({ code: 'incident_not_found' })
})

test('nobody there is said as such', async () => {
  const client = createClient({ url: 'http://127.0.0.1:1', key })
  await expect(client.call(listIncidents)).rejects.toMatchObject({ code: 'service_unavailable' })
})

test('an answer that is not Cordon’s is no refusal', async () => {
  const fetch = async () => new Response('<html>', { status: 502 })
  const client = createClient({ url: server.url, key, fetch })
  await expect(client.call(listIncidents)).rejects.toThrow(/502 is not one of Cordon/)
})
