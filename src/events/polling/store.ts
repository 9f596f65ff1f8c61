import type { Tx } from '../../platform/db.js'

export type Polled = { no: number; id: string; audience: string }

/** The live endpoint with this id that polls. */
export async function endpointById(tx: Tx, id: string): Promise<Polled | undefined> {
  const [found] = await tx.$queryRaw<Polled[]>`
    SELECT no, id, audience FROM event_endpoint
    WHERE id = ${id} AND format = 'ssf_poll' AND disabled_at IS NULL`
  return found
}

/** The live endpoint whose live token has this hash. */
export async function endpointByToken(
  tx: Tx,
  hash: Uint8Array<ArrayBuffer>,
): Promise<string | undefined> {
  const [found] = await tx.$queryRaw<{ id: string }[]>`
    SELECT e.id FROM event_secret s JOIN event_endpoint e ON e.no = s.endpoint_no
    WHERE s.token_hash = ${hash} AND (s.expires_at IS NULL OR s.expires_at > now())
      AND e.format = 'ssf_poll' AND e.disabled_at IS NULL`
  return found?.id
}

/** Accepted by the receiver; ids that are unknown or settled change nothing. */
export async function acknowledge(
  tx: Tx,
  endpointNo: number,
  ids: readonly string[],
): Promise<void> {
  await tx.$executeRaw`
    UPDATE event_delivery SET status = 'accepted', settled_at = now()
    WHERE endpoint_no = ${endpointNo} AND status = 'pending' AND id = ANY(${ids}::uuid[])`
}

/** Refused by the receiver, each with its code. */
export async function refuse(
  tx: Tx,
  endpointNo: number,
  refused: readonly { id: string; code: string }[],
): Promise<void> {
  await tx.$executeRaw`
    UPDATE event_delivery d SET status = 'dead', reason = r.code, settled_at = now()
    FROM unnest(${refused.map(({ id }) => id)}::uuid[], ${refused.map(({ code }) => code)}::text[]) AS r(id, code)
    WHERE d.endpoint_no = ${endpointNo} AND d.status = 'pending' AND d.id = r.id`
}

export type Waiting = { id: string; eventId: bigint; type: string }

/** The oldest that were not acknowledged. */
export const waiting = (tx: Tx, endpointNo: number, most: number): Promise<Waiting[]> =>
  tx.$queryRaw<Waiting[]>`
    SELECT id::text AS id, event_id AS "eventId", type FROM event_delivery
    WHERE endpoint_no = ${endpointNo} AND status = 'pending' ORDER BY not_before, no LIMIT ${most}`
