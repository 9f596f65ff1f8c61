import { randomUUID } from 'node:crypto'
import type { StoredEvent } from '../../audit/chain.js'
import { findEvents } from '../../audit/service.js'
import type { Cipher } from '../../platform/cipher.js'
import { type Db, inTx } from '../../platform/db.js'
import type { Log } from '../../platform/log.js'
import { type Outbound, post } from '../../platform/outbound.js'
import { payloadOf } from '../event.js'
import { type Outcome, outcomeOf } from '../outcome.js'
import { endEndpoint } from '../service.js'
import { claimsOf } from '../set.js'
import { signedHeaders } from '../signature.js'
import { openSigner, type SignSet } from '../signing/service.js'
import { liveSecrets } from '../store.js'
import * as store from './store.js'

export type DeliveryDeps = {
  db: Db
  cipher: Cipher
  log: Log
  outbound: Outbound
  /** The origin that tokens come from: that of PUBLIC_URL. */
  issuer: string
}

/** A claimed delivery with everything its request needs. */
export type Flight = store.Claimed & {
  lease: string
  event: StoredEvent | undefined
  secrets: readonly string[]
  sign: SignSet | undefined
}

/** Four times as long as a request may take: whoever finds it over knows that nobody sends any more. */
const LEASE_SECONDS = 60
const TIMEOUT_MS = 15_000

/** Claims what is due and there is room for, with what is needed to send it. */
export async function claimFlights(deps: DeliveryDeps, room: store.Room): Promise<Flight[]> {
  const lease = randomUUID()
  const claimed = await store.claimDue(deps.db, lease, room, LEASE_SECONDS)
  if (claimed.length === 0) return []
  const [events, secrets] = await Promise.all([
    findEvents(
      deps.db,
      claimed.map(({ eventId }) => eventId),
    ),
    openSecrets(deps, [...new Set(claimed.map(({ endpointNo }) => endpointNo))]),
  ])
  const needsSigner = claimed.some(({ format }) => format === 'ssf_push')
  const sign = needsSigner ? await openSigner(deps) : undefined
  return claimed.map((each) => ({
    ...each,
    lease,
    event: events.get(String(each.eventId)),
    secrets: secrets.get(each.endpointNo) ?? [],
    sign,
  }))
}

async function openSecrets({ db, cipher }: DeliveryDeps, endpointNos: readonly number[]) {
  const opened = new Map<number, string[]>()
  for (const { id, endpointNo, sealedSecret } of await liveSecrets(db, endpointNos)) {
    const secret = cipher.open(sealedSecret, `event_secret:${id}`)
    opened.set(endpointNo, [...(opened.get(endpointNo) ?? []), secret])
  }
  return opened
}

/**
 * Sends one delivery and records what came of it. A process that is killed in between sends it
 * again under the same id.
 */
export async function fly(
  deps: DeliveryDeps,
  flight: Flight,
  signal: AbortSignal,
): Promise<Outcome['kind'] | 'cut'> {
  const message = await write(deps, flight)
  if (message === undefined) return settle(deps, flight, UNWRITABLE)
  const answer = await post(
    flight.url,
    { ...message, timeoutMs: TIMEOUT_MS, signal },
    deps.outbound,
  )
  if (answer.kind === 'failed' && signal.aborted) {
    await store.giveBack(deps.db, flight)
    return 'cut'
  }
  const { format, attempts } = flight
  return settle(deps, flight, outcomeOf(answer, { format, attempts, chance: Math.random() }))
}

const UNWRITABLE: Outcome = { kind: 'dead', answer: null, reason: 'not_written' }

type Written = { headers: Record<string, string>; body: string }

async function write(deps: DeliveryDeps, flight: Flight): Promise<Written | undefined> {
  const { event, id, secrets, format } = flight
  if (!event) return undefined
  if (format === 'ssf_push') return writeToken(deps, flight, event)
  const payload = payloadOf(event)
  if (!payload || secrets.length === 0) return undefined
  const body = JSON.stringify(payload)
  const seconds = Math.floor(Date.now() / 1_000)
  const headers = signedHeaders({ id, seconds, body }, secrets)
  return { body, headers: { ...headers, ...ABOUT, 'content-type': 'application/json' } }
}

const ABOUT = { 'user-agent': 'cordon', accept: 'application/json' }

/** RFC 8935 §2.1. The receiver knows Cordon by its token before it verifies a signature. */
async function writeToken(
  { issuer }: DeliveryDeps,
  { id, type, audience, secrets, sign }: Flight,
  event: StoredEvent,
): Promise<Written | undefined> {
  const claims = claimsOf(event, { id, type, issuer, audience: audience ?? '' })
  if (!claims || !sign) return undefined
  const [secret] = secrets
  return {
    body: await sign(claims),
    headers: {
      ...ABOUT,
      'content-type': 'application/secevent+jwt',
      ...(secret ? { authorization: `Bearer ${secret}` } : {}),
    },
  }
}

async function settle(
  { db, log }: DeliveryDeps,
  flight: Flight,
  outcome: Outcome,
): Promise<Outcome['kind']> {
  const facts = { delivery: flight.id, type: flight.type, attempts: flight.attempts }
  if (outcome.kind !== 'gone') await store.finish(db, flight, outcome)
  else
    await inTx(db, async (tx) => {
      // The endpoint's row first: two that hear 410 at once must not wait for one another.
      await endEndpoint(tx, flight.endpointNo, { because: 'gone', actor: 'cordon' })
      await store.finish(tx, flight, outcome)
    })
  if (outcome.kind === 'dead' || outcome.kind === 'gone') {
    log.warn('event.dead', {
      ...facts,
      answer: outcome.answer ?? undefined,
      reason: outcome.reason ?? undefined,
    })
  } else log.info(`event.${outcome.kind}`, facts)
  return outcome.kind
}
