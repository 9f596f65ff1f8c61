import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { z } from 'zod'
import { endpoint } from '../../src/contract/endpoint.js'
import { Refusal } from '../../src/platform/errors.js'
import { createHttpApp } from '../../src/platform/http/app.js'
import { requestId } from '../../src/platform/http/request-id.js'
import { answer, type Credentials, mount, serve } from '../../src/platform/http/route.js'
import { type Listener, listen } from '../../src/platform/http/server.js'

type Line = { event: string; facts: Record<string, unknown> }
const lines: Line[] = []
const write = (event: string, facts = {}) => void lines.push({ event, facts })
const log = { info: write, warn: write, error: write }

const ANY = { host: '127.0.0.1', port: 0 }
let parts = { database: true }
let listener: Listener

const echo = endpoint({
  method: 'post',
  path: '/v1/echo/:word',
  summary: 'Says a word',
  allow: 'anyone',
  params: z.object({ word: z.string().max(5) }),
  body: z.strictObject({ times: z.int().positive() }),
  answers: { 201: z.strictObject({ said: z.string(), by: z.string() }) },
})
const lie = endpoint({
  method: 'get',
  path: '/v1/lie',
  summary: 'Breaks its own declaration',
  allow: 'anyone',
  answers: { 200: z.strictObject({ ok: z.boolean() }) },
})
const guarded = endpoint({
  method: 'post',
  path: '/v1/guarded',
  summary: 'Names an act and takes no body',
  allow: 'sign_in',
  answers: { 200: z.strictObject({ who: z.string() }) },
})

const routes = [
  serve(echo, async ({ params, body }) =>
    answer(201, { said: params.word.repeat(body.times), by: requestId() }),
  ),
  serve(lie, async () => answer(200, { ok: true, address: 'mara@shop.example' })),
  serve(guarded, async ({ actor }) => answer(200, { who: actor.id })),
]

beforeAll(async () => {
  const authorise = async (_credentials: Credentials, act: string) => ({
    id: act,
    roles: ['x'],
    isFresh: true,
  })
  const app = createHttpApp({ log, readiness: async () => parts }, (express) => {
    express.use(mount(routes, undefined, { authorise }))
    express.get('/twice', (_req, _res, next) => {
      next(new Refusal('service_unavailable', 'The database is away.'))
      next(new Error('ann@shop.example is away'))
    })
  })
  listener = await listen(app, ANY, {
    headersTimeout: 400,
    requestTimeout: 600,
    connectionsCheckingInterval: 50,
  })
})
afterAll(() => listener.close())

const post = (path: string, body: string, type = 'application/json') =>
  fetch(`${listener.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body })

test('a declared route checks its input and answers under its request id', async () => {
  const answer = await post('/v1/echo/hey', '{"times":2}')
  expect(answer.status).toBe(201)
  expect(await answer.json()).toEqual({ said: 'heyhey', by: answer.headers.get('x-request-id') })
})

test('each wrong place is named', async () => {
  const answer = await post('/v1/echo/hey', '{"times":-1,"more":1}')
  expect(answer.status).toBe(400)
  const problem = (await answer.json()) as { errors: { path: string }[]; instance: string }
  expect(problem).toMatchObject({ type: 'urn:cordon:problem:input_invalid', status: 400 })
  expect(problem.errors.map(({ path }) => path)).toEqual(['body.times', 'body'])
  expect(problem.instance).toBe(answer.headers.get('x-request-id'))
})

test('an answer that breaks its declaration is a bug, not a leak', async () => {
  const answer = await fetch(`${listener.url}/v1/lie`)
  expect(answer.status).toBe(500)
  expect(await answer.json()).toMatchObject({ type: 'about:blank', status: 500 })
  const failed = lines.filter(({ event }) => event === 'http.failed')
  expect(failed).toHaveLength(1)
  expect(JSON.stringify(lines)).not.toContain('mara')
})

test('a route without a body takes none, and runs as whom authentication found', async () => {
  const answer = await fetch(`${listener.url}/v1/guarded`, { method: 'POST' })
  expect(await answer.json()).toEqual({ who: 'sign_in' })
})

test.each([
  ['JSON cut off', { path: '/v1/echo/hey', body: '{"times":', type: 'application/json' }, 400],
  [
    'a form',
    { path: '/v1/echo/hey', body: 'times=1', type: 'application/x-www-form-urlencoded' },
    415,
  ],
  ['text', { path: '/v1/echo/hey', body: '{"times":1}', type: 'text/plain' }, 415],
  [
    'another charset',
    { path: '/v1/echo/hey', body: '{"times":1}', type: 'application/json; charset=utf-7' },
    415,
  ],
  [
    'a huge body',
    { path: '/v1/echo/hey', body: `{"times":${' '.repeat(20_000)}1}`, type: 'application/json' },
    413,
  ],
  [
    'deep nesting',
    { path: '/v1/echo/hey', body: '['.repeat(8_000), type: 'application/json' },
    400,
  ],
  [
    'prototype keys',
    {
      path: '/v1/echo/hey',
      body: '{"times":1,"__proto__":{"admin":true}}',
      type: 'application/json',
    },
    400,
  ],
  [
    'a long parameter',
    { path: '/v1/echo/wordwordword', body: '{"times":1}', type: 'application/json' },
    400,
  ],
  [
    'an undecodable path',
    { path: '/v1/echo/%E0%A4%A', body: '{"times":1}', type: 'application/json' },
    404,
  ],
  ['another path', { path: '/v1/nothing', body: '{}', type: 'application/json' }, 404],
  ['another case', { path: '/V1/echo/hey', body: '{"times":1}', type: 'application/json' }, 404],
])('%s is a problem document', async (_case, { path, body, type }, status) => {
  const answer = await post(path, body, type)
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(({} as Record<string, unknown>).admin).toBeUndefined()
})

test('another method is refused and the allowed ones are named', async () => {
  const answer = await fetch(`${listener.url}/v1/echo/hey`, { method: 'DELETE' })
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
})

test('every answer carries the safe headers', async () => {
  for (const path of ['/healthz', '/v1/nothing', '/v1/lie']) {
    const { headers } = await fetch(`${listener.url}${path}`)
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'strict-transport-security': expect.stringContaining('max-age=31536000'),
    })
    expect(headers.has('x-powered-by')).toBe(false)
  }
})

test('the log names the pattern of a route, never the path', async () => {
  lines.length = 0
  await post('/v1/echo/hush', '{"times":1}')
  await pause(20)
  expect(lines).toMatchObject([
    { event: 'http.answered', facts: { route: 'POST /v1/echo/:word', status: 201 } },
  ])
})

test('what fails again after its problem was told is noted by its kind, and printed nowhere', async () => {
  const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined)
  lines.length = 0
  expect((await fetch(`${listener.url}/twice`)).status).toBe(503)
  await pause(20)
  expect(printed).not.toHaveBeenCalled()
  expect(lines.map(({ event }) => event)).toContain('http.failed')
  expect(JSON.stringify(lines)).not.toContain('ann@')
  printed.mockRestore()
})

test('healthy is the process, ready are its parts', async () => {
  expect((await fetch(`${listener.url}/healthz`)).status).toBe(200)
  expect((await fetch(`${listener.url}/readyz`)).status).toBe(200)
  parts = { database: false }
  const answer = await fetch(`${listener.url}/readyz`)
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { status: 'not_ready', parts: { database: false } },
  ])
})

test('a client that sends its body drop by drop is cut off', async () => {
  const { port } = new URL(listener.url)
  const socket = connect(Number(port), '127.0.0.1')
  const startedAt = performance.now()
  socket.write(
    'POST /v1/echo/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  )
  let heard = ''
  socket.on('data', (bytes) => {
    heard += String(bytes)
  })
  await new Promise((closed) => socket.on('close', closed))
  expect(heard).toMatch(/^HTTP\/1.1 408/)
  expect(performance.now() - startedAt).toBeLessThan(3_000)
})

test('a port that is taken is refused with what to do, and a free one is found', async () => {
  const taken = Number(new URL(listener.url).port)
  const app = () => undefined
  await expect(listen(app, { host: '127.0.0.1', port: taken })).rejects.toMatchObject({
    code: 'port_taken',
    detail: expect.stringMatching(new RegExp(`127.0.0.1:${taken}.*PUBLIC_ADDR`)),
  })
  await expect(listen(app, { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
    code: 'configuration_invalid',
  })
})

test('closing lets a running request end and takes no new one', async () => {
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow = await listen((_req, res) => void gate.then(() => res.end('done')), ANY)
  const answer = new Promise<string>((resolve) => {
    request(slow.url, (res) => {
      res.setEncoding('utf8').on('data', resolve)
    }).end()
  })
  await pause(30)
  const closed = slow.close()
  await expect(fetch(slow.url)).rejects.toThrow()
  release()
  expect(await answer).toBe('done')
  await closed
})

test('closing does not wait for a connection on which nothing came, as browsers open them', async () => {
  const server = await listen((_req, res) => void res.end('done'), ANY)
  const spare = connect(Number(new URL(server.url).port), ANY.host)
  await once(spare, 'connect')
  await (await fetch(server.url)).text() // by then it was accepted
  const ended = once(spare.resume(), 'close')
  const from = performance.now()
  await server.close()
  await ended
  expect(performance.now() - from).toBeLessThan(5_000) // after eight seconds all are cut
})
