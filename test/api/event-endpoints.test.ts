import { type Browser, type StaffServer, startStaff } from '../support/staff.js'

let server: StaffServer
let admin: Browser
beforeAll(async () => {
  server = await startStaff()
  admin = await server.signedIn(['admin'])
})
afterAll(() => server.close())

const ENDPOINT = { format: 'webhook', url: 'https://receiver.example.com/hook' }

test('an endpoint is added once, listed without its secret, rotated and disabled', async () => {
  const once = { 'idempotency-key': 'hook' }
  const added = await admin.ask('POST', '/v1/event-endpoints', ENDPOINT, once)
  expect(added.status).toBe(201)
  expect(added.body.secret).toMatch(/^whsec_/)
  expect((await admin.ask('POST', '/v1/event-endpoints', ENDPOINT, once)).body).toEqual(added.body)
  const { id } = added.body
  const rotated = await admin.ask('POST', `/v1/event-endpoints/${id}/secret`, {})
  expect(rotated.body.secret).not.toBe(added.body.secret)
  const list = await admin.ask('GET', '/v1/event-endpoints')
  expect(list.body.items).toMatchObject([{ id, liveSecrets: 2, pending: 0, disabledAt: null }])
  expect(JSON.stringify(list.body)).not.toContain('whsec_')
  expect((await admin.ask('DELETE', `/v1/event-endpoints/${id}`)).status).toBe(204)
  expect((await admin.ask('DELETE', `/v1/event-endpoints/${id}`)).status).toBe(404)
})

test.each([
  ['this machine', 'https://127.0.0.1/hook'],
  ['another scheme', 'ftp://receiver.example.com/'],
  ['a private network', 'https://10.0.0.8/hook'],
  ['the cloud’s own address', 'https://169.254.169.254/latest/meta-data'],
])('an endpoint at %s is refused', async (_what, url) => {
  const answer = await admin.ask('POST', '/v1/event-endpoints', { ...ENDPOINT, url })
  expect([answer.status, answer.body.type]).toEqual([422, 'urn:cordon:problem:url_refused'])
})

test('deliveries are read by an auditor and replayed by an admin only', async () => {
  const auditor = await server.signedIn(['auditor'])
  const list = await auditor.ask('GET', '/v1/event-deliveries?status=dead')
  expect([list.status, list.body.items]).toEqual([200, []])
  const from = { from: '2026-11-01T00:00:00Z' }
  expect((await auditor.ask('POST', '/v1/event-deliveries/replay', from)).status).toBe(403)
  const replayed = await admin.ask('POST', '/v1/event-deliveries/replay', from)
  expect(replayed.body).toEqual({ replayed: 0 })
  expect((await admin.ask('POST', '/v1/event-deliveries/replay', {})).status).toBe(400)
})
