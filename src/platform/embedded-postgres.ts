import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { cpus, totalmem, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { isAlive, withLock } from './directory-lock.js'
import { Refusal } from './errors.js'
import { binaries, clusterFolder, owner } from './postgres-home.js'

const run = promisify(execFile)

/** A Postgres that belongs to a data directory. `close` stops it when no other process uses it. */
export type EmbeddedServer = { url: string; close(): Promise<void> }

type Paths = {
  root: string
  data: string
  /** Exists while a cluster is being made: what stands beside it is ours and unfinished. */
  making: string
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
  const paths = await pathsOf(dataDir)
  const url = await withLock(paths.lock, async () => {
    await writeFile(join(paths.users, String(process.pid)), '')
    return serverUrl(await ensureRunning(paths))
  })
  return { url, close: () => leave(paths) }
}

async function pathsOf(dataDir: string): Promise<Paths> {
  const root = resolve(dataDir)
  const users = join(root, 'processes')
  await mkdir(users, { recursive: true })
  // Everything in the folder is private; when root lends the cluster away, the way to it is not.
  await chmod(root, userInfo().uid === 0 ? 0o711 : 0o700)
  return {
    root,
    users,
    data: await clusterFolder(root),
    making: join(root, 'postgres.making'),
    log: join(root, 'postgres.log'),
    server: join(root, 'postgres.json'),
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

/**
 * A cluster without our server file is one whose making was interrupted, which is made again, or
 * not ours, which is left as it is.
 */
async function refuseForeign(paths: Paths): Promise<void> {
  const pid = await postmasterPid(paths)
  if (pid !== undefined && isAlive(pid)) {
    throw new Refusal(
      'data_directory_in_use',
      `${paths.data} is held by another Postgres (process ${pid}). Stop it, or set CORDON_DATA_DIR to another folder.`,
    )
  }
  const isOurs = await readFile(paths.making).then(
    () => true,
    () => false,
  )
  const found = await readdir(paths.data).catch(() => [])
  if (found.length > 0 && !isOurs) {
    throw new Refusal(
      'data_directory_in_use',
      `${paths.data} holds a Postgres that Cordon did not make, or lost ${paths.server} of. Restore that file, or set CORDON_DATA_DIR to another folder.`,
    )
  }
  await rm(paths.data, { recursive: true, force: true })
}

async function initialise(paths: Paths): Promise<string> {
  const password = randomBytes(24).toString('base64url')
  const passwordFile = `${paths.data}.password`
  const lentTo = await owner()
  await writeFile(paths.making, '')
  await mkdir(paths.data, { recursive: true, mode: 0o700 })
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (lentTo.uid !== undefined) {
    await Promise.all([paths.data, passwordFile].map((path) => chown(path, lentTo.uid, lentTo.gid)))
  }
  const { initdb } = await binaries()
  try {
    await run(initdb, [...CLUSTER, `--pgdata=${paths.data}`, `--pwfile=${passwordFile}`], {
      ...lentTo,
      cwd: '/',
    })
  } catch (cause) {
    throw new Refusal(
      'data_directory_in_use',
      `Postgres could not be set up in ${paths.data}: ${lastLine(cause)}. Check that the folder can be written and reached, or set CORDON_DATA_DIR or DATABASE_URL.`,
      { cause },
    )
  } finally {
    await rm(passwordFile, { force: true })
  }
  return password
}

const CLUSTER = [
  '--username=postgres',
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--locale=C.UTF-8',
  '--no-instructions',
]

const lastLine = (cause: unknown): string => {
  const { stderr, message } = cause as { stderr?: string; message: string }
  return (stderr ?? message).trim().split('\n').at(-1) ?? message
}

async function startServer(paths: Paths, password: string): Promise<ServerFile> {
  const server = { port: await freePort(), password }
  // Known before it runs: whoever comes after a kill in between can join it.
  await replaceFile(paths.server, JSON.stringify(server))
  await rm(paths.making, { force: true })
  const log = openSync(paths.log, 'a', 0o600)
  const { postgres } = await binaries()
  const flags = settings(server.port).flatMap((setting) => ['-c', setting])
  const child = spawn(postgres, ['-D', paths.data, ...flags], {
    ...(await owner()),
    cwd: paths.data,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  await untilReady(paths, server, () => child.exitCode !== null)
  return server
}

/** A kill leaves the old content or the new, never half of it: it holds the only password. */
async function replaceFile(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600 })
  await rename(`${path}.new`, path)
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

/**
 * Deletes a data directory with its server. Refuses with `data_directory_in_use` while another
 * process uses it.
 */
export async function wipeEmbeddedPostgres(dataDir: string): Promise<void> {
  const paths = await pathsOf(dataDir)
  await withLock(paths.lock, async () => {
    if ((await otherUsers(paths)) > 0) {
      throw new Refusal(
        'data_directory_in_use',
        `${paths.root} is used by another Cordon process. Stop it first, or set CORDON_DATA_DIR.`,
      )
    }
    await stopServer(paths)
    await rm(paths.data, { recursive: true, force: true })
    await rm(paths.root, { recursive: true, force: true })
  })
}

async function leave(paths: Paths): Promise<void> {
  await withLock(paths.lock, async () => {
    await rm(join(paths.users, String(process.pid)), { force: true })
    if ((await otherUsers(paths)) === 0) await stopServer(paths)
  })
}

async function stopServer(paths: Paths): Promise<void> {
  const pid = await postmasterPid(paths)
  if (pid === undefined || !isAlive(pid)) return
  const { pg_ctl } = await binaries()
  await run(pg_ctl, ['stop', '-D', paths.data, '-m', 'fast', '-w'], {
    ...(await owner()),
    cwd: '/',
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

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((ready) => probe.listen(0, '127.0.0.1', ready))
  const address = probe.address()
  await new Promise((closed) => probe.close(closed))
  return typeof address === 'object' && address ? address.port : 0
}
