import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { type Database, openDatabase } from '../../src/platform/db.js'
import { TEMPLATE, urlOf } from './server.js'

/**
 * A migrated database of its own for one test file: call it in `beforeAll`, `close()` it in
 * `afterAll`. Needs Jest's globalSetup (test/support/global-setup.mjs), which starts the server.
 */
export async function createTestDatabase(
  connections?: number,
  template = TEMPLATE,
): Promise<Database & { url: string }> {
  const server = process.env.CORDON_TEST_DATABASE_URL
  if (server === undefined) throw new Error('No test server: is globalSetup configured?')
  const name = `test_${randomBytes(6).toString('hex')}`
  await asAdmin(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`)
  const url = urlOf(server, name)
  const opened = await openDatabase(url, connections)
  const close = async () => {
    await opened.close()
    await drop(server, name)
  }
  return { ...opened, url, close }
}

/** Another database with everything that is in the one at `url` now: how a backup is taken. */
export async function copyTestDatabase(url: string): Promise<Database & { url: string }> {
  const name = new URL(url).pathname.slice(1)
  const others = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`
  await asAdmin(url.replace(`/${name}`, '/postgres'), others)
  return createTestDatabase(4, name)
}

const DROP_MS = 15_000
const CANCELLED = '57014'

/**
 * Gives room back. It waits for a checkpoint and for every backend of the server, which on a busy
 * machine has outlasted a test's minute; a database that is left goes with the server.
 */
async function drop(server: string, name: string): Promise<void> {
  try {
    await asAdmin(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, DROP_MS)
  } catch (error) {
    if ((error as { code?: string }).code !== CANCELLED) throw error
  }
}

async function asAdmin(url: string, statement: string, timeoutMs = 0): Promise<void> {
  const client = new pg.Client({ connectionString: url, statement_timeout: timeoutMs })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
