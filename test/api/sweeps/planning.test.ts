import { DEFAULT_POLICY } from '../../../src/scoring/default-policy.js'
import { addKey } from '../../../src/staff/keys/service.js'
import { planWaiting } from '../../../src/sweeps/planning/jobs.js'
import { type Browser, type StaffServer, startStaff } from '../../support/staff.js'
import {
  anIncident,
  approval,
  crowdOf,
  holdWriting,
  openScene,
  plannedBy,
  type Scene,
} from '../../support/sweep-scene.js'
import { asOwner } from '../../support/world.js'

let server: StaffServer
let scene: Scene
beforeAll(async () => {
  server = await startStaff()
  scene = await openScene(server)
})
afterAll(() => server.close())

const ask = (incidentId: string, body?: object, headers?: object) =>
  scene.rosa.ask('POST', `/v1/incidents/${incidentId}/sweeps`, body, headers)
const read = async (id: string) => (await scene.rosa.ask('GET', `/v1/sweeps/${id}`)).body
const audited = (kind: string, id: string) =>
  server.world.db.auditEvent.count({ where: { kind, subject: `sweep:${id}` } })
/** Waits longer than any planner is waited for. */
const later = (id: string) =>
  server.world.db
    .$executeRaw`UPDATE sweep SET created_at = now() - interval '10 minutes' WHERE id = ${id}`

test('a plan is asked for at once, and made by a worker', async () => {
  const answer = await ask(await anIncident(scene, crowdOf(3)))
  expect(answer.status).toBe(201)
  expect(answer.body).toMatchObject({
    status: 'planning',
    counts: null,
    planDigest: null,
    fourEyes: true,
    requestedBy: `staff:${scene.rosa.id}`,
    needs: { approvals: null, given: 0 },
    may: ['sweep.read'],
  })
  expect(await planWaiting(server.deps)).toBe(true)
  expect(await read(answer.body.id)).toMatchObject({
    status: 'planned',
    planDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    counts: {
      matched: 3,
      accounts: 3,
      byTier: { unprotected: 3 },
      byOutcome: { reset_ordered: 3 },
    },
    resets: 3,
    needs: { approvals: 1, given: 0 },
    progress: { accounts: 3, accountsDone: 0 },
    may: ['sweep.read', 'sweep.stop'],
  })
  expect(await planWaiting(server.deps)).toBe(false)
})

test('while a plan is made everybody sees the step, and how many rows each step before it made', async () => {
  const asked = await ask(await anIncident(scene, [...crowdOf(4), 'stranger']))
  expect(asked.body.progress.planning).toEqual([])
  const letOn = await holdWriting(server.world)
  const made = planWaiting(server.deps)
  const steps = async () => (await read(asked.body.id)).progress.planning
  const begun = await until(async () => {
    const seen = await steps()
    return seen.length === 5 ? seen : undefined
  })
  expect(begun.map(({ step, rows }: { step: string; rows: number }) => [step, rows])).toEqual([
    ['reading', 5],
    ['matching', 4],
    ['weighing', 4],
    ['judging', 1],
    ['writing', null],
  ])
  const at = begun.map(({ beganAt }: { beganAt: string }) => Date.parse(beganAt))
  expect(at).toEqual([...at].sort((one, other) => one - other))
  await letOn()
  await made
  expect(await read(asked.body.id)).toMatchObject({
    status: 'planned',
    progress: { planning: null, accounts: 4 },
  })
})

test('a plan that a key asked for is not approved by who made that key', async () => {
  const maker = await scene.another()
  const made = { role: 'automation' as const, name: 'ci', actor: `staff:${maker.id}` }
  const { key } = await addKey(server.deps, made)
  const incidentId = await anIncident(scene, crowdOf(2))
  const headers = { authorization: `Bearer ${key}` }
  const asked = await server.ask('POST', `/v1/incidents/${incidentId}/sweeps`, {}, headers)
  expect(asked.status).toBe(201)
  await planWaiting(server.deps)
  const plan = await read(asked.body.id)
  const approve = (who: Browser) =>
    who.ask('POST', `/v1/sweeps/${plan.id}/approval`, approval(plan))
  expect((await approve(maker)).body).toMatchObject({
    status: 403,
    detail: expect.stringContaining('who made the requester’s key'),
  })
  expect((await approve(await scene.another())).status).toBe(202)
})

test('an idempotency key asks for one plan', async () => {
  const incidentId = await anIncident(scene, crowdOf(2))
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => ask(incidentId, {}, { 'idempotency-key': 'one-plan' })),
  )
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect(await server.world.db.sweep.count({ where: { incidentId } })).toBe(1)
})

test('without a list, or after an incident was closed, there is nothing to plan', async () => {
  const empty = await ask(await anIncident(scene, []))
  expect([empty.status, empty.body.detail]).toEqual([409, expect.stringContaining('no list')])
  const closed = await anIncident(scene, crowdOf(1))
  await scene.rosa.ask(
    'PATCH',
    `/v1/incidents/${closed}`,
    { status: 'closed' },
    { 'if-match': '"1"' },
  )
  expect((await ask(closed)).status).toBe(409)
  expect((await ask('inc_nothing')).status).toBe(404)
})

test('accounts that are left out are in no action, are counted, and bind the digest', async () => {
  const incidentId = await anIncident(scene, [...crowdOf(4), 'stranger'])
  const ids = await Promise.all(
    [undefined, { exclude: ['crowd-1', 'crowd-400', 'crowd-1'] }].map(
      async (body) => (await ask(incidentId, body)).body.id,
    ),
  )
  await planWaiting(server.deps)
  const [all, some] = await Promise.all(ids.map(read))
  expect(some).toMatchObject({
    exclude: ['crowd-1', 'crowd-400'],
    counts: { matched: 4, unknown: 1, accounts: 3, excluded: 1 },
    resets: 3,
  })
  expect(all.counts).toMatchObject({ matched: 4, unknown: 1, accounts: 4, excluded: 0 })
  expect(some.planDigest).not.toBe(all.planDigest)
  const actions = await scene.rosa.ask('GET', `/v1/sweeps/${some.id}/actions`)
  expect(actions.body.items.map((each: { accountId: string }) => each.accountId)).toEqual([
    'crowd-0',
    'crowd-2',
    'crowd-3',
  ])
})

test('an account to leave out that does not exist is refused, because it may be mistyped', async () => {
  const answer = await ask(await anIncident(scene, crowdOf(2)), { exclude: ['crowd-1', 'crwd-2'] })
  expect(answer.status).toBe(400)
  expect(answer.body.errors).toEqual([
    { path: 'body.exclude.1', message: 'no account has this id' },
  ])
  const many = { exclude: Array.from({ length: 1_001 }, (_, index) => `x-${index}`) }
  expect((await ask(await anIncident(scene, crowdOf(1)), many)).status).toBe(400)
})

test('a policy is sent, or named once it was used', async () => {
  const policy = { ...DEFAULT_POLICY, name: 'mild', version: 7 }
  expect((await plannedBy(scene, crowdOf(1), { policy })).policyVersion).toBe('mild@7')
  expect((await plannedBy(scene, crowdOf(1), { policy: 'mild@7' })).policyVersion).toBe('mild@7')
  const incidentId = await anIncident(scene, crowdOf(1))
  for (const wrong of ['mild@8', { name: 'x' }, { ...policy, tiers: [] }]) {
    const answer = await ask(incidentId, { policy: wrong })
    expect([answer.status, answer.body.type]).toEqual([422, 'urn:cordon:problem:policy_invalid'])
  }
  const changed = { ...policy, rules: policy.rules.slice(1) }
  expect((await ask(incidentId, { policy: changed })).status).toBe(422)
})

test('ten workers make one plan once', async () => {
  const { body } = await ask(await anIncident(scene, crowdOf(20)))
  await Promise.all(Array.from({ length: 5 }, () => planWaiting(server.deps)))
  expect(await read(body.id)).toMatchObject({ status: 'planned', counts: { accounts: 20 } })
  expect(await audited('sweep.planned', body.id)).toBe(1)
})

describe('a planner that dies', () => {
  test('is replaced by the next, and the third is the last', async () => {
    const { body } = await ask(await anIncident(scene, crowdOf(5)))
    await asOwner(
      server.world,
      'ALTER TABLE verdict ADD CONSTRAINT broken CHECK (score < 0) NOT VALID',
    )
    for (const attempts of [1, 2]) {
      await later(body.id)
      await planWaiting(server.deps)
      expect(await server.world.db.sweep.findUnique({ where: { id: body.id } })).toMatchObject({
        status: 'planning',
        planAttempts: attempts,
      })
    }
    await later(body.id)
    await planWaiting(server.deps)
    await asOwner(server.world, 'ALTER TABLE verdict DROP CONSTRAINT broken')
    expect(await read(body.id)).toMatchObject({
      status: 'failed',
      statusReason: expect.stringContaining('broke off 3 times'),
    })
    await later(body.id)
    expect(await planWaiting(server.deps)).toBe(false)
    expect(await audited('sweep.failed', body.id)).toBe(1)
  })

  test('in the middle of planning leaves a plan that the next one makes whole', async () => {
    const { body } = await ask(await anIncident(scene, crowdOf(6)))
    const { pool, db } = server.world
    const blocker = await pool.connect()
    await blocker.query('BEGIN')
    await blocker.query('LOCK TABLE chunk IN ACCESS EXCLUSIVE MODE')
    const dying = planWaiting(server.deps)
    const planner = await until(async () => {
      const [found] = await db.$queryRaw<{ pid: number }[]>`
        SELECT pid FROM pg_locks WHERE relation = 'chunk'::regclass AND NOT granted`
      return found?.pid
    })
    expect(await planWaiting(server.deps)).toBe(false) // somebody is at it
    await asOwner(server.world, 'SELECT pg_terminate_backend($1)', [planner])
    await dying
    await blocker.query('COMMIT')
    blocker.release()
    expect(await read(body.id)).toMatchObject({ status: 'planning' })
    expect(await db.action.count({ where: { sweepId: body.id } })).toBe(0)
    await later(body.id)
    expect(await planWaiting(server.deps)).toBe(true)
    expect(await read(body.id)).toMatchObject({ status: 'planned', counts: { accounts: 6 } })
    expect(await audited('sweep.planned', body.id)).toBe(1)
  })
})

/** What `look` finds, once it finds something. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
  }
}

describe('the actions of a plan', () => {
  test('are read page by page, by tier and by outcome, each once and in order', async () => {
    const plan = await plannedBy(scene, crowdOf(25))
    const seqs: number[] = []
    let next: string | null = ''
    while (next !== null) {
      const path: string = `/v1/sweeps/${plan.id}/actions?take=10&tier=unprotected${next ? `&cursor=${next}` : ''}`
      const { body } = await scene.rosa.ask('GET', path)
      seqs.push(...body.items.map(({ seq }: { seq: number }) => seq))
      next = body.next
    }
    expect(seqs).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
    const of = async (query: string) =>
      (await scene.rosa.ask('GET', `/v1/sweeps/${plan.id}/actions?${query}`)).body.items
    expect(await of('tier=listed')).toEqual([])
    expect(await of('outcome=reset_ordered')).toHaveLength(25)
    expect(await of('outcome=superseded')).toEqual([])
    const [first] = await of('take=1')
    expect(first).toMatchObject({
      accountId: 'crowd-0',
      match: 'equal',
      tier: 'unprotected',
      effects: ['hold', 'reset'],
      reasons: expect.arrayContaining(['no_second_factor']),
      planned: 'reset_ordered',
      outcome: null,
    })
    expect(JSON.stringify(first)).not.toContain('@')
  })

  test.each(['swp_none', 'x'])('of no sweep are not found: %s', async (id) => {
    expect((await scene.rosa.ask('GET', `/v1/sweeps/${id}/actions`)).status).toBe(404)
    expect((await scene.rosa.ask('GET', `/v1/sweeps/${id}`)).status).toBe(404)
  })
})
