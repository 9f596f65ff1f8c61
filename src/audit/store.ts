import { Sql, type Tx } from '../platform/db.js'
import type { Seal, StoredEvent } from './chain.js'
import type { AuditEvent } from './event.js'

export async function insertEvents(tx: Tx, events: readonly AuditEvent[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO audit_event (kind, actor, subject, detail)
    SELECT * FROM unnest(
      ${events.map((event) => event.kind)}::text[],
      ${events.map((event) => event.actor)}::text[],
      ${events.map((event) => event.subject)}::text[],
      ${events.map((event) => JSON.stringify(event.detail ?? {}))}::jsonb[])`
}

export type SubjectEvent = {
  at: Date
  kind: string
  actor: string
  detail: Record<string, unknown>
}

export const eventsAbout = (tx: Tx, subject: string, most: number): Promise<SubjectEvent[]> =>
  tx.$queryRaw<SubjectEvent[]>`
    SELECT at, kind, actor, detail FROM audit_event WHERE subject = ${subject} ORDER BY id DESC LIMIT ${most}`

/** `subject` and `detail` (jsonb) are worked out from a row. */
export type EventOfRow = Pick<AuditEvent, 'kind' | 'actor'> & { subject: Sql.Sql; detail: Sql.Sql }

export const insertEach = (event: EventOfRow, source: Sql.Sql): Sql.Sql => Sql.sql`
  INSERT INTO audit_event (kind, actor, subject, detail)
  SELECT ${event.kind}, ${event.actor}, ${event.subject}, ${event.detail} FROM ${source}`

/** One sealer at a time; another simply has nothing to do. */
export async function tryLockChain(tx: Tx): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ locked: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended('audit chain', 0)) AS locked`
  return row?.locked ?? false
}

export type Head = { index: number; hash: Uint8Array; tx: string; eventId: string }

/** The newest link and the event it seals; `undefined` while nothing is sealed. */
export async function head(tx: Tx): Promise<Head | undefined> {
  const [row] = await tx.$queryRaw<Head[]>`
    SELECT s.index::int AS index, s.hash, e.tx::text AS tx, e.id::text AS "eventId"
    FROM audit_seal s JOIN audit_event e ON e.id = s.event_id ORDER BY s.index DESC LIMIT 1`
  return row
}

const EVENT = Sql.sql`
  e.id::text AS id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
  e.actor, e.kind, e.subject, e.detail`

/**
 * The next events to seal. Only those of transactions older than every open one: nothing can commit
 * in front of them any more, so their order is final and writers never wait for the chain.
 */
export const unsealedAfter = (
  tx: Tx,
  after: Head | undefined,
  most: number,
): Promise<StoredEvent[]> =>
  tx.$queryRaw<StoredEvent[]>`
    SELECT ${EVENT} FROM audit_event e
    WHERE (e.tx, e.id) > (${after?.tx ?? '0'}::xid8, ${after?.eventId ?? '0'}::bigint)
      AND e.tx < (SELECT cordon_horizon())
    ORDER BY e.tx, e.id LIMIT ${most}`

/** Whether an event that can be seen stands behind the head of the chain. */
export async function isAnyWaiting(tx: Tx): Promise<boolean> {
  const last = await head(tx)
  const [row] = await tx.$queryRaw<{ waiting: boolean }[]>`
    SELECT EXISTS (SELECT FROM audit_event e
      WHERE (e.tx, e.id) > (${last?.tx ?? '0'}::xid8, ${last?.eventId ?? '0'}::bigint)) AS waiting`
  return row?.waiting ?? false
}

export async function insertSeals(tx: Tx, seals: readonly Seal[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO audit_seal (index, event_id, hash)
    SELECT * FROM unnest(${seals.map((s) => s.index)}::bigint[], ${seals.map((s) => s.eventId)}::bigint[],
                         ${seals.map((s) => s.hash)}::bytea[])`
}

/** Events by their ids, in no order; what is unknown is left out. */
export const eventsById = (tx: Tx, ids: readonly bigint[]): Promise<StoredEvent[]> =>
  tx.$queryRaw<StoredEvent[]>`SELECT ${EVENT} FROM audit_event e WHERE e.id = ANY(${ids}::bigint[])`

type SealedRow = StoredEvent & { index: number; hash: Uint8Array }

/** Sealed events in the chain's order. */
export const sealedFrom = (tx: Tx, index: number, most: number): Promise<SealedRow[]> =>
  tx.$queryRaw<SealedRow[]>`
    SELECT s.index::int AS index, s.hash, ${EVENT} FROM audit_seal s JOIN audit_event e ON e.id = s.event_id
    WHERE s.index >= ${index} ORDER BY s.index LIMIT ${most}`

type Extent = { links: number; waiting: number; behind: number }

/**
 * How many links the chain has, how many events it has not reached yet, and how many stand behind
 * its head without a link.
 */
export async function extent(tx: Tx): Promise<Extent> {
  const last = await head(tx)
  const [row] = await tx.$queryRaw<Extent[]>`
    SELECT (SELECT coalesce(max(index) + 1, 0) FROM audit_seal)::int AS links,
           (count(*) FILTER (WHERE (e.tx, e.id) > (${last?.tx ?? '0'}::xid8, ${last?.eventId ?? '0'}::bigint)))::int AS waiting,
           (count(*) FILTER (WHERE (e.tx, e.id) <= (${last?.tx ?? '0'}::xid8, ${last?.eventId ?? '0'}::bigint)))::int AS behind
    FROM audit_event e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.event_id = e.id)`
  return row ?? { links: 0, waiting: 0, behind: 0 }
}

export async function countLinks(tx: Tx): Promise<number> {
  const [row] = await tx.$queryRaw<{ links: number }[]>`
    SELECT coalesce(max(index) + 1, 0)::int AS links FROM audit_seal`
  return row?.links ?? 0
}

export async function lastId(tx: Tx): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT coalesce(max(id), 0)::bigint AS id FROM audit_event`
  return row?.id ?? 0n
}

type Page = {
  /** Between these ids, the first included. */
  from: bigint
  before: bigint
  take: number
  kind: string | undefined
  subject: string | undefined
  actor: string | undefined
}

/** Only what is asked for stands in the statement: the planner then knows which index serves. */
export const list = (tx: Tx, { from, before, take, ...filter }: Page): Promise<StoredEvent[]> => {
  const { kind, subject, actor } = filter
  const conditions = [
    Sql.sql`e.id >= ${from} AND e.id < ${before}`,
    ...(kind === undefined ? [] : [Sql.sql`e.kind = ${kind}`]),
    ...(subject === undefined ? [] : [Sql.sql`e.subject = ${subject}`]),
    ...(actor === undefined ? [] : [Sql.sql`e.actor = ${actor}`]),
  ]
  return tx.$queryRaw<StoredEvent[]>`
    SELECT ${EVENT} FROM audit_event e WHERE ${Sql.join(conditions, ' AND ')}
    ORDER BY e.id DESC LIMIT ${take}`
}
