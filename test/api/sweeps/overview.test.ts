import { type Browser, type StaffServer, startStaff } from '../../support/staff.js'
import {
  anIncident,
  approval,
  crowdOf,
  openScene,
  plannedBy,
  type Scene,
} from '../../support/sweep-scene.js'
import { runAll } from '../../support/world.js'

let server: StaffServer
let scene: Scene
let auditor: Browser
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
let plan: any
beforeAll(async () => {
  server = await startStaff()
  scene = await openScene(server)
  auditor = await server.signedIn(['auditor'])
  plan = await plannedBy(scene, [...crowdOf(4), 'stranger'], { exclude: ['crowd-3'] })
  const abel = await scene.another()
  await abel.ask('POST', `/v1/sweeps/${plan.id}/approval`, approval(plan))
  await scene.rosa.ask('POST', `/v1/sweeps/${plan.id}/start`)
  await runAll(server.world, plan.id)
})
afterAll(() => server.close())

const get = (path: string, headers: object = {}, by = scene.rosa) =>
  by.ask('GET', path, undefined, headers)

test('an incident at a glance: how far its accounts are, its clocks, lists and sweeps', async () => {
  const { status, body, headers } = await get(`/v1/incidents/${plan.incidentId}`)
  expect(status).toBe(200)
  expect(headers.get('etag')).toBe('"1"')
  expect(body).toMatchObject({
    id: plan.incidentId,
    funnel: { exposed: 5, matched: 4, held: 3, ordered: 3, mailed: 0, opened: 0, completed: 0 },
    lists: [{ entries: 5, accepted: 5 }],
    sweeps: [{ id: plan.id, status: 'finished', resets: 3 }],
  })
  const deadline = Date.parse(body.clocks.regulatorDeadlineAt)
  expect(deadline - Date.parse(body.detectedAt)).toBe(72 * 3_600_000)
  expect(body.clocks.minutesLeft).toBeGreaterThan(70 * 60)
  expect(body.clocks.minutesLeft).toBeLessThanOrEqual(71 * 60)
  const change = { 'if-match': headers.get('etag') }
  const changed = await scene.rosa.ask(
    'PATCH',
    `/v1/incidents/${plan.incidentId}`,
    { title: 'New' },
    change,
  )
  expect(changed.status).toBe(200)
})

test('an incident without a plan knows what its lists hold', async () => {
  const { body } = await get(`/v1/incidents/${await anIncident(scene, crowdOf(7))}`)
  expect(body).toMatchObject({ funnel: { exposed: 7, matched: null, held: 0 }, sweeps: [] })
  expect((await get('/v1/incidents/inc_none')).status).toBe(404)
})

test('whether the leak is used is told with the numbers that chance is measured by', async () => {
  const { status, body } = await get(`/v1/incidents/${plan.incidentId}/exploitation`)
  expect([status, body]).toEqual([
    200,
    { population: { targets: 500, exposedTargets: 4 }, sources: [], firstAt: null, log10P: null },
  ])
  expect((await get('/v1/incidents/inc_none/exploitation')).status).toBe(404)
})

test('a report is JSON, or a page that may show nothing but itself', async () => {
  const path = `/v1/sweeps/${plan.id}/report`
  const json = await get(path, { accept: 'application/json' })
  expect(json.body).toMatchObject({ sweep: { status: 'finished' }, accounts: { done: 3 } })
  expect(json.body.checks.filter(({ holds }: { holds: boolean }) => !holds)).toEqual([])
  expect((await get(path)).headers.get('content-type')).toContain('json')
  const page = await get(path, { accept: 'text/html,*/*;q=0.8' })
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'unsafe-inline'.*frame-ancestors 'none'$/,
  )
  expect(page.body).toContain('<h1>')
  expect((await get('/v1/sweeps/swp_none/report')).status).toBe(404)
})

test('the report per account is a grave act, is recorded, and names no address', async () => {
  const path = `/v1/sweeps/${plan.id}/report.csv`
  expect((await get(path)).status).toBe(403)
  const csv = await get(path, {}, auditor)
  expect(csv.headers.get('content-disposition')).toContain('attachment')
  expect(csv.body.split('\r\n')).toHaveLength(5)
  expect(csv.body).not.toContain('@')
  const events = await server.world.db.auditEvent.findMany({ where: { kind: 'sweep.exported' } })
  expect(events).toMatchObject([{ actor: `staff:${auditor.id}`, subject: `sweep:${plan.id}` }])
  const asked = await get(`/v1/sweeps/${plan.id}/report`, { accept: 'text/csv' }, auditor)
  expect(asked.body).toBe(csv.body)
  expect((await get('/v1/sweeps/swp_none/report.csv', {}, auditor)).status).toBe(404)
  await server.world.db
    .$executeRaw`UPDATE staff_session SET factor_at = now() - interval '6 minutes'`
  expect((await get(path, {}, auditor)).status).toBe(403)
})
