import { setTimeout as pause } from 'node:timers/promises'
import { type App, openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { freePort } from '../../src/platform/embedded-postgres.js'
import { addKey } from '../../src/staff/keys/service.js'
import { openBalancer } from './balancer.js'
import { type Answered, isAllAnswered, openLoad } from './load.js'
import { type Running, startProcess } from './process.js'

export type Restarts = Answered & {
  restarts: number
  stillMs: number
  exits: (number | NodeJS.Signals | null)[]
  passedOn: number
}

export type RestartOptions = {
  databaseUrl: string
  dataDir: string
  restarts: number
  /** So long a process stands still while all others go on, before it is restarted the first time. */
  stillMs?: number
  perSecond: number
}

const APIS = 2
const QUIET_MS = 500

/** Restarts one api after the other under an open-loop load, and counts what became of each request. */
export async function rollingRestarts(options: RestartOptions): Promise<Restarts> {
  const env = {
    CORDON_DATA_DIR: options.dataDir,
    DATABASE_URL: options.databaseUrl,
    ENCRYPTION_KEY: KEY,
    STOP_GRACE: '2',
    LOG_LEVEL: 'error',
  }
  const app = await openApp(readConfig(env))
  const apis: Running[] = []
  try {
    const places = await Promise.all(Array.from({ length: APIS }, () => place(env)))
    apis.push(...(await Promise.all(places.map((each) => startProcess('api', each)))))
    return await restartUnderLoad(app, { apis, places, options })
  } finally {
    await Promise.all(apis.map(({ child }) => child.kill('SIGKILL')))
    await app.close()
  }
}

const KEY = '32b25acc035401e3410b5afd7ebac3723d3011d05cce32278d5657ed5f603ef9'

/** Ports of its own, which a process that takes its place listens at again. */
export async function place(env: Record<string, string>): Promise<Record<string, string>> {
  const [staff, open] = [await freePort(), await freePort()]
  return { ...env, STAFF_ADDR: `127.0.0.1:${staff}`, PUBLIC_ADDR: `127.0.0.1:${open}` }
}

type Scene = { apis: Running[]; places: Record<string, string>[]; options: RestartOptions }

async function restartUnderLoad(app: App, { apis, places, options }: Scene): Promise<Restarts> {
  const made = { actor: 'os:chaos', name: `restarts ${Date.now()}` }
  const { key: secret } = await addKey(app, { ...made, role: 'ingest' })
  const { key } = await addKey(app, { ...made, name: `${made.name} read`, role: 'platform' })
  const balancer = openBalancer(apis.map((api) => ({ staff: api.staff, public: api.public })))
  const load = openLoad(balancer.send, { secret, key, perSecond: options.perSecond })
  const exits: Restarts['exits'] = []
  await pause(QUIET_MS)
  if (options.stillMs) await standStill(apis[0], options.stillMs)
  for (let no = 0; no < options.restarts; no += 1) {
    const which = no % APIS
    exits.push((await apis[which]?.stop()) ?? null)
    apis[which] = await startProcess('api', places[which] ?? {})
    await pause(QUIET_MS) // until the balancer has seen it
  }
  const answered = await load.end(app.db)
  const passedOn = balancer.passedOn()
  await balancer.close()
  const { restarts, stillMs = 0 } = options
  return { restarts, stillMs, exits, passedOn, ...answered }
}

/** As a machine that is moved to another host: its clocks jump, and what was sent to it waits. */
async function standStill(api: Running | undefined, ms: number): Promise<void> {
  api?.child.kill('SIGSTOP')
  await pause(ms)
  api?.child.kill('SIGCONT')
  await pause(QUIET_MS)
}

/**
 * Whether nothing was lost, and every process ended as it was asked to. What arrived while one stood
 * still may be asked to come back (429).
 */
export const isLossless = (found: Restarts): boolean =>
  isAllAnswered(found, found.stillMs > 0 ? [429] : []) && found.exits.every((code) => code === 0)
