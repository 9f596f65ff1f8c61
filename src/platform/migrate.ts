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
  if (await isCurrent(url)) return []
  const { SchemaEngine } = await loadEngine()
  const adapters = bindMigrationAwareSqlAdapterFactory(
    wholeScripts(new PrismaPg({ connectionString: url })),
  )
  const datamodels: [string, string][] = [['schema.prisma', readFileSync(SCHEMA, 'utf8')]]
  const engine = await SchemaEngine.new({ datamodels }, () => undefined, adapters)
  const result = await engine.applyMigrations({
    migrationsList: migrationsList(),
    filters: { externalTables: [], externalEnums: [] },
  })
  return result.appliedMigrationNames
}

const migrationNames = () =>
  readdirSync(MIGRATIONS, { withFileTypes: true })
    .filter((found) => found.isDirectory())
    .map((found) => found.name)
    .sort()

/** Skips loading the engine (about a second) when every migration on disk is already applied. */
async function isCurrent(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
    const { rows } = await client.query<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL',
    )
    const applied = new Set(rows.map((row) => row.migration_name))
    return migrationNames().every((name) => applied.has(name))
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') return false // no such table: never migrated
    throw error
  } finally {
    await client.end().catch(() => undefined)
  }
}

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

async function loadEngine() {
  const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const folder = dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'))
  const wasm = readFileSync(join(folder, 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start?.()
  return bindings
}

/** The one corner of WebAssembly used here; Node's types leave it to the DOM's. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, unknown>,
  ): Promise<{ instance: { exports: { __wbindgen_start?: () => void } } }>
}

/** The stock adapter splits scripts at `;`, which cuts function bodies apart; `pg` takes them whole. */
function wholeScripts(factory: PrismaPg): SqlMigrationAwareDriverAdapterFactory {
  const connect = factory.connect.bind(factory)
  return Object.assign(factory, {
    connect: async () => {
      const adapter = await connect()
      const pool = adapter.underlyingDriver()
      return Object.assign(adapter, {
        executeScript: async (script: string) => {
          await pool.query(script)
        },
      })
    },
  })
}
