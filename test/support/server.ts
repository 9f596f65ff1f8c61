import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.js'

const run = promisify(execFile)
const MIGRATE = join(import.meta.dirname, 'migrate-template.ts')

export const TEMPLATE = 'cordon_template'

/** Starts a Postgres in a temporary folder and migrates the database that every test file copies. */
export async function startTestServer(): Promise<{ url: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-test-'))
  const server = await startEmbeddedPostgres(folder)
  const admin = new pg.Client({ connectionString: server.url })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${TEMPLATE}`)
  await admin.end()
  await run(process.execPath, ['--import', 'tsx', MIGRATE, urlOf(server.url, TEMPLATE)])
  const close = async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: server.url, close }
}

export function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}
