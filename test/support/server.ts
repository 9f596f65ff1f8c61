import { execFile } from 'node:child_process'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
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
  const folder = await mkdtemp(join(await fastFolder(), 'cordon-test-'))
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

const SHARED_MEMORY = '/dev/shm'
const ENOUGH_BYTES = 6 * 2 ** 30

/**
 * Memory where there is plenty: nothing of a test run outlives it, and every copy of the template
 * waits for a disk otherwise, a second and more on a busy machine.
 */
async function fastFolder(): Promise<string> {
  const found = await statfs(SHARED_MEMORY).catch(() => undefined)
  return found && found.bavail * found.bsize > ENOUGH_BYTES ? SHARED_MEMORY : tmpdir()
}

export function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}
