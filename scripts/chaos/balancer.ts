import { createHmac } from 'node:crypto'
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

export type Ask = {
  listener: 'staff' | 'public'
  method: string
  path: string
  headers: Record<string, string | number>
  body?: string
}

export type Balancer = {
  /** The status, from whichever backend is ready. Rejects when a request broke off. */
  send(ask: Ask): Promise<number>
  /** How often it went on with another backend because nobody listened at the first. */
  passedOn(): number
  close(): Promise<void>
}

type Backend = { staff: string; public: string; isReady: boolean; agent: Agent }

const LOOK_EVERY_MS = 100

/**
 * Sends by turns to those that say they are ready, as a load balancer does. Tries another one only
 * when the connection was refused, before a byte was sent: everything else is a lost request.
 */
export function openBalancer(places: readonly { staff: string; public: string }[]): Balancer {
  const backends: Backend[] = places.map((place) => ({
    ...place,
    isReady: true,
    agent: new Agent({ keepAlive: true, scheduling: 'fifo', maxSockets: 64 }),
  }))
  const stop = new AbortController()
  const looking = backends.map((backend) => look(backend, stop.signal))
  let turn = 0
  let passedOn = 0
  const next = (but: ReadonlySet<Backend>) => {
    for (let tried = 0; tried < backends.length; tried += 1) {
      turn += 1
      const backend = backends[turn % backends.length]
      if (backend?.isReady && !but.has(backend)) return backend
    }
    throw new Error('Nobody is ready')
  }
  const send = async (asked: Ask, refused: ReadonlySet<Backend> = new Set()): Promise<number> => {
    const backend = next(refused)
    try {
      return await ask(backend, asked)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error
      passedOn += 1
      return send(asked, new Set([...refused, backend]))
    }
  }
  return {
    send,
    passedOn: () => passedOn,
    async close() {
      stop.abort()
      await Promise.all(looking)
      for (const { agent } of backends) agent.destroy()
    },
  }
}

async function look(backend: Backend, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const answers = await Promise.all(
      [backend.staff, backend.public].map((url) =>
        fetch(`${url}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      ),
    )
    backend.isReady = answers.every(Boolean)
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}

const ask = (backend: Backend, { listener, method, path, headers, body }: Ask): Promise<number> =>
  new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const options = { method, agent: backend.agent, headers: { ...headers, ...length } }
    const sent = request(`${backend[listener]}${path}`, options, (answer: IncomingMessage) => {
      answer.resume()
      answer.on('error', reject)
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(body)
  })

/** One signed login attempt, as a login service sends it. */
export function attemptOf(id: string, secret: string): Ask {
  const data = { id, account: { id: 'ann' }, at: new Date().toISOString(), ip: '203.0.113.7' }
  const body = JSON.stringify({
    type: 'login.attempt',
    timestamp: data.at,
    data: { ...data, outcome: 'success' },
  })
  const timestamp = Math.floor(Date.now() / 1_000)
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const hmac = createHmac('sha256', key).update(`msg_${id}.${timestamp}.${body}`).digest('base64')
  const headers = {
    'content-type': 'application/json',
    'webhook-id': `msg_${id}`,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${hmac}`,
  }
  return { listener: 'public', method: 'POST', path: '/v1/login-attempts', headers, body }
}
