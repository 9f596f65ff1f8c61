import pg from 'pg'
import { type App, openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { resumeSweep } from '../../src/sweeps/control/service.js'
import { requestForIncident } from '../../src/sweeps/planning/service.js'
import { startWorkers, type Workers } from '../../src/workers.js'
import { until } from '../support/mailing.js'
import { aFolder } from '../support/processes.js'
import { accounts, aWorld, linesOf, planned, risky, started, type World } from '../support/world.js'

// Workers on connections of their own hear at once what somebody else asks for.

const folder = aFolder()
let world: World
let owner: pg.Client
let app: App
let workers: Workers
beforeAll(async () => {
  world = await aWorld()
  owner = new pg.Client({ connectionString: world.url })
  await owner.connect()
  await accounts(
    world,
    Array.from({ length: 120 }, (_, index) => risky(`crowd-${index}`)),
  )
  app = await openApp(readConfig({ DATABASE_URL: world.url, CORDON_DATA_DIR: folder.path }))
  Object.assign(world, { mailRevision: app.mailRevision, textRevision: app.textRevision })
  workers = await startWorkers(app)
}, 30_000)
afterAll(async () => {
  await workers?.close()
  await app?.close()
  await owner?.end()
  await world?.close()
  folder.remove()
})

/** An order is carried out in less than this, though workers look by themselves only every five seconds. */
const SOON_MS = 1_000

let crowds = 0
const aPlan = () => {
  crowds += 1
  const ids = Array.from({ length: 20 }, (_, index) => `crowd-${crowds * 20 + index - 20}`)
  return planned(world, { title: `woken ${crowds}`, lists: [linesOf(ids)] })
}

const chunksDone = (sweepId: string) =>
  world.db.chunk.count({ where: { sweepId, doneAt: { not: null } } })

/** How long it takes from an act until something is so. */
async function msUntil(act: () => Promise<unknown>, isSo: () => Promise<boolean>): Promise<number> {
  await act()
  const actedAt = performance.now()
  await until(isSo)
  return performance.now() - actedAt
}

/** The session that listens for sweeps; only the owner of the database may look. */
async function listener(): Promise<number | undefined> {
  const { rows } = await owner.query(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN "cordon_sweep"'`,
  )
  return rows[0]?.pid
}

// First, while no sweep's mail shares the time.
test('a plan that is asked for elsewhere is begun at once', async () => {
  await until(async () => (await listener()) !== undefined)
  await aPlan()
  const { incidentId } = await world.db.sweep.findFirstOrThrow()
  let id = ''
  const ms = await msUntil(
    async () => {
      const asked = { incidentId, actor: 'os:test' }
      id = (await world.db.$transaction((tx) => requestForIncident(tx, asked, world))).id
    },
    async () => (await world.db.sweep.findUniqueOrThrow({ where: { id } })).status === 'planned',
  )
  expect(ms).toBeLessThan(SOON_MS)
})

test('a sweep that is started elsewhere is begun within a second', async () => {
  await until(async () => (await listener()) !== undefined)
  const sweepId = await aPlan()
  const ms = await msUntil(
    () => started(world, sweepId),
    async () => (await chunksDone(sweepId)) > 0,
  )
  expect(ms).toBeLessThan(SOON_MS)
})

test('one that is let go on elsewhere goes on within a second', async () => {
  const sweepId = await aPlan()
  // What a pause leaves: nothing of it is done, and no job stands for any of its chunks.
  await world.db.sweep.update({ where: { id: sweepId }, data: { status: 'paused' } })
  const ms = await msUntil(
    () => resumeSweep(world, sweepId, 'os:test'),
    async () => (await chunksDone(sweepId)) > 0,
  )
  expect(ms).toBeLessThan(SOON_MS)
})

test('workers whose connection broke listen again', async () => {
  const first = await listener()
  await owner.query('SELECT pg_terminate_backend($1)', [first])
  await until(async () => ![undefined, first].includes(await listener()))
  const sweepId = await aPlan()
  const ms = await msUntil(
    () => started(world, sweepId),
    async () => (await chunksDone(sweepId)) > 0,
  )
  expect(ms).toBeLessThan(SOON_MS)
})
