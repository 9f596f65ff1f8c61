import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { App } from '../../src/app.js'
import { closeValve } from '../../src/mail/service.js'
import { approveSweep, getSweep, startSweep } from '../../src/sweeps/control/service.js'
import { claimP95, fillQueue } from './cases.js'
import type { Chart, Point } from './chart.js'
import { analyze, fillDirectory, type Scale } from './directory.js'
import { benchPlanning } from './planning.js'
import { end, type Served, serveCordon } from './served.js'

/** Runs something on a platform of its own; `name` tells them apart. */
export type Apart = <T>(work: (app: App) => Promise<T>) => Promise<T>

export type Growth = { charts: { name: string; chart: Chart }[]; left: string[] }

const EXPOSED = [10_000, 100_000, 300_000]
const WORKERS = [1, 2, 4]
const CASES = [1_000, 10_000, 100_000]
const EXECUTED = 40_000

/** How planning, executing and claiming grow with what they work on, as charts of the measured points. */
export async function benchGrowth(
  apart: Apart,
  { full, say }: { full: boolean; say: (what: string) => void },
): Promise<Growth> {
  const planned: { exposed: number; seconds: number; hand: number; peakMiB: number }[] = []
  for (const exposed of full ? [...EXPOSED, 1_000_000] : EXPOSED) {
    say(`planning ${exposed.toLocaleString('en-US')} exposed`)
    planned.push(await apart((app) => planOf(app, exposed)))
  }
  const executed: { name: string; points: Point[] }[] = []
  const left: string[] = []
  for (const queue of ['Postgres', 'Redis'] as const) {
    const redis = queue === 'Redis' ? await startRedis() : undefined
    if (queue === 'Redis' && !redis) {
      left.push('Workers on Redis were left out: there is no redis-server here.')
      continue
    }
    const points: Point[] = []
    for (const workers of WORKERS) {
      say(`executing with ${workers} workers on ${queue}`)
      await redis?.empty()
      points.push({ x: workers, y: await apart((app) => executeWith(app, workers, redis?.url)) })
    }
    executed.push({ name: queue, points })
    await redis?.close()
  }
  const claimed: Point[] = []
  for (const cases of CASES) {
    say(`claiming from ${cases.toLocaleString('en-US')} cases`)
    claimed.push({ x: cases, y: await apart((app) => claimFrom(app, cases)) })
  }
  return { charts: chartsOf(planned, executed, claimed), left }
}

const scaleOf = (exposed: number): Scale => ({
  name: `${exposed} exposed`,
  exposed,
  ...{ accounts: exposed * 5, attempts: exposed * 5, mails: 0, lines: 0 },
})

async function withOwner<T>(app: App, work: (owner: pg.Pool) => Promise<T>): Promise<T> {
  const owner = new pg.Pool({ connectionString: app.databaseUrl, max: 2, options: '-c jit=off' })
  return work(owner).finally(() => owner.end())
}

const planOf = (app: App, exposed: number) =>
  withOwner(app, async (owner) => {
    const scale = scaleOf(exposed)
    await fillDirectory(owner, scale)
    await analyze(owner)
    const { value, limit, peakMiB } = await benchPlanning(app, owner, scale, 1)
    return { exposed, seconds: value, hand: limit?.value ?? Number.NaN, peakMiB }
  })

/** Accounts a second by the database's clock, from the start of the sweep to its end. */
const executeWith = (app: App, workers: number, redisUrl: string | undefined): Promise<number> =>
  withOwner(app, async (owner) => {
    const scale = scaleOf(EXECUTED)
    await fillDirectory(owner, scale)
    await analyze(owner)
    await benchPlanning(app, owner, scale, 1)
    const { id } = await app.db.sweep.findFirstOrThrow({ where: { status: 'planned' } })
    await closeValve(app, { reason: 'benchmark', actor: 'bench' })
    const env = redisUrl === undefined ? {} : { REDIS_URL: redisUrl }
    const served: Served[] = []
    try {
      for (let no = 0; no < workers; no += 1) served.push(await serveCordon(app, 'worker', env))
      const { planDigest, resets } = await getSweep(app.db, id)
      const approval = { planDigest: planDigest ?? '', expectedResets: resets ?? 0 }
      await approveSweep(app, id, { ...approval, approver: 'os:bench' })
      await startSweep(app, id, 'bench')
      while ((await getSweep(app.db, id)).status === 'running') await pause(50)
    } finally {
      for (const each of served) await end(each, 'SIGTERM')
    }
    const { status, startedAt, finishedAt } = await getSweep(app.db, id)
    if (status !== 'finished' || !startedAt || !finishedAt) throw new Error(`It ended ${status}`)
    const accounts = await app.db.outcome.count({ where: { sweepId: id } })
    return accounts / ((finishedAt.getTime() - startedAt.getTime()) / 1_000)
  })

const claimFrom = (app: App, cases: number): Promise<number> =>
  withOwner(app, async (owner) => {
    await fillQueue(owner, cases)
    return claimP95(app, Math.min(20, cases / 100))
  })

/** A Redis that keeps nothing, when this machine has one. */
async function startRedis() {
  const port = 20_000 + (process.pid % 20_000)
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--save', '', '--maxmemory-policy', 'noeviction'],
    { stdio: 'ignore' },
  )
  const isMissing = await Promise.race([
    once(child, 'error').then(() => true),
    once(child, 'spawn').then(() => false),
  ])
  if (isMissing) return undefined
  const url = `redis://127.0.0.1:${port}`
  const client = new Redis(url)
  client.on('error', () => undefined) // it is not up yet
  return {
    url,
    empty: () => client.flushall(),
    close: async () => {
      client.disconnect()
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

type Planned = { exposed: number; seconds: number; hand: number; peakMiB: number }

function chartsOf(
  planned: readonly Planned[],
  executed: readonly { name: string; points: Point[] }[],
  claimed: readonly Point[],
): Growth['charts'] {
  const exposed = { label: 'exposed addresses', scale: 'log' } as const
  const over = (name: string, of: (each: Planned) => number) => ({
    name,
    points: planned.map((each) => ({ x: each.exposed, y: of(each) })),
  })
  return [
    {
      name: 'growth-planning',
      chart: {
        title: 'Planning, in a directory five times as large',
        x: exposed,
        y: { label: 'seconds', scale: 'log' },
        series: [
          over('Cordon', (each) => each.seconds),
          over('one SQL statement', (each) => each.hand),
        ],
      },
    },
    {
      name: 'growth-memory',
      chart: {
        title: 'Memory of the process that plans, at most',
        x: exposed,
        y: { label: 'MiB', scale: 'linear' },
        series: [over('Cordon', (each) => each.peakMiB)],
        budget: { value: 400, label: 'budget: at most 400 MiB' },
      },
    },
    {
      name: 'growth-workers',
      chart: {
        title: `Executing ${EXECUTED.toLocaleString('en-US')} exposed, by processes and queue`,
        x: { label: 'worker processes', scale: 'linear' },
        y: { label: 'accounts a second', scale: 'linear' },
        series: executed,
        budget: { value: 5_000, label: 'budget: at least 5,000' },
      },
    },
    {
      name: 'growth-claims',
      chart: {
        title: 'Claiming the next case, 95th percentile, 20 reviewers without a pause',
        x: { label: 'open cases', scale: 'log' },
        y: { label: 'ms', scale: 'linear' },
        series: [{ name: 'claim-next', points: claimed }],
        budget: { value: 100, label: 'budget: at most 100 ms' },
      },
    },
  ]
}
