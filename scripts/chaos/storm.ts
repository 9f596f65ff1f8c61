import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type App, openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { readBuild } from '../../src/platform/build.js'
import { type Sink, startSink } from '../../test/support/smtp-sink.js'
import { type Arrivals, type Findings, inspect } from './findings.js'
import { startFreshSweep } from './fresh-sweep.js'
import { type CrashablePostgres, startCrashablePostgres } from './postgres.js'
import { seeded } from './random.js'
import { startWorker, type Worker } from './worker.js'

export type StormOptions = {
  dataDir: string
  kills: number
  /** How often Postgres is broken off meanwhile. */
  crashes: number
  /** Of each sweep; there are always some with work left. */
  accounts: number
  workers: number
  seed: number
  onFault?: (fault: Fault, done: { kills: number; crashes: number }) => void
}

type Left = { chunks: number; mails: number }

/** What was hit, the proof that it was, and how much there was to do at that moment. */
export type Fault =
  | { kind: 'kill'; endedBy: string; underWay: number; left: Left }
  | { kind: 'crash'; died: number; recovered: number; left: Left }
  | { kind: 'cut'; landed: boolean; left: Left }

export type Storm = { faults: Fault[]; sweeps: string[]; seconds: number; findings: Findings }

/**
 * Runs sweeps with several workers, kills a random one with SIGKILL again and again, breaks Postgres
 * off in between, and looks at what there is when everything is over. The same seed chooses the same
 * victims and moments.
 */
export async function storm(options: StormOptions): Promise<Storm> {
  const startedAt = performance.now()
  const postgres = await startCrashablePostgres(options.dataDir)
  const sink = await startSink({ dotDelayMs: 20 })
  const env = {
    CORDON_DATA_DIR: options.dataDir,
    DATABASE_URL: postgres.url,
    FOUR_EYES: 'off',
    SMTP_URL: sink.url,
    MAIL_WAVES: '{"holdSeconds":0,"gatherSeconds":0}',
    LOG_LEVEL: 'silent',
  }
  // The workers are built programs, and a plan is for the build that carries it out.
  const app = await openApp(readConfig(env), readBuild(resolve('dist')))
  const crew = crewOf(options.workers, env)
  const weather = { app, postgres, sink, crew, options, random: seeded(options.seed) }
  try {
    const { faults, sweeps, arrivals } = await blow(weather)
    await untilOver(app, sweeps)
    await crew.end('SIGTERM')
    arrivals.note()
    const findings = await inspect(app, sweeps, arrivals)
    return { faults, sweeps, seconds: (performance.now() - startedAt) / 1_000, findings }
  } finally {
    await crew.end('SIGKILL')
    await app.close()
    await postgres.close()
    await sink.close()
  }
}

type Weather = {
  app: App
  postgres: CrashablePostgres
  sink: Sink
  crew: Crew
  options: StormOptions
  random: () => number
}

/** The moment of a kill, counted from when its victim is up. */
const MOMENT_MS = 700
/** With fewer sweeps that have chunks left another is started, so that a kill finds more than mail to do. */
const RUNNING = 2

async function blow({ app, postgres, sink, crew, options, random }: Weather) {
  const { kills, crashes } = options
  const faults: Fault[] = []
  const sweeps: string[] = []
  const arrivals = arrivalsAt(sink)
  let done = { kills: 0, crashes: 0 }
  const note = (fault: Fault) => {
    faults.push(fault)
    options.onFault?.(fault, done)
  }
  while (done.kills < kills || done.crashes < crashes) {
    // At most one for each fault: workers may finish a small sweep sooner than the next is planned.
    if ((await leftToDo(app)).sweeps < RUNNING)
      sweeps.push(await startFreshSweep(app, sweeps.length + 1, options.accounts))
    const no = Math.floor(random() * options.workers)
    await crew.ready(no)
    await pause(random() * MOMENT_MS) // the random moment itself, not a wait for something
    const left = await leftToDo(app)
    if (left.chunks + left.mails === 0) continue // it would not land
    if (done.crashes * kills < done.kills * crashes) {
      done = { ...done, crashes: done.crashes + 1 }
      note({ kind: 'crash', ...(await postgres.crash()), left })
      await steadily(() => app.db.$queryRaw`SELECT 1`)
    } else {
      const { underWay } = sink
      done = { ...done, kills: done.kills + 1 }
      note({ kind: 'kill', endedBy: await crew.kill(no), underWay, left })
    }
    if (random() < CUT_SHARE) note({ kind: 'cut', landed: await postgres.cutOne(), left })
    arrivals.note()
  }
  return { faults, sweeps, arrivals }
}

/** After one fault in twenty a single connection is cut as well. */
const CUT_SHARE = 0.05

type Crew = {
  ready(no: number): Promise<Worker>
  /** kill -9; another takes its place at once. */
  kill(no: number): Promise<string>
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

function crewOf(size: number, env: Record<string, string>): Crew {
  const start = () => steadily(() => startWorker(env))
  const crew = Array.from({ length: size }, start)
  const at = (no: number) => crew[no] as Promise<Worker>
  return {
    ready: at,
    async kill(no) {
      const endedBy = await (await at(no)).kill()
      crew[no] = start()
      return endedBy
    },
    async end(how) {
      const all = await Promise.all(crew.splice(0))
      await Promise.all(all.map((worker) => (how === 'SIGTERM' ? worker.stop() : worker.kill())))
    },
  }
}

/** Counts what came, and lets the messages themselves go: there are hundreds of thousands. */
export function arrivalsAt(sink: Sink): Arrivals & { note(): void } {
  const by = new Map<string, number>()
  return {
    by,
    note() {
      for (const { rcpts } of sink.messages.splice(0))
        by.set(rcpts[0] ?? '', (by.get(rcpts[0] ?? '') ?? 0) + 1)
    },
  }
}

export async function leftToDo(app: App): Promise<Left & { sweeps: number }> {
  const [row] = await steadily(
    () => app.db.$queryRaw<[Left & { sweeps: number }]>`
      SELECT (SELECT count(*)::int FROM chunk WHERE done_at IS NULL) AS chunks,
             (SELECT count(DISTINCT sweep_id)::int FROM chunk WHERE done_at IS NULL) AS sweeps,
             (SELECT count(*)::int FROM mail WHERE status IN ('staged', 'sending')) AS mails`,
  )
  return row
}

const STUCK_AFTER_MS = 300_000

/** Everything reaches its end without hands, once there are no more faults (I14). */
export async function untilOver(app: App, sweeps: readonly string[]): Promise<void> {
  let last = { open: Number.POSITIVE_INFINITY, atMs: performance.now() }
  for (;;) {
    // A connection that broke before the dot waits five minutes; nobody has to wait for that here.
    await app.db
      .$executeRaw`UPDATE mail SET not_before = now() WHERE status = 'staged' AND not_before > now()`
    const finished = await app.db.sweep.count({
      where: { id: { in: [...sweeps] }, status: 'finished' },
    })
    const { chunks, mails } = await leftToDo(app)
    const open = sweeps.length - finished + chunks + mails
    if (open === 0) return
    if (open < last.open) last = { open, atMs: performance.now() }
    if (performance.now() - last.atMs > STUCK_AFTER_MS)
      throw new Error(`Stuck with ${chunks} chunks and ${mails} mails, ${finished} sweeps finished`)
    await pause(100)
  }
}

const STEADY_MS = 60_000

/** Asks again while the database is away. */
async function steadily<T>(ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + STEADY_MS
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (performance.now() > until) throw error
      await pause(50)
    }
  }
}

/** Whether every fault landed, nothing is lost, and nothing happened twice. */
export function isSound({ faults, findings }: Storm): boolean {
  const { accounts, outcomes, wrongEpochs, twice, lost, unexplained, broken, auditFault } = findings
  return (
    faults.every(hasLanded) &&
    outcomes === accounts &&
    wrongEpochs + twice + lost + unexplained === 0 &&
    broken.length === 0 &&
    auditFault === null
  )
}

/** Whether it is proven that the fault hit something, while there was work to do. */
export function hasLanded(fault: Fault): boolean {
  if (fault.kind === 'cut') return true // nobody may have been in a transaction just then
  const isHit = fault.kind === 'kill' ? fault.endedBy === 'SIGKILL' : fault.died !== fault.recovered
  return isHit && fault.left.chunks + fault.left.mails > 0
}
