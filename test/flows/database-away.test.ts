import { getEventListeners } from 'node:events'
import pg from 'pg'
import { startProxy } from '../../scripts/bench/proxy.js'
import { type App, openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { type Listeners, startListeners } from '../../src/listeners.js'
import { hearUntilBroken } from '../../src/platform/notices.js'
import { addKey } from '../../src/staff/keys/service.js'
import { createTestDatabase } from '../support/database.js'
import { until } from '../support/mailing.js'
import { aFolder } from '../support/processes.js'

// The way to the database falls silent, and nobody is told: no connection breaks.

const folder = aFolder()
let database: Awaited<ReturnType<typeof createTestDatabase>>
let cable: Awaited<ReturnType<typeof startProxy>>
let app: App
let listeners: Listeners
beforeAll(async () => {
  database = await createTestDatabase(2)
  const url = new URL(database.url)
  cable = await startProxy({ host: url.hostname, port: Number(url.port) })
  url.host = `127.0.0.1:${cable.port}`
  const [STAFF_ADDR, PUBLIC_ADDR] = ['127.0.0.1:0', '127.0.0.1:0']
  const listen = { STAFF_ADDR, PUBLIC_ADDR, LOG_LEVEL: 'silent' }
  const env = { DATABASE_URL: url.href, CORDON_DATA_DIR: folder.path, ...listen }
  app = await openApp(readConfig(env))
  listeners = await startListeners(app)
}, 30_000)
afterAll(async () => {
  cable?.heal()
  await listeners?.close()
  await app?.close()
  await cable?.close()
  await database?.close()
  folder.remove()
})

/** What the slowest caller waits, on a machine that does other things too. */
const LIMIT_MS = 6_500

test('who waits for a silent database gets 503 with Retry-After in time, and all goes on when it speaks again', async () => {
  const { key } = await addKey(app, { role: 'automation', name: 'away', actor: 'os:test' })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const at = new Date(Date.now() - 3_600_000).toISOString()
  const post = (title: string) =>
    fetch(`${listeners.staff}/v1/incidents`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': title },
      body: JSON.stringify({ title, occurredAt: at, detectedAt: at }),
    })
  expect((await post('before')).status).toBe(201)
  cable.cut()
  const startedAt = performance.now()
  const waiting = [
    post('while'),
    post('while too'),
    fetch(`${listeners.staff}/readyz`),
    fetch(`${listeners.public}/v1/accounts/ann/standing`, { headers }),
  ]
  const answers = await Promise.all(waiting)
  expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS)
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503])
  for (const answer of answers.slice(0, 2)) {
    expect(answer.headers.get('retry-after')).toBe('5')
    const { type, instance } = (await answer.json()) as Record<string, string>
    expect(type).toBe('urn:cordon:problem:service_unavailable')
    expect(instance).toBe(answer.headers.get('x-request-id'))
  }
  const askedAt = performance.now()
  expect((await post('later')).status).toBe(503) // at once, for it is known
  expect(performance.now() - askedAt).toBeLessThan(1_000)
  expect((await fetch(`${listeners.staff}/healthz`)).status).toBe(200)
  cable.heal()
  await until(async () => (await fetch(`${listeners.staff}/readyz`)).status === 200)
  expect((await post('while')).status).toBe(201)
  const [made] = await app.db.$queryRaw<[{ made: number; told: number }]>`
    SELECT (SELECT count(*)::int FROM incident) AS made,
      (SELECT count(*)::int FROM audit_event WHERE kind = 'incident.opened') AS told`
  expect(made.told).toBe(made.made)
  expect(await app.db.incident.count({ where: { title: 'while' } })).toBe(1)
}, 30_000)

test('a connection that hears notices and breaks leaves nothing behind', async () => {
  const { signal } = new AbortController()
  const hearing = hearUntilBroken(database.pool, {
    channel: 'cordon_test',
    heard: () => {},
    signal,
  })
  const owner = new pg.Client({ connectionString: database.url })
  await owner.connect()
  await until(async () => {
    const { rows } = await owner.query(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN "cordon_test"%'`)
    return rows.length > 0
  })
  await owner.end()
  await hearing
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
