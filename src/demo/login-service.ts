import { createHmac, randomUUID } from 'node:crypto'

export type PostedAttempt = {
  id: string
  account: { id: string }
  at: string
  ip: string
  outcome: 'success' | 'failure'
  userAgent: string
}

/** Posts attempts as a platform's login service does: signed as Standard Webhooks 1.0 says. */
export async function postAttempts(
  to: { url: string; secret: string },
  attempts: readonly PostedAttempt[],
): Promise<{ accepted: number }> {
  const id = `msg_${randomUUID()}`
  const timestamp = Math.floor(Date.now() / 1_000)
  const body = JSON.stringify({
    type: 'login.attempts',
    timestamp: new Date().toISOString(),
    data: attempts,
  })
  const key = Buffer.from(to.secret.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  const answer = await fetch(new URL('/v1/login-attempts', to.url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,${signature}`,
    },
    body,
  })
  if (answer.status !== 202)
    throw new Error(`The webhook answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as { accepted: number }
}
