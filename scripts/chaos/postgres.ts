import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'
import { binaries, clusterFolder, owner } from '../../src/platform/postgres-home.js'

const run = promisify(execFile)

/** A Postgres that may be broken off at any moment, and comes back at the same port. */
export type CrashablePostgres = {
  url: string
  /**
   * Stops it at once, as a crash does: no checkpoint, every connection cut, recovery from the log.
   * Resolves when it answers again, with the process that died and the one that took its place.
   */
  crash(): Promise<{ died: number; recovered: number }>
  /** SIGSTOP of every process of the server: connections stay open, and nothing answers. */
  freeze(): Promise<void>
  /** SIGCONT. */
  thaw(): Promise<void>
  /** Starts it again where it ended by itself. */
  revive(): Promise<void>
  /** Cuts one connection that is in the middle of a transaction, if there is any. */
  cutOne(): Promise<boolean>
  close(): Promise<void>
}

export async function startCrashablePostgres(dataDir: string): Promise<CrashablePostgres> {
  const server = await startEmbeddedPostgres(dataDir)
  const folder = await clusterFolder(dataDir)
  await keepSettings(server.url)
  const { pg_ctl } = await binaries()
  const lent = { ...(await owner()), cwd: '/' }
  const pid = async () =>
    Number((await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')[0])
  const log = join(folder, 'chaos.log')
  const start = () => run(pg_ctl, ['start', '-D', folder, '-w', '-t', '120', '-l', log], lent)
  const signal = async (name: 'SIGSTOP' | 'SIGCONT') => {
    const postmaster = await pid()
    for (const one of [postmaster, ...(await childrenOf(postmaster))]) process.kill(one, name)
  }
  return {
    url: server.url,
    async crash() {
      const died = await pid()
      await run(pg_ctl, ['stop', '-D', folder, '-m', 'immediate', '-w'], lent)
      await start()
      return { died, recovered: await pid() }
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async revive() {
      const isThere = await run(pg_ctl, ['status', '-D', folder], lent).catch(() => undefined)
      if (!isThere) await start()
    },
    cutOne: () =>
      asking(server.url, async (client) => {
        const { rows } = await client.query(`
          SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity
          WHERE backend_type = 'client backend' AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
          ORDER BY random() LIMIT 1`)
        return rows[0]?.cut === true
      }),
    close: server.close,
  }
}

async function childrenOf(parent: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(parent)])
  return stdout.split('\n').filter(Boolean).map(Number)
}

/** What the embedded server is told at its start, it shall know by itself after a crash. */
const KEPT = [
  ...['port', 'listen_addresses', 'shared_buffers', 'max_connections'],
  ...['max_worker_processes', 'max_wal_size', 'jit', 'log_statement', 'log_min_error_statement'],
]

const keepSettings = (url: string) =>
  asking(url, async (client) => {
    for (const name of KEPT) {
      const { rows } = await client.query('SELECT current_setting($1) AS value', [name])
      await client.query(`ALTER SYSTEM SET ${name} = ${pg.escapeLiteral(rows[0].value)}`)
    }
  })

async function asking<T>(url: string, ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  return ask(client).finally(() => client.end())
}
