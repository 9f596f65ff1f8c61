import { createHash } from 'node:crypto'
import { openIncident, takeList } from '../../src/exposures/service.js'
import { DEFAULT_POLICY } from '../../src/scoring/default-policy.js'
import { parsePolicy } from '../../src/scoring/policy.js'
import { getSweep } from '../../src/sweeps/control/service.js'
import { planSweep } from '../../src/sweeps/planning/service.js'
import {
  accounts,
  aWorld,
  content,
  hostile,
  linesOf,
  noOf,
  planned,
  risky,
  type Scene,
  safe,
  USD,
  type World,
} from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await aWorld()
})
afterAll(() => world.close())

type Counts = {
  entries: number
  duplicates: number
  exposed: number
  matched: number
  unknown: number
  rejected: number
  accounts: number
  equivalent: number
  byTier: Record<string, number>
  byOutcome: Record<string, number>
  histogram: number[]
}

const countsOf = async (sweepId: string) =>
  (await getSweep(world.db, sweepId)).counts as unknown as Counts
const plan = (scene: Scene) => planned(world, scene)

async function actionsOf(sweepId: string) {
  return world.db.$queryRaw<
    {
      id: string
      seq: number
      score: number
      tier: string
      outcome: string
      effects: string[]
      reasons: string[]
      batches: number
    }[]
  >`SELECT c.id, a.seq, v.score, v.tier, v.outcome, v.effects, v.reasons, a.batches FROM action a
    JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no JOIN account c ON c.no = a.account_no
    WHERE a.sweep_id = ${sweepId} ORDER BY a.seq`
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

test('every number of a plan adds up, and planning touches no account', async () => {
  await accounts(world, [risky('add-1'), risky('add-2'), safe('add-3'), { id: 'add-4' }])
  await hostile(world, 'add-2', { times: 12 })
  const text = `${linesOf(['add-1', 'add-2', 'add-2', 'add-3', 'add-4', 'stranger-1', 'stranger-2'])}not an address\nADD-1@shop.EXAMPLE\n`
  const counts = await countsOf(await plan({ title: 'adds up', lists: [text] }))
  expect(counts).toMatchObject({
    entries: 9,
    duplicates: 2,
    rejected: 1,
    matched: 4,
    unknown: 2,
    exposed: 7,
    accounts: 4,
  })
  expect(counts.exposed).toBe(counts.matched + counts.unknown + counts.rejected)
  expect(counts.entries).toBe(counts.exposed + counts.duplicates)
  expect(counts.byTier).toEqual({ attacked: 1, unprotected: 2, listed: 1 })
  expect(counts.byOutcome).toEqual({ reset_ordered: 3, notified: 1 })
  expect(sum(counts.histogram)).toBe(4)
  expect(await world.db.standing.count()).toBe(0)
  expect(await world.db.reset.count()).toBe(0)
  expect(await world.db.mail.count()).toBe(0)
})

test('actions run from the highest score down; among equals the most valuable first, unknown before all', async () => {
  await accounts(world, [
    risky('ord-poor', { balance: USD('0.000000000000000001') }),
    risky('ord-rich', { balance: USD('100000000000000000000') }),
    risky('ord-unknown', { balance: null }),
    risky('ord-attacked'),
    safe('ord-safe'),
  ])
  await hostile(world, 'ord-attacked')
  const ids = ['ord-safe', 'ord-poor', 'ord-rich', 'ord-unknown', 'ord-attacked']
  const actions = await actionsOf(await plan({ title: 'order', lists: [linesOf(ids)] }))
  expect(actions.map(({ id }) => id)).toEqual([
    'ord-attacked',
    'ord-unknown',
    'ord-rich',
    'ord-poor',
    'ord-safe',
  ])
  expect(actions.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  expect(actions.find(({ id }) => id === 'ord-unknown')?.reasons).toContain('balance_unknown')
})

test('an address that is only equivalent goes to people, never to reset; both accounts behind it are found', async () => {
  await accounts(world, [
    risky('eq-same', { address: 'maria.lopez@gmail.com' }),
    risky('eq-alias', { address: 'marialopez+shop@gmail.com' }),
    risky('eq-other', { address: 'maria.lopez@shop.example' }),
    risky('eq-other-alias', { address: 'maria.lopez+shop@shop.example' }),
  ])
  const sweepId = await plan({
    title: 'equivalent',
    lists: ['maria.lopez@gmail.com\nmaria.lopez@shop.example\n'],
  })
  const found = Object.fromEntries((await actionsOf(sweepId)).map((action) => [action.id, action]))
  expect(Object.keys(found).sort()).toEqual(['eq-alias', 'eq-other', 'eq-same'])
  expect(found['eq-same']?.outcome).toBe('reset_ordered')
  expect(found['eq-alias']).toMatchObject({ outcome: 'review_opened', effects: ['review'] })
  expect(found['eq-alias']?.reasons).toContain('address_only_equivalent')
  expect(await countsOf(sweepId)).toMatchObject({
    accounts: 3,
    equivalent: 1,
    matched: 2,
    exposed: 2,
  })
})

test('two accounts on one address are both found', async () => {
  await accounts(world, [
    risky('two-a', { address: 'two@shop.example' }),
    safe('two-b', { address: 'two@shop.example' }),
  ])
  const sweepId = await plan({ title: 'two on one', lists: ['two@shop.example\n'] })
  expect((await actionsOf(sweepId)).map(({ id }) => id)).toEqual(['two-a', 'two-b'])
  expect(await countsOf(sweepId)).toMatchObject({ exposed: 1, matched: 1, unknown: 0, accounts: 2 })
})

test('an account reset after the exposure is already protected; one reset before it is not', async () => {
  await accounts(
    world,
    ['res-before', 'res-after', 'res-cancelled'].map((id) => risky(id)),
  )
  const exposedAt = Date.now() - 7_200_000
  for (const [id, minutes, status] of [
    ['res-before', -1, 'completed'],
    ['res-after', 1, 'completed'],
    ['res-cancelled', 1, 'cancelled'],
  ] as const)
    await world.db.reset.create({
      data: {
        accountNo: await noOf(world, id),
        epoch: 1,
        status,
        orderedAt: new Date(exposedAt + minutes * 60_000),
      },
    })
  const lists = [linesOf(['res-before', 'res-after', 'res-cancelled'])]
  const sweepId = await plan({ title: 'reset since', lists, occurredAt: new Date(exposedAt) })
  const outcomes = Object.fromEntries(
    (await actionsOf(sweepId)).map(({ id, outcome }) => [id, outcome]),
  )
  expect(outcomes).toEqual({
    'res-before': 'reset_ordered',
    'res-after': 'already_protected',
    'res-cancelled': 'reset_ordered',
  })
})

test('a list of SHA-256 hashes matches the addresses behind them', async () => {
  await accounts(world, [risky('hash-1'), risky('hash-2')])
  const hash = (id: string) => createHash('sha256').update(`${id}@shop.example`).digest('hex')
  const text = `${hash('hash-1')}\n${hash('hash-2').toUpperCase()}\n${hash('nobody')}\n`
  const sweepId = await plan({ title: 'hashes', lists: [text] })
  expect((await actionsOf(sweepId)).map(({ id }) => id).sort()).toEqual(['hash-1', 'hash-2'])
  expect(await countsOf(sweepId)).toMatchObject({ exposed: 3, matched: 2, unknown: 1 })
})

const message = (date: string, to: readonly string[]) =>
  `From: news@shop.example\r\nTo: ${to.map((id) => `${id}@shop.example`).join(',\r\n ')}\r\nDate: ${date}\r\nSubject: s\r\n\r\nbody\r\n`

test('several lists and batches are one sweep: each account once, with every batch it was in', async () => {
  await accounts(world, [safe('bat-1'), safe('bat-2'), safe('bat-3')])
  const lists = [
    {
      name: 'a.eml',
      text: message('Fri, 01 Nov 2019 06:00:00 +0000', ['bat-1', 'bat-2', 'bat-1']),
    },
    { name: 'b.eml', text: message('Fri, 01 Nov 2019 06:05:00 +0000', ['bat-1', 'bat-3']) },
    linesOf(['bat-1']),
  ]
  const sweepId = await plan({ title: 'batches', lists })
  const batches = Object.fromEntries(
    (await actionsOf(sweepId)).map(({ id, batches: times }) => [id, times]),
  )
  expect(batches).toEqual({ 'bat-1': 3, 'bat-2': 1, 'bat-3': 1 })
  expect(await countsOf(sweepId)).toMatchObject({
    entries: 6,
    duplicates: 3,
    exposed: 3,
    matched: 3,
  })
  const { incidentId } = await getSweep(world.db, sweepId)
  const incident = await world.db.incident.findUniqueOrThrow({ where: { id: incidentId } })
  expect(incident.occurredAt).toEqual(new Date('2019-11-01T06:00:00Z'))
})

test('the same file twice is the same list, whatever it is called; also when it is named twice', async () => {
  const incidentId = await openIncident(world, { title: 'same file', actor: 'os:test' })
  const first = await takeList(world, incidentId, content('x@shop.example\n', 'a.txt'), 'os:test')
  const again = await takeList(world, incidentId, content('x@shop.example\n', 'b.txt'), 'os:test')
  expect(again.id).toBe(first.id)
  expect(await world.db.list.count({ where: { incidentId } })).toBe(1)
  const request = { incidentId, policy: DEFAULT_POLICY, actor: 'os:test' }
  const sweepId = await planSweep(world, { ...request, listIds: [first.id, first.id] })
  expect(await countsOf(sweepId)).toMatchObject({ entries: 1, duplicates: 0, exposed: 1 })
})

test('two who hand in the same file at once get the same list', async () => {
  const incidentId = await openIncident(world, { title: 'same file at once', actor: 'os:test' })
  const text = linesOf(Array.from({ length: 200 }, (_, index) => `once-${index}`))
  const taken = await Promise.all(
    [1, 2, 3].map(() => takeList(world, incidentId, content(text), 'os:test')),
  )
  expect(new Set(taken.map(({ id }) => id)).size).toBe(1)
  expect(await world.db.list.count({ where: { incidentId } })).toBe(1)
  const [stored] = await world.db.$queryRaw<{ entries: number }[]>`
    SELECT count(*)::int AS entries FROM entry WHERE address LIKE 'once-%'`
  expect(stored?.entries).toBe(200)
})

test('the same title continues the incident that is open', async () => {
  const [first, second] = await Promise.all(
    [1, 2].map(() => openIncident(world, { title: 'one incident', actor: 'os:test' })),
  )
  expect(second).toBe(first)
})

test('a policy version that was used before with other content is refused', async () => {
  const changed = parsePolicy({ ...DEFAULT_POLICY, rules: DEFAULT_POLICY.rules.slice(1) })
  await plan({ title: 'policy 1', lists: ['x@shop.example\n'] })
  await expect(
    plan({ title: 'policy 2', lists: ['x@shop.example\n'], policy: changed }),
  ).rejects.toThrow(
    expect.objectContaining({
      code: 'policy_invalid',
      detail: expect.stringContaining('exposed-addresses@1'),
    }),
  )
})

test('the same policy read back from a file, its fields in another order, is the same policy', async () => {
  const reversed = JSON.parse(
    JSON.stringify(DEFAULT_POLICY, (_key, value: unknown) =>
      value && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    ),
  )
  await plan({ title: 'policy in code', lists: ['x@shop.example\n'] })
  await expect(
    plan({ title: 'policy in a file', lists: ['x@shop.example\n'], policy: parsePolicy(reversed) }),
  ).resolves.toMatch(/^swp_/)
})

test('another policy judges the same evidence in its own way', async () => {
  await accounts(world, [risky('pol-1')])
  await hostile(world, 'pol-1', { times: 7 })
  const policy = parsePolicy({
    name: 'only-many',
    version: 1,
    window: { minDays: 14, maxDays: 90 },
    rules: [
      { code: 'some', points: 10, says: 's', when: { hostileAttempts: { atLeast: 1, below: 7 } } },
      { code: 'many', points: 55, says: 's', when: { hostileAttempts: { atLeast: 7 } } },
    ],
    tiers: [{ name: 'all', says: 's', when: {}, effects: ['hold'] }],
  })
  const [action] = await actionsOf(
    await plan({ title: 'other policy', lists: [linesOf(['pol-1'])], policy }),
  )
  expect(action).toMatchObject({ score: 55, tier: 'all', outcome: 'held', reasons: ['many'] })
})

test.each([
  ['fourteen days even of a young incident', 1, 13.9, true],
  ['not more than fourteen of a young one', 1, 14.1, false],
  ['back to an older incident', 40, 39.9, true],
  ['not before an older incident', 40, 40.1, false],
  ['ninety days at most', 200, 89.9, true],
  ['not more than ninety', 200, 90.1, false],
])('hostile logins count for %s', async (title, incidentDays, attemptDays, counts) => {
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000)
  const id = `win-${incidentDays}-${String(attemptDays).replace('.', '-')}`
  await accounts(world, [safe(id)])
  await hostile(world, id, { at: ago(attemptDays) })
  const sweepId = await plan({ title, lists: [linesOf([id])], occurredAt: ago(incidentDays) })
  expect((await actionsOf(sweepId))[0]?.tier).toBe(counts ? 'targeted' : 'listed')
})

test('the digest changes when any account’s facts change, and not when they do not', async () => {
  await accounts(world, [risky('dig-1'), safe('dig-2')])
  const at = new Date()
  const frozen = { ...world, now: () => at }
  const scene = { title: 'digest', lists: [linesOf(['dig-1', 'dig-2'])] }
  const digest = async (over: Partial<World> = {}) =>
    (await getSweep(world.db, await planned({ ...frozen, ...over }, scene))).planDigest
  const first = await digest()
  expect(await digest()).toBe(first)
  expect(await digest({ mailRevision: 'other texts' })).not.toBe(first)
  expect(await digest({ fourEyes: true })).not.toBe(first)
  await accounts(world, [safe('dig-1')])
  expect(await digest()).not.toBe(first)
})

test('a plan that nobody matches is a plan with nothing to do', async () => {
  const sweepId = await plan({ title: 'nobody', lists: ['nobody@shop.example\n'] })
  expect(await countsOf(sweepId)).toMatchObject({ exposed: 1, matched: 0, unknown: 1, accounts: 0 })
  expect((await getSweep(world.db, sweepId)).status).toBe('planned')
})

test('planning that breaks off ends as failed, leaves no action behind, and is recorded', async () => {
  const incidentId = await openIncident(world, { title: 'breaks', actor: 'os:test' })
  const { id } = await takeList(world, incidentId, content('x@shop.example\n'), 'os:test')
  const onStep = (step: string) => {
    if (step === 'sealing') throw new Error('the machine stopped')
  }
  const request = { incidentId, listIds: [id], policy: DEFAULT_POLICY, actor: 'os:test', onStep }
  await expect(planSweep(world, request)).rejects.toThrow('the machine stopped')
  const [sweep] = await world.db.sweep.findMany({ where: { incidentId } })
  expect(sweep).toMatchObject({ status: 'failed', planDigest: null })
  expect(await world.db.action.count({ where: { sweepId: sweep!.id } })).toBe(0)
  expect(
    await world.db.auditEvent.count({
      where: { subject: `sweep:${sweep!.id}`, kind: 'sweep.failed' },
    }),
  ).toBe(1)
})
