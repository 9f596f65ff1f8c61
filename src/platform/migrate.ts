import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { unreachable } from './db.js'
import { Refusal } from './errors.js'
import { SturdyClient } from './sturdy-client.js'

const require = createRequire(import.meta.url)
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const MIGRATIONS = join(ROOT, 'prisma/migrations')
const SCHEMA = join(ROOT, 'prisma/schema.prisma')

/**
 * Applies the outstanding migrations with Prisma's own schema engine, run as WebAssembly, so that
 * no native engine has to be downloaded. Keeps the ordinary `_prisma_migrations` table.
 * Returns the names it applied.
 */
export async function migrate(url: string): Promise<string[]> {
  const client = new SturdyClient({ connectionString: url, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
  } catch (cause) {
    throw new Refusal('database_unreachable', unreachable(cause), { cause })
  }
  try {
    if (await isCurrent(client)) return []
    await client.query("SELECT pg_advisory_lock(hashtextextended('cordon migrations', 0))")
    if (await isCurrent(client)) return []
    await takeBackBroken(client)
    return await applyMigrations(url)
  } finally {
    await client.end()
  }
}

/**
 * A migration and the note that it is finished are one transaction, so whatever was begun and is
 * not finished left nothing behind: its process or the database broke off, and it may begin again.
 */
async function takeBackBroken(client: pg.Client): Promise<void> {
  if ((await migrationState(client)).broken.length === 0) return
  await client.query(`
    BEGIN;
    ${WAIT_FOR_SCRIPT};
    UPDATE _prisma_migrations SET rolled_back_at = now() WHERE ${UNFINISHED};
    COMMIT`)
}

/** A script goes on in the database when the process that sent it is gone. */
const WAIT_FOR_SCRIPT =
  "SELECT pg_advisory_xact_lock(hashtextextended('cordon migration script', 0))"
const UNFINISHED = 'finished_at IS NULL AND rolled_back_at IS NULL'
/** The engine's table is made by such a script, too. */
const NOTE_FINISHED = `
  DO $$ BEGIN
    IF to_regclass('_prisma_migrations') IS NOT NULL THEN
      UPDATE _prisma_migrations SET finished_at = now() WHERE ${UNFINISHED};
    END IF;
  END $$`

async function applyMigrations(url: string): Promise<string[]> {
  const { SchemaEngine } = await engineBindings()
  const pool = new pg.Pool({ connectionString: url, Client: SturdyClient })
  const datamodels: [string, string][] = [['schema.prisma', readFileSync(SCHEMA, 'utf8')]]
  try {
    const adapters = bindMigrationAwareSqlAdapterFactory(wholeScripts(new PrismaPg(pool), pool))
    const engine = await SchemaEngine.new({ datamodels }, () => undefined, adapters)
    const result = await engine.applyMigrations({
      migrationsList: migrationsList(),
      filters: { externalTables: [], externalEnums: [] },
    })
    return result.appliedMigrationNames
  } finally {
    await pool.end() // an idle pool would keep the process for ten seconds more
  }
}

const migrationNames = () =>
  readdirSync(MIGRATIONS, { withFileTypes: true })
    .filter((found) => found.isDirectory())
    .map((found) => found.name)
    .sort()

/** How the database stands to the migrations of this program, by their names. */
export type MigrationState = {
  missing: string[]
  /** Applied by a newer program, or by somebody else's. */
  unknown: string[]
  /** Begun and neither finished nor taken back. */
  broken: string[]
}

/** Reads only. A database that was never migrated misses all of them. */
export async function migrationState(
  client: Pick<pg.ClientBase, 'query'>,
): Promise<MigrationState> {
  const names = migrationNames()
  try {
    const { rows } = await client.query<{ name: string; finished: boolean }>(
      `SELECT migration_name AS name, finished_at IS NOT NULL AS finished FROM _prisma_migrations
       WHERE rolled_back_at IS NULL ORDER BY 1`,
    )
    const applied = new Set(rows.filter(({ finished }) => finished).map(({ name }) => name))
    return {
      missing: names.filter((name) => !applied.has(name)),
      unknown: [...applied].filter((name) => !names.includes(name)),
      broken: rows.filter(({ name }) => !applied.has(name)).map(({ name }) => name),
    }
  } catch (error) {
    if ((error as { code?: string }).code !== UNDEFINED_TABLE) throw error
    return { missing: names, unknown: [], broken: [] }
  }
}

/** Loading the engine takes a second, so it is skipped when everything on disk is applied. */
const isCurrent = async (client: pg.Client): Promise<boolean> =>
  (await migrationState(client)).missing.length === 0

const UNDEFINED_TABLE = '42P01'

function migrationsList() {
  return {
    baseDir: MIGRATIONS,
    lockfile: {
      path: 'migration_lock.toml',
      content: readFileSync(join(MIGRATIONS, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: migrationNames().map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  }
}

let loaded: ReturnType<typeof loadEngine> | undefined

/** Once per process: its bindings keep the memory of the instance they were loaded with. */
function engineBindings() {
  loaded ??= loadEngine()
  return loaded
}

async function loadEngine() {
  const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const folder = dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'))
  const wasm = readFileSync(join(folder, 'schema_engine_bg.wasm'))
  const imports = { './schema_engine_bg.js': withIdleTimers(bindings) }
  const { instance } = await WebAssembly.instantiate(wasm, imports)
  bindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start?.()
  return bindings
}

/** The engine leaves a ten-second timer behind; it must not keep a short command waiting. */
function withIdleTimers(bindings: object): Record<string, unknown> {
  const wrapped = Object.entries(bindings).map(([name, bound]) => {
    if (!name.startsWith('__wbg_setTimeout')) return [name, bound]
    const startTimer = bound as (callback: () => void, ms: number) => NodeJS.Timeout
    return [name, (callback: () => void, ms: number) => startTimer(callback, ms).unref()]
  })
  return Object.fromEntries(wrapped)
}

/** The one corner of WebAssembly used here; Node's types leave it to the DOM's. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, unknown>,
  ): Promise<{ instance: { exports: { __wbindgen_start?: () => void } } }>
}

/**
 * The stock adapter splits scripts at `;`, which cuts function bodies apart; `pg` takes them whole,
 * as one transaction.
 */
function wholeScripts(factory: PrismaPg, pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const connect = factory.connect.bind(factory)
  const executeScript = async (script: string) => {
    await pool.query(`${WAIT_FOR_SCRIPT};\n${script}\n;${NOTE_FINISHED}`)
  }
  return Object.assign(factory, {
    connect: async () => Object.assign(await connect(), { executeScript }),
  })
}
