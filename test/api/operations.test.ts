import { type StaffServer, startStaff } from '../support/staff.js'
import { accounts, linesOf, planned, risky, runAll, started } from '../support/world.js'

let server: StaffServer
beforeAll(async () => {
  server = await startStaff()
  const { world } = server
  await accounts(world, [risky('one'), risky('two')])
  const scene = { title: 'metrics', lists: [linesOf(['one', 'two'])] }
  await runAll(world, await started(world, await planned(world, scene)))
})
afterAll(() => server.close())

test('metrics show what waits, and no id, address or token', async () => {
  const auditor = await server.signedIn(['auditor'])
  await auditor.ask('GET', '/v1/incidents')
  const { status, body, headers } = await auditor.ask('GET', '/metrics')
  expect([status, headers.get('content-type')]).toEqual([
    200,
    expect.stringMatching(/^text\/plain/),
  ])
  expect(body).toMatch(/^cordon_sweeps\{status="finished"\} 1$/m)
  expect(body).toMatch(/^cordon_cases_escalated 0$/m)
  expect(body).toMatch(/^cordon_mails\{status="staged",purpose="reset"\} 2$/m)
  expect(body).toMatch(/^cordon_mail_valve_open\{scope="global"\} 1$/m)
  expect(body).toMatch(
    /^cordon_http_request_seconds_count\{route="GET \/v1\/incidents",status="200"\} 1$/m,
  )
  expect(body).toMatch(/^cordon_database_connections\{state="waiting"\} 0$/m)
  expect(body).toMatch(/^# HELP cordon_arrivals_oldest_seconds /m)
  expect(body).not.toMatch(/@shop\.example|swp_|stf_/)
})

test('metrics are not for everybody', async () => {
  expect((await server.ask('GET', '/metrics')).status).toBe(401)
  const reviewer = await server.signedIn(['reviewer'])
  expect((await reviewer.ask('GET', '/metrics')).status).toBe(403)
})

test('the document describes every call, for machines and for people', async () => {
  const { status, body } = await server.ask('GET', '/openapi.json')
  expect(status).toBe(200)
  expect(body.openapi).toBe('3.1.0')
  expect(body.paths['/v1/incidents/{id}/lists'].post.responses).toMatchObject({
    201: { content: { 'application/json': { schema: { type: 'object' } } } },
    404: { description: expect.stringContaining('incident_not_found') },
  })
  const docs = await server.ask('GET', '/docs')
  expect(docs.headers.get('content-security-policy')).toMatch(/default-src 'none'/)
  expect(docs.body).toContain('/v1/incidents/:id/lists')
})
