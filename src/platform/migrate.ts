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
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
  } catch (cause) {
    throw new Refusal('database_unreachable', unreachable(cause), { cause })
  }
  try {
    if (await isCurrent(client)) return []
    await client.query("SELECT pg_advisory_lock(hashtextextended('cordon migrations', 0))")
    return (await isCurrent(client)) ? [] : await applyMigrations(url)
  } finally {
    await client.end()
  }
}

async function applyMigrations(url: string): Promise<string[]> {
  const { SchemaEngine } = await engineBindings()
  const pool = new pg.Pool({ connectionString: url })
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

/** Loading the engine takes a second, so it is skipped when everything on disk is applied. */
async function isCurrent(client: pg.Client): Promise<boolean> {
  try {
    const { rows } = await client.query<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL',
    )
    const applied = new Set(rows.map((row) => row.migration_name))
    return migrationNames().every((name) => applied.has(name))
  } catch (error) {
    if ((error as { code?: string }).code === UNDEFINED_TABLE) return false
    throw error
  }
}

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

/** The stock adapter splits scripts at `;`, which cuts function bodies apart; `pg` takes them whole. */
function wholeScripts(factory: PrismaPg, pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const connect = factory.connect.bind(factory)
  const executeScript = async (script: string) => {
    await pool.query(script)
  }
  return Object.assign(factory, {
    connect: async () => Object.assign(await connect(), { executeScript }),
  })
}
