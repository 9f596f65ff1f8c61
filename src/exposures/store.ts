import type pg from 'pg'
import { type CopyValue, copyRows, type Tx } from '../platform/db.js'
import { matchKey } from '../values/alias.js'
import type { Batch, Entry, RejectedEntry } from './entry.js'

const ENTRY_COLUMNS = ['list_id', 'line', 'batch', 'address', 'match_key', 'sha256']
const REJECTION_COLUMNS = ['list_id', 'line', 'batch', 'raw', 'reason']

/** Copies a page's accepted entries. They count for nothing until their list's row is committed. */
export async function copyEntries(pool: pg.Pool, listId: string, entries: readonly Entry[]) {
  await copyRows(pool, { table: 'entry', columns: ENTRY_COLUMNS }, entryRows(listId, entries))
}

export async function copyRejections(
  pool: pg.Pool,
  listId: string,
  rejected: readonly RejectedEntry[],
) {
  if (rejected.length === 0) return
  await copyRows(
    pool,
    { table: 'rejection', columns: REJECTION_COLUMNS },
    rejected.map((entry) => [listId, entry.line, entry.batch, printable(entry.raw), entry.reason]),
  )
}

function* entryRows(listId: string, entries: readonly Entry[]): Generator<CopyValue[]> {
  for (const entry of entries) {
    if (entry.kind === 'address') {
      yield [listId, entry.line, entry.batch, entry.address, matchKey(entry.address), null]
    } else if (entry.kind === 'hash') {
      yield [listId, entry.line, entry.batch, null, null, entry.sha256]
    }
  }
}

/** Postgres text holds no NUL. */
const printable = (raw: string) => raw.replaceAll('\0', '\u2400')

export async function insertBatches(tx: Tx, listId: string, batches: readonly Batch[]) {
  await tx.batch.createMany({
    data: batches.map(({ no, at, label }) => ({
      listId,
      no,
      at: at ?? null,
      label: label ?? null,
    })),
  })
}

/** How many different addresses and hashes a list holds. */
export async function countDistinct(tx: Tx, listId: string): Promise<number> {
  const [row] = await tx.$queryRaw<{ distinct: number }[]>`
    SELECT count(DISTINCT coalesce(address, sha256))::int AS distinct FROM entry WHERE list_id = ${listId}`
  return row?.distinct ?? 0
}

export const findByHash = (tx: Tx, incidentId: string, sha256: string) =>
  tx.list.findUnique({ where: { incidentId_sha256: { incidentId, sha256 } } })

/** Of two readers of the same content the second waits here, and then finds the first one's list. */
export const lockContent = (tx: Tx, incidentId: string, sha256: string): Promise<number> =>
  tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`list ${incidentId} ${sha256}`}, 0))`

export async function deleteEntries(tx: Tx, listId: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM entry WHERE list_id = ${listId}`
  await tx.$executeRaw`DELETE FROM rejection WHERE list_id = ${listId}`
}

/** By time, then id: both say where a page ended. */
export const listIncidents = (
  tx: Tx,
  page: { before?: { at: Date; id: string } | undefined; take: number },
) => {
  const { before, take } = page
  const earlier = before && {
    OR: [{ createdAt: { lt: before.at } }, { createdAt: before.at, id: { lt: before.id } }],
  }
  return tx.incident.findMany({
    ...(earlier ? { where: earlier } : {}),
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take,
  })
}

export async function countMatched(
  tx: Tx,
  listId: string,
): Promise<{ matched: number; unmatched: number }> {
  const [row] = await tx.$queryRaw<{ matched: number; unmatched: number }[]>`
    SELECT count(*) FILTER (WHERE is_matched)::int AS matched, count(*) FILTER (WHERE NOT is_matched)::int AS unmatched
    FROM (SELECT EXISTS (SELECT FROM account a WHERE a.match_key = e.match_key) AS is_matched
          FROM (SELECT DISTINCT address, match_key FROM entry WHERE list_id = ${listId} AND address IS NOT NULL) e) m`
  return row ?? { matched: 0, unmatched: 0 }
}

export type Rejection = { line: number; raw: string; reason: string; place: string }
/** A line may hold several rejected recipients: the row's own place tells them apart. */
export type RejectionPlace = { line: number; place: string }

export const rejections = (
  tx: Tx,
  listId: string,
  { after, take }: { after: RejectionPlace; take: number },
): Promise<Rejection[]> =>
  tx.$queryRaw<Rejection[]>`
    SELECT line, raw, reason, ctid::text AS place FROM rejection
    WHERE list_id = ${listId} AND (line, ctid) > (${after.line}::int, ${after.place}::tid)
    ORDER BY line, ctid LIMIT ${take}`

export type Exposure = {
  incident: string
  list: string
  batch: number
  label: string | null
  at: Date | null
  isSameAddress: boolean
}

/** Entries of a list whose row did not commit are not joined. Lists of hashes are compared as such. */
export const exposuresOf = (tx: Tx, accountNo: bigint): Promise<Exposure[]> =>
  tx.$queryRaw<Exposure[]>`
    WITH subject AS (
      SELECT address, match_key, encode(sha256(convert_to(address, 'UTF8')), 'hex') AS sha256
      FROM account WHERE no = ${accountNo}
    ), found AS (
      SELECT e.list_id, e.batch, e.address = s.address AS same FROM subject s JOIN entry e ON e.match_key = s.match_key
      UNION ALL
      SELECT e.list_id, e.batch, true FROM subject s JOIN entry e ON e.sha256 = s.sha256)
    SELECT l.incident_id AS incident, l.id AS list, f.batch, b.label, b.at, bool_or(f.same) AS "isSameAddress"
    FROM found f JOIN list l ON l.id = f.list_id LEFT JOIN batch b ON b.list_id = f.list_id AND b.no = f.batch
    GROUP BY l.incident_id, l.id, f.batch, b.label, b.at ORDER BY b.at NULLS LAST, l.id, f.batch LIMIT 200`
