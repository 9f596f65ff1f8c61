import { dirname } from 'node:path'
import { openSession } from '../../scripts/bench/cases.js'
import { type Running, startProcess } from '../../scripts/chaos/process.js'
import { type App, openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { readBuild } from '../../src/platform/build.js'
import { addKey } from '../../src/staff/keys/service.js'
import { approveSweep } from '../../src/sweeps/control/service.js'
import { createTestDatabase } from '../support/database.js'
import { aFolder, builtCli } from '../support/processes.js'
import { type Asked, askAt } from '../support/staff.js'
import { anAttempt, messageOf, sign } from '../support/webhook.js'
import { accounts, hostile, risky, type World } from '../support/world.js'

// Two processes that answer and two that work, on one database.

const CROWD = 60
const folder = aFolder()
let database: Awaited<ReturnType<typeof createTestDatabase>>
let app: App
let processes: Running[] = []
let apis: [Running, Running]
let keys: { automation: string; ingest: string }

beforeAll(async () => {
  database = await createTestDatabase()
  const env = {
    CORDON_DATA_DIR: folder.path,
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: '32b25acc035401e3410b5afd7ebac3723d3011d05cce32278d5657ed5f603ef9',
    STAFF_ADDR: '127.0.0.1:0',
    PUBLIC_ADDR: '127.0.0.1:0',
    PUBLIC_URL: 'https://accounts.example.com',
    STOP_GRACE: '0',
    FOUR_EYES: 'off',
    LOG_LEVEL: 'error',
  }
  const cli = await builtCli(folder.path)
  app = await openApp(readConfig(env), readBuild(dirname(cli)))
  const roles = ['api', 'api', 'worker', 'worker'] as const
  processes = await Promise.all(roles.map((role) => startProcess(role, env, cli)))
  apis = [processes[0] as Running, processes[1] as Running]
  const key = async (role: 'automation' | 'ingest') =>
    (await addKey(app, { role, name: role, actor: 'os:test' })).key
  keys = { automation: await key('automation'), ingest: await key('ingest') }
  const world = { ...app, url: database.url } as unknown as World
  await accounts(
    world,
    Array.from({ length: CROWD }, (_, no) => risky(`crowd-${no}`)),
  )
  for (let no = 0; no < CROWD; no += 1) await hostile(world, `crowd-${no}`, { succeeded: true })
})

afterAll(async () => {
  await Promise.all(processes.map((each) => each.stop('SIGKILL')))
  await app.close()
  await database.close()
  folder.remove()
})

const at = (api: Running, more: object = {}) =>
  askAt(api.staff, { authorization: `Bearer ${keys.automation}`, ...more })

const incident = {
  title: 'A leak',
  occurredAt: new Date(Date.now() - 7_200_000).toISOString(),
  detectedAt: new Date(Date.now() - 3_600_000).toISOString(),
}

/** Reads server-sent events until one is of this status; the statuses seen. */
async function followed(api: Running, sweepId: string, until: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${keys.automation}` }
  const answer = await fetch(`${api.staff}/v1/sweeps/${sweepId}/events`, { headers })
  const seen: string[] = []
  let text = ''
  for await (const piece of (answer.body as ReadableStream<Uint8Array>).pipeThrough(
    new TextDecoderStream(),
  )) {
    text += piece
    const found = [...text.matchAll(/event: state\ndata: (.*)\n/g)]
    seen.splice(0, seen.length, ...found.map(([, data]) => JSON.parse(data ?? '').status))
    if (seen.includes(until)) break
  }
  return seen
}

test('an idempotency key used at both at once makes one thing', async () => {
  const headers = { 'idempotency-key': 'one-incident' }
  const made = await Promise.all(
    apis.flatMap((api) => [1, 2, 3].map(() => at(api)('POST', '/v1/incidents', incident, headers))),
  )
  expect(made.map(({ status }) => status)).toEqual(Array(6).fill(201))
  expect(new Set(made.map(({ body }) => body.id)).size).toBe(1)
  expect(await app.db.incident.count()).toBe(1)
})

test('a webhook id sent to both at once has one effect', async () => {
  const { headers, body } = sign(messageOf([anAttempt(), anAttempt()]), { secret: keys.ingest })
  const posted = await Promise.all(
    [...apis, ...apis].map(async (api) => {
      const init = { method: 'POST', headers, body: body as string }
      const answer = await fetch(`${api.public}/v1/login-attempts`, init)
      return { status: answer.status, body: await answer.json() }
    }),
  )
  expect(posted.map(({ status }) => status)).toEqual([202, 202, 202, 202])
  expect(posted.reduce((sum, each) => sum + (each.body as Asked['body']).accepted, 0)).toBe(2)
  const stored = await app.db.attempt.count({ where: { id: { startsWith: 'try-' } } })
  expect(stored).toBe(2)
})

test('a sweep asked for at one api is made and carried out by workers, and followed at the other', async () => {
  const [one, other] = apis
  const { body: opened } = await at(one)('POST', '/v1/incidents', incident)
  const list = Array.from({ length: CROWD }, (_, no) => `crowd-${no}@shop.example`).join('\n')
  const added = await fetch(`${one.staff}/v1/incidents/${opened.id}/lists`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys.automation}`, 'content-type': 'text/plain' },
    body: list,
  })
  expect(added.status).toBe(201)
  const { body: asked } = await at(one)('POST', `/v1/incidents/${opened.id}/sweeps`)
  expect(await followed(other, asked.id, 'planned')).toEqual(['planning', 'planned'])
  const { body: plan } = await at(other)('GET', `/v1/sweeps/${asked.id}`)
  await approveSweep(app, asked.id, {
    planDigest: plan.planDigest,
    expectedResets: plan.resets,
    approver: 'os:test',
  })
  const [, seen] = await Promise.all([
    at(one)('POST', `/v1/sweeps/${asked.id}/start`),
    followed(other, asked.id, 'finished'),
  ])
  expect(seen.slice(-2)).toEqual(['running', 'finished'])
  expect(await app.db.outcome.count({ where: { sweepId: asked.id } })).toBe(CROWD)
})

test('reviewers who claim at both never hold the same case', async () => {
  const cases = await app.db.reviewCase.count({ where: { status: 'open' } })
  expect(cases).toBeGreaterThanOrEqual(20)
  const claimed = await Promise.all(
    [0, 1, 2, 3].map(async (no) => {
      const api = apis[no % 2] as Running
      const ask = askAt(api.staff, { cookie: await openSession(app, api.staff, no) })
      const ids: string[] = []
      for (let round = 0; round < 5; round += 1)
        ids.push((await ask('POST', '/v1/cases/claim-next')).body.case.id)
      return ids
    }),
  )
  expect(new Set(claimed.flat()).size).toBe(20)
})

test('a process that is stopped ends its streams; who followed goes on at the other', async () => {
  const { id } = await app.db.sweep.findFirstOrThrow({ select: { id: true } })
  const [one, other] = apis
  const stream = followed(one, id, 'never')
  await followed(one, id, 'finished')
  expect(await one.stop()).toBe(0)
  expect(await stream).toContain('finished') // it ended, and by its own account
  expect(await followed(other, id, 'finished')).toContain('finished')
})
