import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import pg from 'pg'
import { type App, openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { readBuild } from '../../src/platform/build.js'
import { freePort } from '../../src/platform/embedded-postgres.js'
import { startSink } from '../../test/support/smtp-sink.js'
import { type Findings, inspect } from './findings.js'
import { startFreshSweep } from './fresh-sweep.js'
import { type Running, startProcess } from './process.js'
import { arrivalsAt, leftToDo, untilOver } from './storm.js'

export type RedisFault = 'flush' | 'kill' | 'away'

/** What was hit, how much there was to do, and how soon somebody went on. */
export type RedisBlow = {
  kind: RedisFault
  /** Keys before, and right after; the process before and after. */
  keys: [number, number]
  process: readonly [number, number]
  chunksLeft: number
  resumedAfterMs: number
}

export type RedisStorm = {
  blows: RedisBlow[]
  findings: Findings
  /** How many values were looked at, and those that hold an address. */
  values: number
  addresses: number
}

export type RedisOptions = {
  program: string
  databaseUrl: string
  dataDir: string
  faults: readonly RedisFault[]
  accounts: number
  awayMs: number
}

/** The redis-server or valkey-server of this machine. */
export function redisProgram(): string | undefined {
  for (const name of ['redis-server', 'valkey-server']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim()
    } catch {
      // the next one
    }
  }
  return undefined
}

/** Runs a sweep per fault on a queue in Redis, and lets the fault fall in the middle of it. */
export async function redisStorm(options: RedisOptions): Promise<RedisStorm> {
  const redis = await startRedis(options.program)
  const sink = await startSink({})
  const env = {
    CORDON_DATA_DIR: options.dataDir,
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: redis.url,
    FOUR_EYES: 'off',
    SMTP_URL: sink.url,
    MAIL_WAVES: '{"holdSeconds":0,"gatherSeconds":0}',
    LOG_LEVEL: 'silent',
  }
  const app = await openApp(readConfig(env), readBuild(resolve('dist')))
  const workers: Running[] = []
  const scan = { values: 0, addresses: 0 }
  try {
    workers.push(await startProcess('worker', env), await startProcess('worker', env))
    const blows: RedisBlow[] = []
    const sweeps: string[] = []
    for (const [index, kind] of options.faults.entries()) {
      const hold = await holdChunks(app)
      sweeps.push(await startFreshSweep(app, index + 1, options.accounts))
      await redis.untilKeys()
      await redis.scan(scan)
      blows.push(await strike(app, redis, { kind, awayMs: options.awayMs, letGo: hold }))
      await untilOver(app, sweeps)
    }
    const codes = await Promise.all(workers.splice(0).map((worker) => worker.stop()))
    if (codes.some((code) => code !== 0)) throw new Error(`Workers ended with ${codes}`)
    const arrivals = arrivalsAt(sink)
    arrivals.note()
    return { blows, findings: await inspect(app, sweeps, arrivals), ...scan }
  } finally {
    for (const { child } of workers) child.kill('SIGKILL')
    await app.close()
    await sink.close()
    await redis.close()
  }
}

/** No chunk gets further than its first account until let go: the fault falls in the middle. */
async function holdChunks(app: App): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: app.databaseUrl })
  await client.connect()
  await client.query('BEGIN')
  await client.query('LOCK TABLE outcome IN SHARE ROW EXCLUSIVE MODE')
  return async () => {
    await client.query('COMMIT')
    await client.end()
  }
}

type Strike = { kind: RedisFault; awayMs: number; letGo: () => Promise<void> }

async function strike(app: App, redis: Server, { kind, awayMs, letGo }: Strike) {
  const before = { keys: await redis.keys(), process: redis.pid() }
  if (kind === 'flush') await redis.flush()
  else await redis.kill()
  const { chunks: chunksLeft } = await leftToDo(app)
  await letGo()
  if (kind === 'away') await pause(awayMs)
  if (kind !== 'flush') await redis.start()
  const keys: [number, number] = [before.keys, kind === 'flush' ? 0 : await redis.keys()]
  const startedAt = performance.now()
  while ((await leftToDo(app)).chunks >= chunksLeft) await pause(20)
  const resumedAfterMs = Math.round(performance.now() - startedAt)
  return { kind, keys, process: [before.process, redis.pid()], chunksLeft, resumedAfterMs } as const
}

type Server = Awaited<ReturnType<typeof startRedis>>

/** A Redis that keeps nothing: after a kill it comes back empty, at the same port. */
async function startRedis(program: string) {
  const port = await freePort()
  let child: ChildProcess | undefined
  const asking = async <T>(ask: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(port, { retryStrategy: () => 50 })
    client.on('error', () => undefined)
    return ask(client).finally(() => client.disconnect())
  }
  const start = async () => {
    const flags = ['--port', String(port), '--save', '', '--appendonly', 'no']
    child = spawn(program, flags, { stdio: 'ignore' })
    await asking((client) => client.ping())
  }
  const kill = async () => {
    const ended = child && once(child, 'exit')
    child?.kill('SIGKILL')
    await ended
  }
  const keys = () => asking((client) => client.dbsize())
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    keys,
    pid: () => child?.pid ?? 0,
    flush: () => asking((client) => client.flushall()),
    /** Until there is a job: its hash holds what it is about. */
    async untilKeys() {
      while ((await asking((client) => client.keys('bull:sweeps:swp*'))).length === 0)
        await pause(5)
    },
    scan: (into: { values: number; addresses: number }) =>
      asking(async (client) => {
        for (const key of await client.keys('*')) {
          const value = JSON.stringify([key, await contentOf(client, key)])
          into.values += 1
          if (value.includes('@')) into.addresses += 1
        }
      }),
    close: kill,
  }
}

async function contentOf(client: Redis, key: string): Promise<unknown> {
  const kind = await client.type(key)
  if (kind === 'hash') return client.hgetall(key)
  if (kind === 'list') return client.lrange(key, 0, -1)
  if (kind === 'set') return client.smembers(key)
  if (kind === 'zset') return client.zrange(key, '0', '-1')
  return kind === 'stream' ? client.xrange(key, '-', '+') : client.get(key)
}

/** Whether every fault hit a working queue, nothing is lost, twice, or readable in Redis. */
export function isUnharmed({ blows, findings, addresses, values }: RedisStorm): boolean {
  const { accounts, outcomes, wrongEpochs, twice, lost, unexplained, auditFault } = findings
  const landed = blows.every(
    ({ kind, keys, process: [before, after], chunksLeft }) =>
      keys[0] > 0 && chunksLeft > 0 && (kind === 'flush' || before !== after),
  )
  const sound = wrongEpochs + twice + lost + unexplained === 0 && auditFault === null
  return landed && sound && outcomes === accounts && values > 0 && addresses === 0
}
