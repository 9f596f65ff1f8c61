import { type Db, inTx, type Tx } from '../platform/db.js'
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

const PAGE = 10_000

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
  const index = followed.verified
  if (followed.fault) return { ...followed, waiting }
  if (index < links) return { ...followed, waiting, fault: { index, problem: 'gap' } }
  if (behind > 0) {
    return { ...followed, waiting, fault: { index, problem: 'inserted', events: behind } }
  }
  return { ...followed, waiting }
}

export type SealedEvent = { seal: Seal; event: StoredEvent }

/** Every sealed event with its link, in order, page by page: what `cordon audit export` writes. */
export async function* exportPages(deps: { db: Db }): AsyncGenerator<SealedEvent[]> {
  for (let index = 0; ; index += PAGE) {
    const rows = await store.sealedFrom(deps.db, index, PAGE)
    if (rows.length > 0) {
      yield rows.map(({ index: at, hash, ...event }) => ({
        seal: { index: at, eventId: event.id, hash },
        event,
      }))
    }
    if (rows.length < PAGE) return
  }
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
