import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import pg from 'pg'
import { createHttpApp } from '../../src/platform/http/app.js'
import { bodyBudget } from '../../src/platform/http/body-budget.js'
import { refusalOf } from '../../src/platform/http/refusal-of.js'
import { listen } from '../../src/platform/http/server.js'
import { createLog } from '../../src/platform/log.js'

const TURNSTILE = { perTurn: 2, waiting: 3 }
const ANY = { host: '127.0.0.1', port: 0 }

/** Answers `/slow` when let go, `/body` once its body came, and everything else at once. */
async function open(
  options: {
    mostUnderWay?: number
    mostConnections?: number
    budget?: number
    lateMs?: number
  } = {},
) {
  let letGo: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let arrived = 0
  const deps = { log: createLog('silent'), readiness: async () => ({ database: true }) }
  const app = createHttpApp(deps, (express) => {
    express.get('/slow', async (_req, res) => {
      arrived += 1
      await gate
      res.send('done')
    })
    express.post('/body', bodyBudget(options.budget ?? 10, 100), async (_req, res) => {
      arrived += 1
      await gate
      res.send('read')
    })
  })
  const { mostUnderWay = 100, mostConnections = 100 } = options
  const listener = await listen(app, ANY, {
    mostUnderWay,
    mostConnections,
    turnstiles: { '/slow': { ...TURNSTILE, lateMs: options.lateMs ?? 60_000 } },
  })
  const until = async (count: number) => {
    while (arrived < count) await new Promise((resolve) => setImmediate(resolve))
  }
  return { ...listener, letGo, until }
}

function ask(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer))
    })
    asked.on('error', reject)
    asked.end()
  })
}

test('more requests at once than there is room for hear 503 and when to come back', async () => {
  const server = await open({ mostUnderWay: 2 })
  const slow = [1, 2].map(() => fetch(`${server.url}/slow`))
  await server.until(2)
  const shed = await fetch(`${server.url}/healthz`)
  expect([shed.status, shed.headers.get('retry-after')]).toEqual([503, '1'])
  expect(shed.headers.get('content-type')).toMatch('application/problem+json')
  expect(await shed.json()).toMatchObject({ type: 'urn:cordon:problem:service_unavailable' })
  server.letGo()
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200])
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  await server.close()
})

/** The statuses of so many requests that arrive at one moment. */
async function atOnce(url: string, count: number, line?: string): Promise<string[]> {
  const { hostname, port, pathname } = new URL(url)
  const socket = connect(Number(port), hostname)
  const asked = `GET ${line ?? pathname} HTTP/1.1\r\nHost: ${hostname}\r\n`
  socket.write(`${`${asked}\r\n`.repeat(count - 1)}${asked}Connection: close\r\n\r\n`)
  const text = Buffer.concat(await socket.toArray()).toString()
  return [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status)
}

test('of a flood on one path some pass each turn, some wait, the rest is refused; others are let be', async () => {
  const server = await open()
  server.letGo()
  const statuses = await atOnce(`${server.url}/slow`, 8)
  expect(statuses).toEqual([...Array(5).fill('200'), ...Array(3).fill('503')])
  for (const line of ['/slow?again', `${server.url}/slow`]) {
    expect(await atOnce(`${server.url}/slow`, 8, line)).toEqual(statuses)
  }
  expect(await atOnce(`${server.url}/healthz`, 8)).toEqual(Array(8).fill('200'))
  expect(await atOnce(`${server.url}/slow`, 5)).toEqual(Array(5).fill('200'))
  await server.close()
})

test('who would pass too late is refused, and does not keep others from passing', async () => {
  const server = await open({ lateMs: 0 })
  server.letGo()
  for (const _ of [1, 2]) {
    const statuses = await atOnce(`${server.url}/slow`, 8)
    expect(statuses).toEqual([...Array(2).fill('200'), ...Array(6).fill('503')])
  }
  await server.close()
})

test('who was refused for being late is not under way any more: others are answered meanwhile', async () => {
  const server = await open({ lateMs: 0, mostUnderWay: 5 })
  const flood = atOnce(`${server.url}/slow`, 8)
  await server.until(2)
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  server.letGo()
  expect(await flood).toEqual([...Array(2).fill('200'), ...Array(6).fill('503')])
  await server.close()
})

test('bodies hold so many bytes at once; one that does not say how long it is counts as the longest', async () => {
  const server = await open({ budget: 110 })
  const post = (body: string | ReadableStream) =>
    fetch(`${server.url}/body`, { method: 'POST', body, duplex: 'half' } as RequestInit)
  const unknown = post(new Blob(['x']).stream() as ReadableStream)
  await server.until(1)
  const small = post('0123456789')
  await server.until(2)
  const shed = await post('x')
  expect([shed.status, shed.headers.get('retry-after')]).toEqual([429, '1'])
  server.letGo()
  expect((await Promise.all([unknown, small])).map(({ status }) => status)).toEqual([200, 200])
  expect((await post('x')).status).toBe(200)
  await server.close()
})

test('an idle connection outlives the minute for which load balancers keep it, unless there are many', async () => {
  const server = await open({ mostConnections: 6 })
  const agent = new Agent({ keepAlive: true, maxSockets: 6 })
  const all = (count: number) =>
    Promise.all(Array.from({ length: count }, () => ask(`${server.url}/slow`, agent)))
  server.letGo()
  for (const { headers } of await all(3)) {
    expect(headers).toMatchObject({ connection: 'keep-alive', 'keep-alive': 'timeout=75' })
  }
  expect((await all(4)).map(({ headers }) => headers.connection)).toContain('close')
  agent.destroy()
  await server.close()
})

test('a server that is left ends each connection with its answer, also of what is under way', async () => {
  const server = await open()
  const agent = new Agent({ keepAlive: true })
  expect((await ask(`${server.url}/healthz`, agent)).headers.connection).toBe('keep-alive')
  const slow = ask(`${server.url}/slow`, agent)
  await server.until(1)
  server.drain()
  expect((await ask(`${server.url}/healthz`, agent)).headers.connection).toBe('close')
  server.letGo()
  expect((await slow).headers.connection).toBe('close')
  await server.close()
})

test('it takes no new connection then, and still answers on those there are', async () => {
  const server = await open()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  await ask(`${server.url}/healthz`, agent)
  server.drain()
  const lingering = server.linger(5_000)
  await expect(ask(`${server.url}/healthz`, new Agent())).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  })
  expect((await ask(`${server.url}/healthz`, agent)).statusCode).toBe(200)
  await lingering // the one connection has ended with its answer
  await server.close()
})

test('who waits too long for a connection to the database is asked to come back', async () => {
  const pool = new pg.Pool({
    connectionString: process.env.CORDON_TEST_DATABASE_URL,
    max: 1,
    connectionTimeoutMillis: 2_000,
  })
  const only = await pool.connect()
  const error = await pool.connect().catch((caught: unknown) => caught)
  only.release()
  await pool.end()
  expect(refusalOf(error)).toMatchObject({ code: 'service_unavailable' })
})
