import { inTx } from '../../../src/platform/db.js'
import { dismiss } from '../../../src/staff/people/service.js'
import { approveSweep } from '../../../src/sweeps/control/service.js'
import {
  type Asked,
  askAt,
  type Browser,
  cookieOf,
  PASSWORD,
  type StaffServer,
  startStaff,
} from '../../support/staff.js'
import { approval, crowdOf, openScene, plannedBy, type Scene } from '../../support/sweep-scene.js'
import { asOwner, runAll } from '../../support/world.js'

let server: StaffServer
let scene: Scene
let abel: Browser
let alma: Browser
beforeAll(async () => {
  server = await startStaff()
  scene = await openScene(server)
  abel = await scene.another()
  alma = await scene.another()
})
afterAll(() => server.close())

const small = () => plannedBy(scene, crowdOf(3))
const large = () => plannedBy(scene, crowdOf(6))
type Plan = Awaited<ReturnType<typeof plannedBy>>
const approve = (plan: Plan, by: Browser, over: object = {}) =>
  by.ask('POST', `/v1/sweeps/${plan.id}/approval`, { ...approval(plan), ...over })
const act = (plan: Plan, verb: string, by = scene.rosa, body?: object) =>
  by.ask('POST', `/v1/sweeps/${plan.id}/${verb}`, body)
const read = async (plan: Plan, by = scene.rosa) =>
  (await by.ask('GET', `/v1/sweeps/${plan.id}`)).body
const audited = (kind: string, { id }: Plan) =>
  server.world.db.auditEvent.count({ where: { kind, subject: `sweep:${id}` } })
const code = ({ status, body }: Asked) => [status, body.type?.replace('urn:cordon:problem:', '')]
const setRoles = (who: Browser, roles: string[]) =>
  server.world.db.$executeRaw`UPDATE staff SET roles = ${roles}::text[] WHERE id = ${who.id}`

test('a plan is approved by somebody else, started, paused, resumed and run', async () => {
  const plan = await plannedBy(scene, ['crowd-100', 'crowd-101', 'crowd-102'])
  expect((await read(plan, abel)).may).toContain('sweep.approve')
  const approved = await approve(plan, abel)
  expect(approved.status).toBe(202)
  expect(approved.body).toMatchObject({
    status: 'approved',
    approvals: [{ approver: `staff:${abel.id}`, expectedResets: 3, lapse: null }],
    needs: { approvals: 1, given: 1 },
  })
  expect((await read(plan)).may).toEqual(['sweep.read', 'sweep.start', 'sweep.stop'])
  expect((await act(plan, 'start')).body.status).toBe('running')
  const paused = await act(plan, 'pause', alma, { reason: 'a question' })
  expect([paused.status, paused.body.status, paused.body.statusReason]).toEqual([
    202,
    'paused',
    'a question',
  ])
  expect((await act(plan, 'resume')).body.status).toBe('running')
  await runAll(server.world, plan.id)
  expect(await read(plan)).toMatchObject({
    status: 'finished',
    progress: { accountsDone: 3, holdsDone: true },
    finishedAt: expect.any(String),
  })
  const done = await scene.rosa.ask('GET', `/v1/sweeps/${plan.id}/actions?outcome=reset_ordered`)
  expect(done.body.items.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
    'reset_ordered',
    'reset_ordered',
    'reset_ordered',
  ])
  expect(code(await act(plan, 'start'))).toEqual([409, 'plan_already_executed'])
  expect(code(await act(plan, 'abort', abel, { reason: 'late' }))).toEqual([
    409,
    'illegal_transition',
  ])
})

test('an aborted sweep stays aborted', async () => {
  const plan = await small()
  await approve(plan, abel)
  expect((await act(plan, 'abort', scene.rosa, { reason: 'wrong list' })).body.status).toBe(
    'aborted',
  )
  expect(code(await act(plan, 'start'))).toEqual([409, 'illegal_transition'])
  expect(code(await act(plan, 'resume'))).toEqual([409, 'illegal_transition'])
  expect(code(await approve(plan, alma))).toEqual([409, 'illegal_transition'])
})

test('a stop wants a reason', async () => {
  const plan = await small()
  expect((await act(plan, 'abort')).status).toBe(400)
  expect((await act(plan, 'pause', scene.rosa, { reason: ' ' })).status).toBe(400)
})

test('whoever asked for a plan does not approve it, even as an approver', async () => {
  const both = await server.signedIn(['responder', 'approver'])
  const plan = await plannedBy({ ...scene, rosa: both }, crowdOf(2))
  expect((await read(plan, both)).may).not.toContain('sweep.approve')
  expect(code(await approve(plan, both))).toEqual([403, 'forbidden'])
  expect(plan.approvals).toEqual([])
})

test.each([
  ['another digest', { planDigest: '0'.repeat(64) }, [409, 'plan_digest_wrong']],
  ['another number of resets', { expectedResets: 4 }, [409, 'approval_mismatch']],
  ['no number', { expectedResets: '3' }, [400, 'input_invalid']],
])('%s approves nothing', async (_what, over, refusal) => {
  const plan = await small()
  expect(code(await approve(plan, abel, over))).toEqual(refusal)
  expect(await read(plan)).toMatchObject({ status: 'planned', approvals: [] })
})

test.each([
  ['approval', 'responder', { planDigest: 'x', expectedResets: 1 }],
  ['start', 'approver', undefined],
  ['pause', 'reviewer', { reason: 'x' }],
  ['resume', 'auditor', undefined],
] as const)('%s is not for a %s', async (verb, role, body) => {
  const plan = await small()
  const somebody = await server.signedIn([role])
  expect(code(await act(plan, verb, somebody, body))).toEqual([403, 'forbidden'])
})

test('an approval wants a fresh second factor', async () => {
  const plan = await small()
  const stale = await scene.another()
  await server.world.db.$executeRaw`
    UPDATE staff_session SET factor_at = now() - interval '6 minutes' WHERE staff_id = ${stale.id}`
  expect(code(await approve(plan, stale))).toEqual([403, 'step_up_required'])
})

test('two who approve a large plan at once are two', async () => {
  for (const _round of [1, 2, 3]) {
    const plan = await large()
    expect(plan.needs).toEqual({ approvals: 2, given: 0 })
    const answers = await Promise.all([approve(plan, abel), approve(plan, alma)])
    expect(answers.map(({ status }) => status)).toEqual([202, 202])
    expect(await read(plan)).toMatchObject({ status: 'approved', needs: { given: 2 } })
    expect(await audited('sweep.approved', plan)).toBe(2)
  }
})

test('one person in two sessions is one', async () => {
  const plan = await large()
  const signedIn = await server.ask('POST', '/v1/session', {
    email: abel.email,
    password: PASSWORD,
    totp: await abel.code(),
  })
  const twin = { ...abel, ask: askAt(server.url, { cookie: cookieOf(signedIn) }) }
  await Promise.all([approve(plan, abel), approve(plan, twin)])
  expect(await read(plan)).toMatchObject({ status: 'planned', needs: { approvals: 2, given: 1 } })
})

test('fifty approvals by one person at once are one row and one audit row', async () => {
  const plan = await large()
  const answers = await Promise.all(Array.from({ length: 50 }, () => approve(plan, abel)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
  expect(await server.world.db.approval.count({ where: { sweepId: plan.id } })).toBe(1)
  expect(await audited('sweep.approved', plan)).toBe(1)
  expect(await read(plan)).toMatchObject({ status: 'planned', needs: { given: 1 } })
})

describe('an approval is void', () => {
  test('once its approver may not approve any more, and the sweep says so', async () => {
    const plan = await small()
    const una = await scene.another()
    await approve(plan, una)
    await setRoles(una, ['reviewer'])
    expect(await read(plan)).toMatchObject({
      status: 'approved',
      statusReason: expect.stringContaining('may not approve any more'),
      approvals: [{ lapse: 'role_removed' }],
      needs: { approvals: 1, given: 0 },
      may: ['sweep.read', 'sweep.stop'],
    })
    const refused = await act(plan, 'start')
    expect(code(refused)).toEqual([409, 'illegal_transition'])
    expect(refused.body.detail).toContain('may not approve any more')
    await approve(plan, abel)
    expect((await act(plan, 'start')).status).toBe(202)
  })

  test('once they are dismissed', async () => {
    const plan = await large()
    const una = await scene.another()
    await approve(plan, una)
    await approve(plan, abel)
    await server.signedIn(['admin'])
    await inTx(server.world.db, (tx) => dismiss(tx, { id: una.id, actor: 'os:test' }))
    expect(await read(plan)).toMatchObject({ needs: { approvals: 2, given: 1 } })
    expect(code(await act(plan, 'start'))).toEqual([409, 'illegal_transition'])
    expect(await audited('sweep.started', plan)).toBe(0)
  })

  test('once a list is not what was planned', async () => {
    const plan = await small()
    await approve(plan, abel)
    await asOwner(server.world, "UPDATE list SET sha256 = repeat('0', 64) WHERE id = ANY($1)", [
      plan.listIds,
    ])
    expect(code(await act(plan, 'start'))).toEqual([409, 'list_changed'])
    const other = await small()
    await asOwner(server.world, 'UPDATE verdict SET score = score - 1 WHERE sweep_id = $1', [
      other.id,
    ])
    expect(code(await approve(other, abel))).toEqual([409, 'list_changed'])
  })
})

test('a shell approves only while nobody may approve over the API', async () => {
  const { deps } = server
  const plan = await small()
  const request = { ...approval(plan), approver: 'os:zoe' }
  await expect(approveSweep(deps, plan.id, request)).rejects.toMatchObject({
    code: 'forbidden',
    detail: expect.stringContaining('over the API'),
  })
  const roles = await server.world.db.$queryRaw<{ id: string }[]>`
    UPDATE staff SET roles = '{reviewer}' WHERE 'approver' = ANY(roles) RETURNING id`
  expect((await approveSweep(deps, plan.id, request)).status).toBe('approved')
  await server.world.db.$executeRaw`
    UPDATE staff SET roles = '{approver}' WHERE id = ANY(${roles.map(({ id }) => id)})`
  expect(await read(plan)).toMatchObject({ approvals: [{ lapse: 'approvers_exist' }] })
  expect(code(await act(plan, 'start'))).toEqual([409, 'illegal_transition'])
})
