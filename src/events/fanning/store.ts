import type { Tx } from '../../platform/db.js'
import type { Format } from '../endpoint.js'

/** Live endpoints behind whose cursor stands an audit row that nothing can commit in front of. */
export const behindCursor = (tx: Tx): Promise<{ no: number }[]> => tx.$queryRaw<{ no: number }[]>`
  SELECT e.no FROM event_endpoint e
  WHERE e.disabled_at IS NULL AND EXISTS (
    SELECT FROM audit_event a WHERE (a.tx, a.id) > (e.cursor_tx, e.cursor_event)
      AND a.tx < (SELECT cordon_horizon()))
  ORDER BY e.no`

export type Fanned = { no: number; format: Format; types: string[]; tx: string; event: string }

/** The cursor of a live endpoint, unless another process is moving it. */
export async function takeCursor(tx: Tx, no: number): Promise<Fanned | undefined> {
  const [taken] = await tx.$queryRaw<Fanned[]>`
    SELECT no, format, types, cursor_tx::text AS tx, cursor_event::text AS event FROM event_endpoint
    WHERE no = ${no} AND disabled_at IS NULL FOR UPDATE SKIP LOCKED`
  return taken
}

export type Mapping = readonly { kind: string; type: string }[]

/**
 * The next page of the audit in commit-safe order (docs/decisions/0002), as deliveries, and the
 * cursor at its end. Needs the lock of `takeCursor`.
 */
export async function fanPage(
  tx: Tx,
  { no, tx: cursorTx, event }: Fanned,
  mapping: Mapping,
  most: number,
): Promise<{ read: number; made: number }> {
  const [page] = await tx.$queryRaw<{ read: number; made: number }[]>`
    WITH page AS MATERIALIZED (
      SELECT a.tx, a.id, a.kind FROM audit_event a
      WHERE (a.tx, a.id) > (${cursorTx}::xid8, ${event}::bigint)
        AND a.tx < (SELECT cordon_horizon())
      ORDER BY a.tx, a.id LIMIT ${most}),
    made AS (
      INSERT INTO event_delivery (endpoint_no, event_id, type)
      SELECT ${no}::int, p.id, m.type
      FROM page p JOIN unnest(${mapping.map(({ kind }) => kind)}::text[],
                              ${mapping.map(({ type }) => type)}::text[]) AS m(kind, type) ON m.kind = p.kind
      ORDER BY p.tx, p.id
      ON CONFLICT DO NOTHING RETURNING no),
    moved AS (
      UPDATE event_endpoint e SET cursor_tx = last.tx, cursor_event = last.id
      FROM (SELECT p.tx, p.id FROM page p ORDER BY p.tx DESC, p.id DESC LIMIT 1) last
      WHERE e.no = ${no} RETURNING e.no)
    SELECT (SELECT count(*)::int FROM page) AS read, (SELECT count(*)::int FROM made) AS made`
  return page ?? { read: 0, made: 0 }
}
