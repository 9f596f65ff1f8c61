import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { migrationState } from '../../src/platform/migrate.js'
import { end, runToEnd, start } from '../support/processes.js'
import { urlOf } from '../support/server.js'

const MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations')
const sql = (name: string) => readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8')

const name = `upgrade_${randomBytes(6).toString('hex')}`
const server = process.env.CORDON_TEST_DATABASE_URL ?? ''
let client: pg.Client

async function asAdmin(statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: server })
  await admin.connect()
  await admin.query(statement).finally(() => admin.end())
}

const MIGRATE = ['--import', 'tsx', join(import.meta.dirname, '../support/migrate-template.ts')]

describe.each([
  ['with the connection that ran it', true],
  ['while the database goes on with it', false],
])('a migration whose process is killed, %s', (_case, isCut) => {
  const database = `broken_${randomBytes(6).toString('hex')}`
  const url = urlOf(server, database)
  beforeAll(() => asAdmin(`CREATE DATABASE ${database}`))
  afterAll(() => asAdmin(`DROP DATABASE ${database} WITH (FORCE)`))

  test('is done once, by whoever comes next', async () => {
    const looker = new pg.Client({ connectionString: url })
    await looker.connect()
    // Everything that a script does it does behind this lock.
    await looker.query("SELECT pg_advisory_lock(hashtextextended('cordon migration script', 0))")
    const victim = start([...MIGRATE, url])
    const waiting = async () =>
      (
        await looker.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
           AND wait_event_type = 'Lock' AND query LIKE '%cordon migration script%'`,
        )
      ).rows
    while ((await waiting()).length === 0) await pause(10)
    await end(victim, 'SIGKILL')
    const [script] = await waiting()
    expect(victim.signalCode).toBe('SIGKILL')
    expect(script).toBeDefined()
    expect((await migrationState(looker)).broken).toHaveLength(1)
    if (isCut) await looker.query('SELECT pg_terminate_backend($1)', [script?.pid])
    await looker.query('SELECT pg_advisory_unlock_all()')
    expect(await runToEnd([...MIGRATE, url])).toMatchObject({ code: 0, err: '' })
    expect(await migrationState(looker)).toEqual({ missing: [], unknown: [], broken: [] })
    await looker.end()
  })
})

beforeAll(async () => {
  await asAdmin(`CREATE DATABASE ${name}`)
  client = new pg.Client({ connectionString: urlOf(server, name) })
  await client.connect()
  await client.query('CREATE TABLE _prisma_migrations (id text)')
  await client.query(sql('20261123000000_spine'))
})
afterAll(async () => {
  await client.end()
  await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`)
})

test('attempts and ingest keys of the first version are kept, with the sources they belong to', async () => {
  await client.query(`
    INSERT INTO attempt (source, id, at, ip, succeeded, hostile, username) VALUES
      ('sign-in', 'a', now() - interval '1 hour' + interval '1 microsecond', '192.0.2.1', false, true, 'x@y.example'),
      ('import', 'a', now() - interval '3 years', '192.0.2.2', true, false, NULL),
      ('demo', 'b', now(), '192.0.2.3', false, false, NULL);
    INSERT INTO api_key (id, name, role, key_hash) VALUES
      ('key_1', 'login service', 'ingest', '\\x01'), ('key_2', 'backend', 'platform', '\\x02')`)
  await client.query(sql('20261124000000_attempts'))
  const { rows } = await client.query(`
    SELECT s.name AS source, a.id, a.hostile, a.username FROM attempt a JOIN attempt_source s ON s.no = a.source_no
    ORDER BY a.source_no`)
  expect(rows).toEqual([
    { source: 'sign-in', id: 'a', hostile: true, username: 'x@y.example' },
    { source: 'import', id: 'a', hostile: false, username: null },
    { source: 'demo', id: 'b', hostile: false, username: null },
  ])
  const keys = await client.query(`
    SELECT k.name, s.name AS source FROM api_key k LEFT JOIN attempt_source s ON s.no = k.source_no ORDER BY k.id`)
  expect(keys.rows).toEqual([
    { name: 'login service', source: 'login service' },
    { name: 'backend', source: null },
  ])
})
