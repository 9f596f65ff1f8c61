import { setTimeout as pause } from 'node:timers/promises'
import { type Db, inTx, type Sql, type Tx } from '../platform/db.js'
import {
  type ChainFault,
  followChain,
  GENESIS,
  link,
  type Seal,
  type StoredEvent,
} from './chain.js'
import type { AuditEvent } from './event.js'
import * as store from './store.js'

/** Records one change in the transaction that makes it. */
export const record = (tx: Tx, event: AuditEvent): Promise<void> => recordAll(tx, [event])

/** Records many changes with one statement: how chunks of thousands stay fast. */
export async function recordAll(tx: Tx, events: readonly AuditEvent[]): Promise<void> {
  if (events.length > 0) await store.insertEvents(tx, events)
}

/** The recorded events with these ids, by id. */
export async function findEvents(
  tx: Tx,
  ids: readonly bigint[],
): Promise<ReadonlyMap<string, StoredEvent>> {
  const found = await store.eventsById(tx, ids)
  return new Map(found.map((event) => [event.id, event]))
}

export type SubjectEvent = store.SubjectEvent

/** What happened to one thing, the newest first. */
export const eventsAbout = (tx: Tx, subject: string, most: number): Promise<SubjectEvent[]> =>
  store.eventsAbout(tx, subject, most)

/** For a statement that is a transaction by itself: an event for each row of its CTE `source`. */
export const recordEach = (event: store.EventOfRow, source: Sql.Sql): Sql.Sql =>
  store.insertEach(event, source)

const PAGE = 10_000
const SEAL_AGAIN_MS = 50

/**
 * Links recorded events into the chain, in commit-safe order, until none is left. Writers never
 * wait for it. Returns how many were linked; 0 when another process is already at it.
 */
export async function sealEvents(deps: { db: Db }): Promise<number> {
  let sealed = 0
  for (;;) {
    const page = await inTx(deps.db, sealPage)
    sealed += page
    if (page < PAGE) return sealed
  }
}

/**
 * Seals until no recorded event waits for its link, or until `forMs` are over: an event waits while
 * a transaction of this database that began before its own is open.
 */
export async function sealEverything(
  deps: { db: Db },
  { forMs }: { forMs: number },
): Promise<{ sealed: number; isComplete: boolean }> {
  const until = performance.now() + forMs
  let sealed = 0
  for (;;) {
    sealed += await sealEvents(deps)
    const isComplete = !(await store.isAnyWaiting(deps.db))
    if (isComplete || performance.now() >= until) return { sealed, isComplete }
    await pause(SEAL_AGAIN_MS)
  }
}

async function sealPage(tx: Tx): Promise<number> {
  if (!(await store.tryLockChain(tx))) return 0
  const last = await store.head(tx)
  const events = await store.unsealedAfter(tx, last, PAGE)
  let index = last ? last.index + 1 : 0
  let hash: Uint8Array = last?.hash ?? GENESIS
  const seals: Seal[] = events.map((event) => {
    hash = link(hash, index, event)
    const seal = { index, eventId: event.id, hash }
    index += 1
    return seal
  })
  if (seals.length > 0) await store.insertSeals(tx, seals)
  return seals.length
}

export type Verification = {
  /** Links that were recomputed and agree. */
  verified: number
  /** Events the chain has not reached yet; a moment later it will have. */
  waiting: number
  head: string
  fault?: ChainFault | { index: number; problem: 'inserted'; events: number }
}

/** Who looks on while the chain is followed. */
export type Following = {
  onProgress?: (verified: number) => void
  onLink?: ((size: number, hash: Uint8Array) => void) | undefined
}

/** Recomputes the whole chain from the stored events. Memory stays flat. */
export async function verifyAudit(
  deps: { db: Db },
  following: Following = {},
): Promise<Verification> {
  const { links, waiting, behind } = await store.extent(deps.db)
  const followed = await followPages(exportPages(deps), following)
  const fault = followed.fault ?? faultAtEnd(followed.verified, { links, behind })
  return { ...followed, waiting, ...(fault ? { fault } : {}) }
}

export type SealedEvent = { seal: Seal; event: StoredEvent }

/** Every sealed event with its link, in order, page by page: what `cordon audit export` writes. */
export async function* exportPages(
  deps: { db: Db },
  { from = 0, size = PAGE } = {},
): AsyncGenerator<SealedEvent[]> {
  for (let index = from; ; index += size) {
    const rows = await store.sealedFrom(deps.db, index, size)
    if (rows.length > 0) {
      yield rows.map(({ index: at, hash, ...event }) => ({
        seal: { index: at, eventId: event.id, hash },
        event,
      }))
    }
    if (rows.length < size) return
  }
}

type Place = { index: number; hash: Uint8Array }

export type PartVerified = {
  result: 'verified' | 'partial' | 'broken'
  /** Links from the beginning that agree, those of earlier parts among them. */
  verified: number
  head: string
  /** `null` while the end was not reached. */
  waiting: number | null
  fault: NonNullable<Verification['fault']> | null
}

/** So many links are recomputed in one go, before other requests have their turn. */
const VERIFIED_AT_ONCE = 1_000

/**
 * Recomputes the chain from a place that an earlier part reached, or from its beginning, for about
 * `forMs`. Whoever goes on from `head` has the same proof as somebody who does it in one go.
 */
export async function verifyPart(
  deps: { db: Db },
  { from = { index: 0, hash: GENESIS }, forMs }: { from?: Place | undefined; forMs: number },
): Promise<PartVerified> {
  await sealEvents(deps)
  const links = await store.countLinks(deps.db)
  const until = performance.now() + forMs
  let place: Place = from
  const reached = (rest: Pick<PartVerified, 'result' | 'waiting' | 'fault'>): PartVerified => ({
    verified: place.index,
    head: Buffer.from(place.hash).toString('hex'),
    ...rest,
  })
  const pages = exportPages(deps, { from: from.index, size: VERIFIED_AT_ONCE })
  for await (const page of pages) {
    const followed = followChain(place, page)
    if ('problem' in followed) return reached({ result: 'broken', waiting: null, fault: followed })
    place = followed
    if (performance.now() >= until && place.index < links) {
      return reached({ result: 'partial', waiting: null, fault: null })
    }
  }
  const { waiting, behind } = await store.extent(deps.db)
  const fault = faultAtEnd(place.index, { links, behind })
  return reached({ result: fault ? 'broken' : 'verified', waiting, fault: fault ?? null })
}

function faultAtEnd(
  index: number,
  { links, behind }: { links: number; behind: number },
): Verification['fault'] {
  if (index < links) return { index, problem: 'gap' }
  return behind > 0 ? { index, problem: 'inserted', events: behind } : undefined
}

/** Follows exported pages from the chain's beginning; needs no database. */
export async function followPages(
  pages: AsyncIterable<readonly SealedEvent[]>,
  { onProgress, onLink }: Following = {},
): Promise<Omit<Verification, 'waiting'>> {
  let place: { index: number; hash: Uint8Array } = { index: 0, hash: GENESIS }
  for await (const page of pages) {
    const followed = followChain(place, page, onLink)
    const head = Buffer.from(place.hash).toString('hex')
    if ('problem' in followed) return { verified: followed.index, head, fault: followed }
    place = followed
    onProgress?.(place.index)
  }
  return { verified: place.index, head: Buffer.from(place.hash).toString('hex') }
}

export type EventFilter = {
  kind?: string | undefined
  subject?: string | undefined
  actor?: string | undefined
}

/** How many events a filter without an index of its own looks at for one page. */
const LOOKED_AT = 200_000n

/**
 * A page of events, the newest first, from those older than `before`. `next` is where the following
 * page begins, `null` at the end: a page may be short, or empty, and still not be the last.
 */
export async function listEvents(
  tx: Tx,
  page: EventFilter & { before: bigint | undefined; take: number },
): Promise<{ events: StoredEvent[]; next: bigint | null }> {
  const { take, kind, subject, actor } = page
  const before = page.before ?? (await store.lastId(tx)) + 1n
  const isIndexed = subject !== undefined || (kind === undefined && actor === undefined)
  const from = isIndexed || before <= LOOKED_AT ? 0n : before - LOOKED_AT
  const filter = { kind, subject, actor }
  const events = await store.list(tx, { ...filter, before, from, take: take + 1 })
  const last = events[take - 1]
  if (events.length > take && last) return { events: events.slice(0, take), next: BigInt(last.id) }
  return { events, next: from > 0n ? from : null }
}
