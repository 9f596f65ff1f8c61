import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { findBroken } from '../../src/doctor/service.js'
import { openBalancer } from './balancer.js'
import { type Answered, isAllAnswered, openLoad } from './load.js'
import { type Running, startProcess } from './process.js'
import { place } from './restarts.js'

const run = promisify(execFile)

export type Upgrade = Answered & {
  /** The commit whose build ran before. */
  from: string
  /** Migrations that the new version brought while the old one was answering. */
  brought: string[]
  exits: (number | NodeJS.Signals | null)[]
  broken: string[]
}

export type UpgradeOptions = {
  databaseUrl: string
  dataDir: string
  perSecond: number
  /** A commit; the last one before the newest migration, when left out. */
  from?: string | undefined
}

const APIS = 2
const BESIDE_MS = 2_000

/**
 * Brings a new version out as a customer does, under load: its first process migrates the database
 * while the old version answers, both run beside each other, and the old one is stopped, one process
 * after the other.
 */
export async function upgradeUnderLoad(options: UpgradeOptions): Promise<Upgrade> {
  const from = options.from ?? (await beforeNewestMigration())
  const old = await buildOf(from)
  const env = {
    CORDON_DATA_DIR: options.dataDir,
    DATABASE_URL: options.databaseUrl,
    ENCRYPTION_KEY: '32b25acc035401e3410b5afd7ebac3723d3011d05cce32278d5657ed5f603ef9',
    STOP_GRACE: '2',
    LOG_LEVEL: 'error',
  }
  const running: Running[] = []
  const start = async (...asked: Parameters<typeof startProcess>) => {
    const started = await startProcess(...asked)
    running.push(started)
    return started
  }
  try {
    const worker = await start('worker', env, old.cli)
    const places = [await place(env), await place(env)]
    const apis = await Promise.all(places.map((each) => start('api', each, old.cli)))
    const keys = await keysOf(old.cli, env)
    const balancer = openBalancer(apis)
    const load = openLoad(balancer.send, { ...keys, perSecond: options.perSecond })
    await pause(BESIDE_MS)
    const app = await openApp(readConfig(env)) // the new version's first act: it migrates
    const brought = await migrationsAfter(options.databaseUrl, old.migrations)
    await start('worker', env)
    await pause(BESIDE_MS)
    const exits: Upgrade['exits'] = []
    for (let no = 0; no < APIS; no += 1) {
      exits.push((await apis[no]?.stop()) ?? null)
      await start('api', places[no] ?? {})
      await pause(BESIDE_MS)
    }
    exits.push(await worker.stop())
    const answered = await load.end(app.db)
    await balancer.close()
    await app.close()
    return { from, brought, exits, ...answered, broken: await findBroken(options.databaseUrl) }
  } finally {
    for (const { child } of running) child.kill('SIGKILL')
    old.remove()
  }
}

export const isSeamless = (found: Upgrade): boolean =>
  isAllAnswered(found) &&
  found.brought.length > 0 &&
  found.exits.every((code) => code === 0) &&
  found.broken.length === 0

const MIGRATIONS = 'prisma/migrations'

async function beforeNewestMigration(): Promise<string> {
  const { stdout } = await run('git', [
    'log',
    '-1',
    '--format=%H',
    '--diff-filter=A',
    '--',
    MIGRATIONS,
  ])
  const { stdout: parent } = await run('git', ['rev-parse', `${stdout.trim()}^`])
  return parent.trim()
}

/** A build of another commit, made in a folder of its own as anybody would: with its own packages. */
async function buildOf(commit: string) {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-version-'))
  await run('git', ['clone', '--quiet', '--shared', '.', folder])
  await run('git', ['checkout', '--quiet', '--detach', commit], { cwd: folder })
  await run('npm', ['run', '-s', 'bootstrap'], { cwd: folder })
  const { stdout } = await run('git', ['ls-tree', '--name-only', `${commit}:${MIGRATIONS}`])
  return {
    cli: join(folder, 'dist', 'cli.js'),
    migrations: stdout.split('\n'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function keysOf(cli: string, env: Record<string, string>) {
  const add = async (role: string) => {
    const asked = ['keys', 'add', '--role', role, '--name', `versions ${role}`, '--json']
    const { stdout } = await run(process.execPath, [cli, ...asked], {
      env: { ...process.env, ...env },
    })
    return (JSON.parse(stdout) as { key: string }).key
  }
  return { secret: await add('ingest'), key: await add('platform') }
}

/** As the owner of the database: what was migrated is nothing that Cordon's own role may read. */
async function migrationsAfter(databaseUrl: string, known: readonly string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL',
  )
  await client.end()
  return rows.map(({ name }) => name).filter((name) => !known.includes(name))
}
