import { takeList } from '../../../src/exposures/service.js'
import { DEFAULT_POLICY } from '../../../src/scoring/default-policy.js'
import type { Policy } from '../../../src/scoring/policy.js'
import { planSweep } from '../../../src/sweeps/planning/service.js'
import { noteFailure } from '../../../src/sweeps/running/service.js'
import { type Browser, type StaffServer, startStaff } from '../../support/staff.js'
import {
  accounts,
  content,
  hostile,
  linesOf,
  planned,
  risky,
  runAll,
  safe,
  started,
  USD,
} from '../../support/world.js'

let server: StaffServer
let rosa: Browser
beforeAll(async () => {
  server = await startStaff()
  rosa = await server.signedIn(['responder'])
})
afterAll(() => server.close())

const ids = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`)
const get = (path: string) => rosa.ask('GET', path)
const code = ({ status, body }: { status: number; body: { type?: string } }) => [
  status,
  body.type?.replace('urn:cordon:problem:', ''),
]

/** Accounts of every tier, those under attack by one to six attempts. */
async function aPlan(name: string): Promise<{ sweepId: string; everybody: string[] }> {
  const { world } = server
  const attacked = ids(`${name}-attacked`, 6)
  const targeted = ids(`${name}-targeted`, 6)
  const quiet = ids(`${name}-quiet`, 7)
  const listed = ids(`${name}-listed`, 4)
  await accounts(world, [
    ...attacked.map((id) => risky(id)),
    ...targeted.map((id) => safe(id)),
    ...quiet.map((id) => risky(id, { balance: { value: '0.1', currency: 'EUR' } })),
    ...listed.map((id) => safe(id, { balance: USD('1000') })),
    risky(`${name}-unsaid`, { balance: null }),
  ])
  for (const [index, id] of [...attacked, ...targeted].entries()) {
    await hostile(world, id, { times: (index % 6) + 1 })
  }
  const everybody = [...attacked, ...targeted, ...quiet, ...listed, `${name}-unsaid`]
  return { everybody, sweepId: await planned(world, { title: name, lists: [linesOf(everybody)] }) }
}

/** A sweep whose plan nobody has made yet. */
async function asked(title: string) {
  const at = new Date(Date.now() - 3_600_000).toISOString()
  const incident = { title, occurredAt: at, detectedAt: at }
  const { id } = (await rosa.ask('POST', '/v1/incidents', incident)).body
  await takeList(server.world, id, content(linesOf([title])), 'os:test')
  return (await rosa.ask('POST', `/v1/incidents/${id}/sweeps`)).body
}

describe('what an approver reads of a plan', () => {
  test('tiers in the policy’s order, what their accounts hold, and the first and last rows', async () => {
    const { sweepId } = await aPlan('read')
    const { status, body } = await get(`/v1/sweeps/${sweepId}/plan`)
    expect(status).toBe(200)
    expect(body.tiers).toMatchObject([
      { name: 'takeover', accounts: 0, money: [], unknown: 0 },
      { name: 'attacked', accounts: 6, money: [{ currency: 'USD', accounts: 6, total: '60' }] },
      {
        name: 'unprotected',
        accounts: 8,
        money: [{ currency: 'EUR', accounts: 7, total: '0.7' }],
        unknown: 1,
      },
      { name: 'targeted', accounts: 6, money: [] },
      // four accounts: their sum would nearly tell what one of them holds
      { name: 'listed', accounts: 4, money: [{ currency: 'USD', accounts: 4, total: null }] },
    ])
    expect(body.money).toEqual([
      { currency: 'USD', accounts: 10, total: null },
      { currency: 'EUR', accounts: 7, total: '0.7' },
    ])
    expect(body.first.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3, 4, 5])
    expect(body.last.map(({ seq }: { seq: number }) => seq)).toEqual([20, 21, 22, 23, 24])
    expect(body.thresholds).toContainEqual({
      tier: 'attacked',
      fact: 'hostileAttempts',
      bound: 'atLeast',
      value: 1,
      most: 6,
    })
  })

  test('nothing while there is no plan', async () => {
    const { id } = await asked('early')
    expect(code(await get(`/v1/sweeps/${id}/plan`))).toEqual([409, 'illegal_transition'])
    expect(code(await get(`/v1/sweeps/${id}/simulation`))).toEqual([409, 'illegal_transition'])
    expect(code(await get('/v1/sweeps/none/plan'))).toEqual([404, 'sweep_not_found'])
  })
})

describe('a plan judged again with other thresholds', () => {
  test('as it is, when none is moved', async () => {
    const { sweepId } = await aPlan('same')
    const { counts, resets } = (await get(`/v1/sweeps/${sweepId}`)).body
    expect((await get(`/v1/sweeps/${sweepId}/simulation`)).body).toEqual({
      byTier: counts.byTier,
      byOutcome: counts.byOutcome,
      resets,
      moves: [],
    })
  })

  test('counts what a new plan by the changed policy counts', async () => {
    const { sweepId } = await aPlan('moved')
    const wanted = 'attacked.hostileAttempts.atLeast:3,targeted.hostileAttempts.atLeast:5'
    const { body } = await get(`/v1/sweeps/${sweepId}/simulation?thresholds=${wanted}`)
    const policy: Policy = structuredClone({ ...DEFAULT_POLICY, name: 'moved' })
    for (const [tier, atLeast] of [
      ['attacked', 3],
      ['targeted', 5],
    ] as const)
      policy.tiers.find(({ name }) => name === tier)!.when.hostileAttempts = { atLeast }
    const { incidentId, listIds } = await server.world.db.sweep.findUniqueOrThrow({
      where: { id: sweepId },
    })
    const again = await planSweep(server.world, { incidentId, listIds, policy, actor: 'os:test' })
    const { counts, resets } = (await get(`/v1/sweeps/${again}`)).body
    expect(body).toMatchObject({ byTier: counts.byTier, byOutcome: counts.byOutcome, resets })
    expect(body.moves).toEqual(
      expect.arrayContaining([
        { from: 'attacked', to: 'unprotected', accounts: 2 },
        { from: 'targeted', to: 'listed', accounts: 4 },
      ]),
    )
    expect(body.moves).toHaveLength(2)
  })

  test.each([
    ['listed.hostileAttempts.atLeast:3', 422, 'policy_invalid'],
    ['takeover.hostileSuccesses.atLeast:0', 422, 'policy_invalid'],
    ['attacked.hostileAttempts.atLeast', 400, 'input_invalid'],
    ['attacked.__proto__.atLeast:3', 400, 'input_invalid'],
  ])('%s is refused', async (thresholds, status, refusal) => {
    const { sweepId } = await aPlan(`bad-${thresholds.replace(/\W/g, '')}`.toLowerCase())
    const query = new URLSearchParams({ thresholds })
    expect(code(await get(`/v1/sweeps/${sweepId}/simulation?${query}`))).toEqual([status, refusal])
  })
})

test('while it runs, what became of whom and what broke off; at the end, whether it adds up', async () => {
  const { world } = server
  const { sweepId, everybody } = await aPlan('run')
  await started({ ...world, fourEyes: false }, sweepId)
  await noteFailure(world, sweepId, 2, new Error('connection lost'))
  const before = (await get(`/v1/sweeps/${sweepId}/outcomes`)).body
  expect(before).toMatchObject({
    byOutcome: {},
    failures: [{ chunk: 2, failures: 1, lastFailure: 'connection lost', isDone: false }],
  })
  await runAll(world, sweepId)
  const after = (await get(`/v1/sweeps/${sweepId}/outcomes`)).body
  expect(after.byOutcome).toEqual({ reset_ordered: 14, review_opened: 6, notified: 4 })
  expect(after.failures).toMatchObject([{ chunk: 2, isDone: true }])
  const { body } = await get(`/v1/sweeps/${sweepId}/result`)
  expect(body.checks.length).toBeGreaterThan(8)
  expect(body.checks.filter(({ holds }: { holds: boolean }) => !holds)).toEqual([])
  expect(body.resets).toMatchObject({ ordered: 14, waiting: 14, completed: 0 })
  expect(body.cases).toMatchObject({ total: 12, decided: 0 })
  expect(everybody).toHaveLength(24)
})

test('a sweep names the staff who had a part in it', async () => {
  expect((await asked('named')).people).toEqual([
    { actor: `staff:${rosa.id}`, name: expect.stringMatching(/^Person/) },
  ])
})
