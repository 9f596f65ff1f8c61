import { createHmac } from 'node:crypto'

let messages = 0

export type Signed = {
  body: string | Uint8Array
  headers: Record<string, string>
}

export type SignOptions = { secret: string; id?: string; timestamp?: number | string }

/** Signs a body as a login service would; a test spoils what comes out. */
export function sign(body: string | Uint8Array, { secret, id, timestamp }: SignOptions): Signed {
  messages += 1
  const webhookId = id ?? `msg_${messages}`
  const seconds = timestamp ?? Math.floor(Date.now() / 1_000)
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const hmac = createHmac('sha256', key).update(`${webhookId}.${seconds}.`).update(body)
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': webhookId,
      'webhook-timestamp': String(seconds),
      'webhook-signature': `v1,${hmac.digest('base64')}`,
    },
  }
}

export const messageOf = (data: unknown): string =>
  JSON.stringify({
    type: Array.isArray(data) ? 'login.attempts' : 'login.attempt',
    timestamp: new Date().toISOString(),
    data,
  })

let attempts = 0

export const anAttempt = (over: Record<string, unknown> = {}): Record<string, unknown> => {
  attempts += 1
  return {
    id: `try-${attempts}`,
    account: { id: 'ann' },
    at: new Date().toISOString(),
    ip: '203.0.113.7',
    outcome: 'failure',
    ...over,
  }
}
