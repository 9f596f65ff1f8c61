import { setTimeout as pause } from 'node:timers/promises'
import { attemptJson, openClient, single } from '../bench/webhook-client.js'

/** Single attempts a second that one API process takes when nothing holds it back (docs/benchmarks.md). */
const FULL_RATE = 3_000
const TICK_MS = 100
const CONNECTIONS = 32
/** What waits at most; beyond it a machine that is too slow is told of, not buried. */
const UNDER_WAY_AT_MOST = 500

export type Tally = {
  accepted: number
  refused: number
  /** Not sent, because so many were not answered yet. */
  skipped: number
  decided: number
  read: number
  followed: number
  failed: number
}

export type Place = {
  url: string
  staff: string
  key: string
  cookie: string
  accounts: number
  signal: AbortSignal
  tally: Tally
}

/** Login attempts at a steady rate, whatever the answers: an hour's share of failures among them. */
export async function sendAttempts(place: Place, rate: number): Promise<void> {
  const { signal, tally, accounts } = place
  const client = openClient(place.url, place.key, CONNECTIONS)
  const each = Math.max(1, Math.round((FULL_RATE * rate * TICK_MS) / 1_000))
  const underWay = new Set<Promise<void>>()
  let sent = 0
  const send = async () => {
    sent += 1
    const account = 1 + ((sent * 7_919) % accounts)
    const outcome = sent % 20 === 0 ? 'failure' : 'success'
    const body = single(attemptJson(`soak-${sent}`, { account, ip: account, outcome }))
    try {
      const { status } = await client.post([], body)
      tally[status === 202 ? 'accepted' : 'refused'] += 1
    } catch {
      tally.failed += 1
    }
  }
  while (!signal.aborted) {
    for (let no = 0; no < each; no += 1) {
      if (underWay.size >= UNDER_WAY_AT_MOST) {
        tally.skipped += 1
        continue
      }
      const sending = send().finally(() => underWay.delete(sending))
      underWay.add(sending)
    }
    await pause(TICK_MS)
  }
  await Promise.all(underWay)
  client.close()
}

async function ask({ staff, cookie, tally }: Place, path: string, body?: object) {
  const answer = await fetch(`${staff}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { cookie, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  if (answer.status >= 400) {
    tally.failed += 1
    throw new Error(`${path} answered ${answer.status}`)
  }
  return text === '' ? {} : JSON.parse(text)
}

const DECIDE_EVERY_MS = 2_000
const READ_EVERY_MS = 1_000

/** A reviewer who takes the next case and decides it. */
export async function review(place: Place): Promise<void> {
  while (!place.signal.aborted) {
    const next = await ask(place, '/v1/cases/claim-next', {}).catch(() => ({}))
    if (next.case) {
      const decision = { fence: next.fence, decision: 'keep_reset', reason: 'cannot_tell' }
      await ask(place, `/v1/cases/${next.case.id}/decision`, decision)
        .then(() => {
          place.tally.decided += 1
        })
        .catch(() => undefined)
    }
    await pause(DECIDE_EVERY_MS, undefined, { signal: place.signal }).catch(() => undefined)
  }
}

const SCREENS = [
  '/v1/cases?status=open',
  '/v1/incidents',
  '/v1/mail',
  '/v1/policies',
  '/v1/session',
]

/** What a console asks for while somebody looks at it. */
export async function look(place: Place): Promise<void> {
  for (let turn = 0; !place.signal.aborted; turn += 1) {
    await ask(place, SCREENS[turn % SCREENS.length] ?? '')
      .then(() => {
        place.tally.read += 1
      })
      .catch(() => undefined)
    await pause(READ_EVERY_MS, undefined, { signal: place.signal }).catch(() => undefined)
  }
}

/** Follows one sweep to its end, or to ours. */
export async function follow({ staff, cookie, signal, tally }: Place, sweepId: string) {
  const headers = { cookie, accept: 'text/event-stream' }
  const answer = await fetch(`${staff}/v1/sweeps/${sweepId}/events`, { headers, signal })
  for await (const _ of answer.body ?? []) tally.followed += 1
}
