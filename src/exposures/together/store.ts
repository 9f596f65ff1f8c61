import type { Tx } from '../../platform/db.js'

/** Every address (or hash) once for each batch of an incident; `shown` on this connection. */
export async function gatherShown(tx: Tx, incidentId: string): Promise<void> {
  await tx.$executeRaw`
    CREATE TEMP TABLE shown ON COMMIT DROP AS
    SELECT DISTINCT e.list_id, e.batch, e.address, e.match_key, e.sha256
    FROM list l JOIN entry e ON e.list_id = l.id WHERE l.incident_id = ${incidentId}`
  await tx.$executeRaw`ANALYZE shown`
}

/** Every account once for each batch it is in, matched as a plan matches; `found` on this connection. */
export async function gatherFound(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    CREATE TEMP TABLE found ON COMMIT DROP AS
    SELECT s.list_id, s.batch, a.no AS account_no FROM shown s JOIN account a ON a.match_key = s.match_key
    UNION
    SELECT s.list_id, s.batch, a.no FROM account a
    JOIN shown s ON s.sha256 = encode(sha256(convert_to(a.address, 'UTF8')), 'hex')
    WHERE (SELECT EXISTS (SELECT FROM shown WHERE sha256 IS NOT NULL))`
}

export type BatchCount = {
  listId: string
  listName: string
  format: string
  no: number
  label: string | null
  at: Date | null
  addresses: number
  accounts: number
}

/** The batches with the most addresses, from `shown` and `found`. */
export const largestBatches = (tx: Tx, take: number): Promise<BatchCount[]> =>
  tx.$queryRaw<BatchCount[]>`
    WITH addressed AS (
      SELECT list_id, batch, count(*)::int AS addresses FROM shown GROUP BY list_id, batch
      ORDER BY count(*) DESC, list_id, batch LIMIT ${take}),
    matched AS (SELECT list_id, batch, count(*)::int AS accounts FROM found GROUP BY list_id, batch)
    SELECT l.id AS "listId", l.name AS "listName", l.format, a.batch AS no, b.label, b.at, a.addresses,
           coalesce(m.accounts, 0) AS accounts
    FROM addressed a JOIN list l ON l.id = a.list_id
    LEFT JOIN batch b ON b.list_id = a.list_id AND b.no = a.batch
    LEFT JOIN matched m ON m.list_id = a.list_id AND m.batch = a.batch
    ORDER BY a.addresses DESC, a.list_id, a.batch`

/** How many batches there are, and different addresses in them. */
export async function countShown(tx: Tx): Promise<{ batches: number; addresses: number }> {
  const [row] = await tx.$queryRaw<[{ batches: number; addresses: number }]>`
    SELECT (SELECT count(*)::int FROM (SELECT DISTINCT list_id, batch FROM shown) b) AS batches,
           (SELECT count(*)::int FROM (SELECT DISTINCT coalesce(address, sha256) FROM shown) a) AS addresses`
  return row
}

/** Accounts by how many batches they are in; whoever is in more than `most` counts there. */
export const countSpread = (tx: Tx, most: number) =>
  tx.$queryRaw<{ batches: number; accounts: number }[]>`
    SELECT least(batches, ${most}::int) AS batches, count(*)::int AS accounts
    FROM (SELECT count(*)::int AS batches FROM found GROUP BY account_no) each
    GROUP BY 1 ORDER BY 1`
