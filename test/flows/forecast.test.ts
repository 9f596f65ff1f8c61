import type { ForecastSummary } from '../../src/mail/forecast/summary.js'
import { plainTerms } from '../../src/mail/forecast/terms.js'
import { WAVES } from '../../src/mail/waves/policy.js'
import { getSweep } from '../../src/sweeps/control/service.js'
import { planRequested, requestSweep } from '../../src/sweeps/planning/service.js'
import { viewSweep } from '../../src/sweeps/reading/service.js'
import { renderReport } from '../../src/sweeps/report/html.js'
import { sweepReport } from '../../src/sweeps/report/service.js'
import { accounts, aWorld, planned, risky, safe, type World } from '../support/world.js'

let world: World
const people = Array.from({ length: 90 }, (_, index) => {
  const id = `p-${index}`
  const domain = ['big.example', 'small.example', 'closed.example'][index % 3]
  return { id, address: `${id}@${domain}`, isSafe: index % 2 === 0 }
})
const list = people.map(({ address }) => `${address}\n`).join('')
const terms = plainTerms({ ...WAVES, holdSeconds: 600 })

beforeAll(async () => {
  world = await aWorld()
  await accounts(
    world,
    people.map(({ id, address, isSafe }) => (isSafe ? safe : risky)(id, { address })),
  )
  await world.pool.query(
    `INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap)
     VALUES ('big', 0.1, 5, 2, 2), ('closed', 1, 1, 1, 1), ('found', 1, 1, 1, 1)`,
  )
  const expiresAt = new Date(Date.now() + 1e9)
  await world.db.mailDomain.createMany({
    data: [
      { domain: 'big.example', lane: 'big', source: 'mx', expiresAt },
      { domain: 'closed.example', lane: 'closed', source: 'mx', takesMail: false, expiresAt },
    ],
  })
})
afterAll(() => world.close())

const plan = (title: string, over: Partial<World> = {}) =>
  planned({ ...world, mailTerms: terms, ...over }, { title, lists: [list] })
const forecastOf = async (sweepId: string) =>
  (await getSweep(world.db, sweepId)).forecast as ForecastSummary | null

test('a plan knows how many mails go over which lane, and how long that takes', async () => {
  const forecast = await forecastOf(await plan('per lane'))
  expect(forecast).toMatchObject({
    mails: 60,
    slowest: 'big',
    holdSeconds: 600,
    waves: [50, 6, 4],
    seeds: 0,
    others: null,
    lanes: [
      { lane: 'big', mails: 30 },
      { lane: 'domain:small.example', mails: 30 },
    ],
  })
  // Thirty mails at nine hundredths a second, and ten minutes of watching the canary in between.
  expect(forecast?.p50Seconds).toBeGreaterThan(600)
  expect(forecast?.p95Seconds).toBeGreaterThanOrEqual(forecast?.p50Seconds ?? Number.NaN)
})

test('the forecast is as many mails as the sweep then stages', async () => {
  const sweepId = await plan('as staged')
  const { seen, staged } = { seen: await forecastOf(sweepId), staged: await wouldStage(sweepId) }
  const closed = people.filter(({ address }) => address.endsWith('@closed.example')).length
  expect(staged).toBe((seen?.mails ?? 0) + closed)
})

/** What the plan orders, by its verdicts: one mail per reset and per notice. */
async function wouldStage(sweepId: string): Promise<number> {
  const [row] = await world.db.$queryRaw<[{ mails: number }]>`
    SELECT sum((SELECT count(*) FROM unnest(v.effects) e WHERE e IN ('reset', 'notify')))::int AS mails
    FROM action a JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no WHERE a.sweep_id = ${sweepId}`
  return row.mails
}

test('it is shown before anybody approves, in the API and in the report', async () => {
  const sweepId = await plan('shown')
  const view = await viewSweep(world.db, sweepId, { id: 'os:test', roles: [] })
  expect(view.forecast).toMatchObject({ mails: 60, slowest: 'big', waves: [50, 6, 4] })
  const report = await sweepReport(world.db, sweepId, { transport: 'smtp' })
  expect(report.mailing).toMatchObject({
    forecast: { mails: 60 },
    waves: [],
    seeds: { configured: 0, says: expect.stringContaining('No seed mailboxes configured') },
    realSeconds: null,
  })
  const page = renderReport(report)
  expect(page).toContain('How the mail was let go')
  expect(page).toContain('No seed mailboxes configured')
})

test('listed domains that nobody looked up yet are looked up first, outside the plan', async () => {
  const asked: string[][] = []
  const sortDomains = async (domains: readonly string[]) => {
    asked.push([...domains].sort())
    await world.db.mailDomain.create({
      data: {
        domain: 'small.example',
        lane: 'found',
        source: 'mx',
        expiresAt: new Date(Date.now() + 1e9),
      },
    })
  }
  const deps = { ...world, mailTerms: { ...terms, sortDomains } }
  const forecast = await forecastOf(await planned(deps, { title: 'sorted', lists: [list] }))
  expect(asked).toEqual([['small.example']])
  expect(forecast?.lanes.map(({ lane }) => lane).sort()).toEqual(['big', 'found'])
})

test('a plan is that of the mailer that made it, whoever asked for it', async () => {
  const model = await plan('model')
  const { incidentId, listIds, policyVersion } = await getSweep(world.db, model)
  const policy = await world.db.policy.findUniqueOrThrow({ where: { version: policyVersion } })
  const { id } = await world.db.$transaction((tx) =>
    requestSweep(
      tx,
      { incidentId, listIds, policy: policy.body as never, actor: 'os:test' },
      { ...world, mailRevision: 'of another build' },
    ),
  )
  expect(await planRequested({ ...world, mailTerms: terms }, id)).toBe(true)
  const sweep = await getSweep(world.db, id)
  expect(sweep).toMatchObject({ status: 'planned', mailRevision: world.mailRevision })
  const run = await world.db.mailRun.findUniqueOrThrow({ where: { sweepId: id } })
  expect(run).toMatchObject({ planned: 60, mailRevision: world.mailRevision, begunAt: null })
})
