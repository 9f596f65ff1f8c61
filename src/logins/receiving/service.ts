import { createHash } from 'node:crypto'
import type pg from 'pg'
import { record } from '../../audit/service.js'
import { type Db, inTx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import type { Log } from '../../platform/log.js'
import { readAttempt } from '../attempt.js'
import { classifyAll } from '../classifying/service.js'
import type { LookUp } from '../place.js'
import { type Positioned, type Rejection, readMessage } from './message.js'
import { type LiveSecret, type SignedHeaders, signerOf } from './signature.js'
import * as store from './store.js'

export type WebhookAnswer = { accepted: number; duplicates: number; rejected: Rejection[] }

/** Takes webhooks until closed; each is answered when what it brought is durable. */
export type Inbox = {
  receive(headers: SignedHeaders, body: Uint8Array): Promise<WebhookAnswer>
  close(): Promise<void>
}

export type InboxDeps = {
  pool: pg.Pool
  log: Log
  lookUp: LookUp
  /** The live secrets of all sources, as they are stored now. */
  liveSecrets: () => Promise<LiveSecret[]>
  /** `LATE_MS` when left out. */
  lateMs?: number
}

const ATTEMPTS_PER_FLUSH = 5_000
const DELIVERIES_PER_FLUSH = 500
const FLUSHES_AT_ONCE = 2
const WAITING_ATTEMPTS = 50_000
const WAITING_DELIVERIES = 500
/** Nobody more is let in while somebody has waited for so long: a slow database has no long queue. */
const LATE_MS = 2_000

type Waiting = {
  delivery: store.Delivery
  settle: (received: store.Received) => void
  fail: (error: unknown) => void
}

/**
 * Opens the inbox of this process. Whatever waits while a commit is under way goes into the next one
 * together (group commit). `receive` refuses with `webhook_unsigned`, `webhook_expired`,
 * `webhook_id_reused`, `input_invalid`, `throttled` when too much waits already, and
 * `service_unavailable` when the database is away: nothing is acknowledged that is not stored.
 */
export function openInbox({ lateMs = LATE_MS, ...deps }: InboxDeps): Inbox {
  const secrets = keepSecrets(deps.liveSecrets)
  const waiting: Waiting[] = []
  const running = new Set<Promise<void>>()
  const since = new Set<{ at: number }>() // oldest first
  let attemptsWaiting = 0
  let active = 0

  const take = (): Waiting[] => {
    let attempts = 0
    let count = 0
    for (const { delivery } of waiting) {
      if (count > 0 && attempts + delivery.attempts.length > ATTEMPTS_PER_FLUSH) break
      if (count === DELIVERIES_PER_FLUSH) break
      attempts += delivery.attempts.length
      count += 1
    }
    attemptsWaiting -= attempts
    return waiting.splice(0, count)
  }
  const flushWhileWaiting = async () => {
    active += 1
    while (waiting.length > 0) await flush(deps, take())
    active -= 1 // in the same step as the last look: whatever comes next starts a new one
  }
  const wake = () => {
    if (active >= FLUSHES_AT_ONCE) return
    const flushing = flushWhileWaiting().finally(() => running.delete(flushing))
    running.add(flushing)
  }
  const enqueue = (delivery: store.Delivery) => {
    const entered = { at: performance.now() }
    since.add(entered)
    return new Promise<store.Received>((settle, fail) => {
      waiting.push({ delivery, settle, fail })
      attemptsWaiting += delivery.attempts.length
      wake()
    }).finally(() => since.delete(entered))
  }
  const isFull = () => {
    const [oldest] = since
    const isLate = oldest !== undefined && performance.now() - oldest.at > lateMs
    return isLate || waiting.length >= WAITING_DELIVERIES || attemptsWaiting >= WAITING_ATTEMPTS
  }

  return {
    async receive(headers, body) {
      if (isFull()) {
        throw new Refusal('throttled', 'More attempts wait than can be stored. Send this again.')
      }
      const sourceNo = await secrets.signerOf(headers, body)
      const { attempts, rejected } = readMessage(body)
      const delivery = {
        sourceNo,
        id: headers.id,
        sha256: createHash('sha256').update(body).digest('hex'),
        sentAt: Number(headers.timestamp),
        attempts: attempts.map((each) => ({ ...each, place: deps.lookUp(each.attempt.ip) })),
      }
      return answerOf(await enqueue(delivery), attempts, rejected)
    },
    async close() {
      await Promise.all(running)
    },
  }
}

async function flush({ pool, log }: InboxDeps, batch: readonly Waiting[]): Promise<void> {
  try {
    const received = await store.receive(
      pool,
      batch.map(({ delivery }) => delivery),
    )
    for (const [index, { settle }] of batch.entries()) settle(received[index] as store.Received)
  } catch (error) {
    log.error('webhook.not_stored', {
      deliveries: batch.length,
      because: error instanceof Error ? error.name : 'unknown',
    })
    const detail = 'The attempts could not be stored. Send them again.'
    for (const { fail } of batch) {
      fail(new Refusal('service_unavailable', detail, { cause: error }))
    }
  }
}

function answerOf(
  { state, accepted, inFuture, tooOld }: store.Received,
  attempts: readonly Positioned[],
  rejected: readonly Rejection[],
): WebhookAnswer {
  if (state === 'expired') {
    const detail =
      'webhook-timestamp is more than five minutes from now. Check the clock, and sign anew.'
    throw new Refusal('webhook_expired', detail)
  }
  if (state === 'reused') {
    const detail =
      'This webhook-id was used for another message. Give each message an id of its own.'
    throw new Refusal('webhook_id_reused', detail)
  }
  const outside = outsideRejections({ inFuture, tooOld })
  const all = [...rejected, ...outside].toSorted((a, b) => a.index - b.index)
  return { accepted, duplicates: attempts.length - outside.length - accepted, rejected: all }
}

const outsideRejections = ({ inFuture, tooOld }: Pick<store.Received, 'inFuture' | 'tooOld'>) => [
  ...inFuture.map((index) => ({ index, reason: 'at: in the future' })),
  ...tooOld.map((index) => ({
    index,
    reason: `at: older than the ${store.KEPT_DAYS} days that attempts are kept`,
  })),
]

const SECRETS_LIVE_MS = 10_000
const RELOAD_AT_MOST_EVERY_MS = 200

/** Secrets are read again every ten seconds, and when none fits: a new one works within 0.2 s. */
function keepSecrets(load: () => Promise<LiveSecret[]>) {
  let known: Promise<LiveSecret[]> | undefined
  let loadedAt = 0
  const current = (oldestMs: number): Promise<LiveSecret[]> => {
    if (known !== undefined && performance.now() - loadedAt < oldestMs) return known
    loadedAt = performance.now()
    known = load()
    known.catch(() => {
      known = undefined
    })
    return known
  }
  return {
    async signerOf(headers: SignedHeaders, body: Uint8Array): Promise<number> {
      const signer =
        signerOf(headers, body, await current(SECRETS_LIVE_MS)) ??
        signerOf(headers, body, await current(RELOAD_AT_MOST_EVERY_MS))
      if (signer !== undefined) return signer
      const detail =
        'No live secret made this signature over exactly these bytes, id and timestamp.'
      throw new Refusal('webhook_unsigned', detail)
    },
  }
}

export type ImportDeps = { db: Db; lookUp: LookUp }

export type RawAttempt = { index: number; json: unknown } | { index: number; problem: string }

export type AttemptsResult = {
  received: number
  accepted: number
  duplicates: number
  rejected: Rejection[]
  rejectedCount: number
  signals: number
}

export type ImportContext = {
  source: string
  actor: string
  onProgress?: (received: number) => void
}

const PAGE_ATTEMPTS = 20_000
const LISTED_REJECTIONS = 1_000

/**
 * Imports login attempts page by page, the way a webhook's are stored, and then classifies what they
 * touch. An attempt that this source sent before is a duplicate. Rejected attempts are reported and
 * change nothing.
 */
export async function importAttempts(
  deps: ImportDeps,
  attempts: AsyncIterable<RawAttempt>,
  context: ImportContext,
): Promise<AttemptsResult> {
  const result: AttemptsResult = {
    received: 0,
    accepted: 0,
    duplicates: 0,
    rejected: [],
    rejectedCount: 0,
    signals: 0,
  }
  let page: Positioned[] = []
  for await (const raw of attempts) {
    result.received += 1
    const reading = 'problem' in raw ? { rejected: raw.problem } : readAttempt(raw.json)
    if ('rejected' in reading) reject(result, [{ index: raw.index, reason: reading.rejected }])
    else page.push({ position: raw.index, attempt: reading.attempt })
    if (page.length === PAGE_ATTEMPTS) {
      await importPage(deps, page, { result, context })
      page = []
      context.onProgress?.(result.received)
    }
  }
  if (page.length > 0) await importPage(deps, page, { result, context })
  result.signals = await classifyAll(deps)
  return result
}

function reject(result: AttemptsResult, rejections: readonly Rejection[]): void {
  result.rejectedCount += rejections.length
  const room = LISTED_REJECTIONS - result.rejected.length
  result.rejected.push(...rejections.slice(0, Math.max(0, room)))
}

async function importPage(
  { db, lookUp }: ImportDeps,
  page: readonly Positioned[],
  { result, context: { source, actor } }: { result: AttemptsResult; context: ImportContext },
): Promise<void> {
  const received = await inTx(db, async (tx) => {
    const attempts = page.map((each) => ({ ...each, place: lookUp(each.attempt.ip) }))
    const delivery = { id: null, sha256: null, sentAt: null, attempts }
    const sourceNo = await store.sourceNo(tx, source)
    const [stored] = await store.receiveIn(tx, [{ ...delivery, sourceNo }])
    const accepted = stored?.accepted ?? 0
    const detail = { accepted, received: page.length }
    await record(tx, { kind: 'attempts.imported', actor, subject: `attempts:${source}`, detail })
    return stored as store.Received
  })
  const outside = outsideRejections(received)
  reject(result, outside)
  result.accepted += received.accepted
  result.duplicates += page.length - outside.length - received.accepted
}
