import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { App } from '../../src/app.js'
import { closeValve, openValve, stopScopes } from '../../src/mail/service.js'
import { GLOBAL } from '../../src/mail/valve.js'
import { inTx } from '../../src/platform/db.js'
import { monotonicMs } from '../../test/support/smtp-sink.js'
import { seeded } from '../chaos/random.js'
import { startWorker } from '../chaos/worker.js'
import type { Line } from './measure.js'
import { type Cable, startProxy } from './proxy.js'

const PROCESSES = 4
const CLOSES = 30
const CUTS = 3
const BUDGET = { p99Ms: 250, maxMs: 1_000, cutMs: 2_500 }
/** Longer than any dot may come late, so that the last one is known to be the last. */
const QUIET_MS = 1_500

/**
 * From the commit that closes the valve until the last final dot that a mail server sees:
 * four worker processes of 20 connections each. And from the moment their database goes silent.
 */
export async function benchValve(app: App, owner: pg.Pool): Promise<Line[]> {
  const sink = await startSink()
  const { hostname, port } = new URL(app.databaseUrl)
  const proxy = await startProxy({ host: hostname, port: Number(port) })
  const throughProxy = new URL(app.databaseUrl)
  throughProxy.host = `127.0.0.1:${proxy.port}`
  const env = {
    CORDON_DATA_DIR: app.config.dataDir,
    DATABASE_URL: throughProxy.href,
    SMTP_URL: sink.url,
    FOUR_EYES: 'off',
    LOG_LEVEL: 'silent',
  }
  await closeValve(app, TURN)
  const workers = await Promise.all(Array.from({ length: PROCESSES }, () => startWorker(env)))
  const bench = { app, owner, sink, proxy, random: seeded(7) }
  try {
    const quick = await closes(bench, { dotDelayMs: 0, replyDelayMs: 0 })
    const slow = await closes(bench, { dotDelayMs: 400, replyDelayMs: 15 })
    const cut = await cuts(bench, (way) => way.cut())
    const gone = await cuts(bench, (way) => {
      way.cut()
      way.breakAll()
    })
    return [
      closeLine('valve, server answers at once', quick),
      closeLine('valve, slow server (15 ms; 400 ms after the dot)', slow),
      cutLine('database silent', cut),
      cutLine('database gone, its connections broken', gone),
    ]
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
    await proxy.close()
    sink.child.disconnect()
  }
}

const TURN = { reason: 'benchmark', actor: 'bench' }

type Bench = { app: App; owner: pg.Pool; sink: CountingSink; proxy: Cable; random: () => number }
type Measured = { latencies: number[]; unknown: number }

async function closes(bench: Bench, pace: object): Promise<Measured> {
  const { app, sink } = bench
  await sink.set(pace)
  const unknownBefore = await countOf(bench, 'unknown')
  const latencies: number[] = []
  for (let no = 0; no < CLOSES; no += 1) {
    await untilFlowing(bench)
    await pause(bench.random() * 400) // the random moment itself, not a wait for something
    const committingAtMs = await closeNow(app)
    latencies.push(Math.max(0, (await lastDotOf(bench)) - committingAtMs))
  }
  return { latencies, unknown: (await countOf(bench, 'unknown')) - unknownBefore }
}

/** Closes the valve, and says when the commit was about to be sent: never later than it happened. */
const closeNow = (app: App): Promise<number> =>
  inTx(app.db, async (tx) => {
    await stopScopes(tx, [{ scope: GLOBAL, reason: TURN.reason }])
    return monotonicMs()
  })

async function cuts(bench: Bench, interrupt: (proxy: Cable) => void): Promise<Measured> {
  await bench.sink.set({ dotDelayMs: 50, replyDelayMs: 5 })
  const latencies: number[] = []
  const unknownBefore = await countOf(bench, 'unknown')
  for (let no = 0; no < CUTS; no += 1) {
    await untilFlowing(bench)
    latencies.push(await cutOnce(bench, interrupt))
  }
  return { latencies, unknown: (await countOf(bench, 'unknown')) - unknownBefore }
}

async function cutOnce(bench: Bench, interrupt: (proxy: Cable) => void): Promise<number> {
  const atMs = monotonicMs()
  interrupt(bench.proxy)
  await pause(BUDGET.cutMs + QUIET_MS)
  const { lastDotAtMs } = await bench.sink.count()
  await closeValve(bench.app, TURN) // so that nobody goes on before everything is settled
  bench.proxy.heal()
  await lastDotOf(bench)
  return Math.max(0, lastDotAtMs - atMs)
}

async function untilFlowing(bench: Bench): Promise<void> {
  await refill(bench)
  const { dots } = await bench.sink.count()
  await openValve({ ...bench.app, fourEyes: false }, TURN)
  while ((await bench.sink.count()).dots < dots + 100) await pause(10)
}

/** When the last dot came: after it nothing for a while, and no mail in anybody's hands. */
async function lastDotOf(bench: Bench): Promise<number> {
  for (;;) {
    const { lastDotAtMs } = await bench.sink.count()
    const isQuiet = monotonicMs() - lastDotAtMs > QUIET_MS
    if (isQuiet && (await countOf(bench, 'sending')) === 0) return lastDotAtMs
    await pause(50)
  }
}

async function countOf({ owner }: Bench, status: string): Promise<number> {
  const { rows } = await owner.query('SELECT count(*)::int AS mails FROM mail WHERE status = $1', [
    status,
  ])
  return rows[0].mails
}

const AT_LEAST = 4_000
const REFILL = 8_000
let refills = 0

async function refill(bench: Bench): Promise<void> {
  if ((await countOf(bench, 'staged')) > AT_LEAST) return
  refills += 1
  await bench.owner.query(
    `WITH a AS (
       INSERT INTO account (id, address, match_key, locale)
       SELECT $2 || i, $2 || i || '@bench.example', $2 || i || '@bench.example', 'en'
       FROM generate_series(1, $1::int) i RETURNING no, address),
     r AS (INSERT INTO reset (account_no, epoch) SELECT no, 1 FROM a RETURNING no, account_no)
     INSERT INTO mail (sweep_id, account_no, purpose, recipient, reset_no, wave, lane)
     SELECT 'valve', a.no, 'reset', a.address, r.no, 0, 'bench' FROM a JOIN r ON r.account_no = a.no`,
    [REFILL, `valve-${refills}-`],
  )
  await bench.owner.query(
    `INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap)
     VALUES ('bench', 1e6, 1e6, 1000, 1000) ON CONFLICT DO NOTHING`,
  )
  await bench.owner.query(
    `INSERT INTO mail_domain (domain, lane, source, expires_at)
     VALUES ('bench.example', 'bench', 'table', 'infinity') ON CONFLICT DO NOTHING`,
  )
}

type CountingSink = {
  child: ChildProcess
  url: string
  count(): Promise<{ dots: number; lastDotAtMs: number }>
  set(pace: object): Promise<void>
}

async function startSink(): Promise<CountingSink> {
  const child = fork('scripts/bench/valve-sink.ts', { execArgv: ['--import', 'tsx'] })
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  const ask = async (what: 'count' | object) => {
    const answered = once(child, 'message')
    child.send(what)
    const [answer] = (await answered) as [{ dots: number; lastDotAtMs: number }]
    return answer
  }
  return { child, url, count: () => ask('count'), set: async (pace) => void (await ask(pace)) }
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN

function closeLine(what: string, { latencies, unknown }: Measured): Line {
  const sorted = latencies.toSorted((a, b) => a - b)
  const [p50, p99, most] = [quantile(sorted, 0.5), quantile(sorted, 0.99), sorted.at(-1) ?? 0]
  return {
    what,
    size: `${PROCESSES} × 20 connections, ${CLOSES} closes: p50 ${p50.toFixed(0)} ms, max ${most.toFixed(0)} ms, ${unknown} unknown`,
    value: p99,
    unit: 'ms p99 to the last dot',
    budget: `p99 ≤ ${BUDGET.p99Ms} ms, max ≤ ${BUDGET.maxMs} ms, 0 unknown`,
    met: p99 <= BUDGET.p99Ms && most <= BUDGET.maxMs && unknown === 0,
    peakMiB: process.memoryUsage().rss / 2 ** 20,
  }
}

function cutLine(what: string, { latencies, unknown }: Measured): Line {
  const most = Math.max(...latencies)
  return {
    what,
    size: `${PROCESSES} × 20 connections, ${CUTS} times, ${unknown} unknown`,
    value: most,
    unit: 'ms max to the last dot',
    budget: `≤ ${BUDGET.cutMs} ms`,
    met: most <= BUDGET.cutMs,
    peakMiB: process.memoryUsage().rss / 2 ** 20,
  }
}
