import { createHmac, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Credential } from './calls.js'
import type { Target } from './cordon.js'

/** Below what a listener lets one caller ask, so that a scan is never answered with 429 instead. */
const MOST_PER_SECOND = 45
/** What changes something wants the version it changes; without one nothing would be reached. */
const VERSION = { 'if-match': '"1"' }
const STREAM_MS = 500
const BODY_BYTES = 4 * 1024 * 1024

/** What was asked through a front, and how it was answered. */
export type Seen = {
  requests: number
  byStatus: Map<number, number>
  /** Answers of 500 and above, with what was asked. */
  failures: string[]
  /** Answers of 429, sign-ins apart: there the wait after failures is itself what is scanned. */
  throttled: number
}

export type Front = { url: string; seen: Seen; close(): Promise<void> }

/**
 * Stands before a listener and gives each request what a caller of its kind would show (key, session
 * cookie, webhook signature), at a pace nobody throttles. Scanners cannot sign; and a payload that
 * stops at the first 401 tests nothing.
 */
export async function startFront(
  to: string,
  target: Target,
  credentialOf: (method: string, path: string) => Credential,
): Promise<Front> {
  const seen: Seen = { requests: 0, byStatus: new Map(), failures: [], throttled: 0 }
  const turn = pacing()
  const server = createServer(async (req, res) => {
    const body = await read(req)
    const path = (req.url ?? '/').split('?')[0] ?? '/'
    await turn()
    const shown = credentials(target, credentialOf(req.method ?? 'GET', path), body)
    forward(req, res, { to, shown, body, seen })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, seen, close }
}

function pacing(): () => Promise<unknown> {
  let next = 0
  return () => {
    next = Math.max(next + 1_000 / MOST_PER_SECOND, performance.now())
    return wait(next - performance.now())
  }
}

async function read(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of req) {
    bytes += (chunk as Buffer).length
    if (bytes <= BODY_BYTES) chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

function credentials(target: Target, as: Credential, body: Buffer): Record<string, string> {
  if (as === 'nobody') return {}
  if (as === 'session') return { cookie: target.session.cookie }
  if (as === 'ingest') return signature(target.keys.ingest, body)
  return { authorization: `Bearer ${target.keys[as]}` }
}

/** As Standard Webhooks 1.0 signs: the scan is then an attacker who has stolen a secret. */
function signature(secret: string, body: Buffer): Record<string, string> {
  const id = `msg_${randomUUID()}`
  const seconds = Math.floor(Date.now() / 1_000)
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const hmac = createHmac('sha256', key).update(`${id}.${seconds}.`).update(body)
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${hmac.digest('base64')}`,
  }
}

type Passing = { to: string; shown: Record<string, string>; body: Buffer; seen: Seen }

function forward(req: IncomingMessage, res: ServerResponse, { to, shown, body, seen }: Passing) {
  const { hostname, port } = new URL(to)
  const { 'transfer-encoding': _, ...headers } = req.headers
  const asked = request(
    {
      hostname,
      port,
      method: req.method,
      path: req.url,
      headers: { ...headers, ...shown, ...VERSION, 'content-length': body.length },
    },
    (answer) => {
      const status = answer.statusCode ?? 0
      seen.requests += 1
      seen.byStatus.set(status, (seen.byStatus.get(status) ?? 0) + 1)
      if (status === 429 && !req.url?.startsWith('/v1/session')) seen.throttled += 1
      if (status >= 500) seen.failures.push(`${req.method} ${req.url} → ${status}`)
      res.writeHead(status, answer.headers)
      answer.pipe(res)
      // An event stream ends when its reader has seen enough, and a scanner never has.
      if (answer.headers['content-type']?.startsWith('text/event-stream')) {
        setTimeout(() => res.end(), STREAM_MS)
        res.once('close', () => asked.destroy())
      }
    },
  )
  asked.on('error', () => res.writableEnded || res.destroy())
  asked.end(body)
}
