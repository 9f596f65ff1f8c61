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
  await asAdmin(server, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  const url = urlOf(server, name)
  const opened = await openDatabase(url, connections)
  const close = async () => {
    await opened.close()
    await asAdmin(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
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

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
