import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'

export type Sent = { ids: string[]; status: number; ms: number }

export type Client = {
  /** Posts one signed message; resolves when it is answered, rejects when the connection breaks. */
  post(ids: readonly string[], body: string): Promise<Sent>
  close(): void
}

let messages = 0

/** A login service with so many connections that stay open. */
export function openClient(url: string, secret: string, connections: number): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const target = new URL('/v1/login-attempts', url)
  return {
    post(ids, body) {
      messages += 1
      const id = `msg_${process.pid}_${messages}`
      const timestamp = Math.floor(Date.now() / 1_000)
      const signature = createHmac('sha256', key)
        .update(`${id}.${timestamp}.${body}`)
        .digest('base64')
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      }
      const startedAt = performance.now()
      return new Promise((resolve, reject) => {
        const attempt = () => {
          const posted = request(target, { method: 'POST', agent, headers }, (answer) => {
            answer.resume()
            answer.on('error', reject)
            answer.on('end', () => {
              const ms = performance.now() - startedAt
              resolve({ ids: [...ids], status: answer.statusCode ?? 0, ms })
            })
          })
          // The server may close a connection in the moment in which it is used again.
          posted.on('error', (error: NodeJS.ErrnoException) => {
            if (posted.reusedSocket && error.code === 'ECONNRESET') attempt()
            else reject(error)
          })
          posted.end(body)
        }
        attempt()
      })
    },
    close: () => agent.destroy(),
  }
}

/** `ip`: an address, or the number of one. */
export type AttemptShape = { account: number; ip: number | string; outcome: 'success' | 'failure' }

/** An attempt as a platform would send it, with a user agent and a device token of usual length. */
export const attemptJson = (id: string, { account, ip, outcome }: AttemptShape): object => ({
  id,
  account: { id: `acct-${account}` },
  at: new Date().toISOString(),
  ip:
    typeof ip === 'string'
      ? ip
      : `${10 + (ip >> 16)}.${(ip >> 8) & 255}.${ip & 255}.${1 + (account % 250)}`,
  outcome,
  userAgent:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  device: `device-${account.toString(16).padStart(16, '0')}`,
})

export const single = (attempt: object): string =>
  JSON.stringify({ type: 'login.attempt', timestamp: new Date().toISOString(), data: attempt })
export const batch = (attempts: readonly object[]): string =>
  JSON.stringify({ type: 'login.attempts', timestamp: new Date().toISOString(), data: attempts })
