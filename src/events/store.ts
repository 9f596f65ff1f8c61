import type { Tx } from '../platform/db.js'
import type { CheckedEndpoint, Format } from './endpoint.js'

/**
 * Stores an endpoint. It is told of everything that commits from now on: the cursor stands before
 * the oldest transaction that is still open.
 */
export async function insertEndpoint(
  tx: Tx,
  { id, format, url, audience, types }: CheckedEndpoint & { id: string },
): Promise<number> {
  const [row] = await tx.$queryRaw<{ no: number }[]>`
    INSERT INTO event_endpoint (id, format, url, audience, types, cursor_tx, cursor_event)
    VALUES (${id}, ${format}, ${url}, ${audience}, ${types}::text[],
            cordon_horizon(), 0)
    RETURNING no`
  return row?.no ?? 0
}

export type NewSecret = {
  id: string
  endpointNo: number
  sealedSecret: Uint8Array<ArrayBuffer> | null
  tokenHash: Uint8Array<ArrayBuffer> | null
}

export async function insertSecret(tx: Tx, secret: NewSecret): Promise<void> {
  const { id, endpointNo, sealedSecret, tokenHash } = secret
  await tx.$executeRaw`
    INSERT INTO event_secret (id, endpoint_no, sealed_secret, token_hash)
    VALUES (${id}, ${endpointNo}, ${sealedSecret}::bytea, ${tokenHash}::bytea)`
}

/** Ends the secret that has no end after so many hours, and those before it at once. */
export async function expireSecrets(tx: Tx, endpointNo: number, hours: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE event_secret
    SET expires_at = CASE WHEN expires_at IS NULL THEN now() + make_interval(secs => ${hours * 3_600}::float8)
                          ELSE least(expires_at, now()) END
    WHERE endpoint_no = ${endpointNo}`
}

export type SealedSecret = { id: string; endpointNo: number; sealedSecret: Uint8Array }

/** The secrets that are live now, the newest of each endpoint first. */
export const liveSecrets = (tx: Tx, endpointNos: readonly number[]): Promise<SealedSecret[]> =>
  tx.$queryRaw<SealedSecret[]>`
    SELECT id, endpoint_no AS "endpointNo", sealed_secret AS "sealedSecret" FROM event_secret
    WHERE endpoint_no = ANY(${endpointNos}::int[]) AND sealed_secret IS NOT NULL
      AND (expires_at IS NULL OR expires_at > now())
    ORDER BY created_at DESC, id`

export type LiveEndpoint = { no: number; id: string; format: Format }

/** A live endpoint, locked until the transaction ends. */
export async function lockEndpoint(tx: Tx, id: string): Promise<LiveEndpoint | undefined> {
  const [found] = await tx.$queryRaw<LiveEndpoint[]>`
    SELECT no, id, format FROM event_endpoint WHERE id = ${id} AND disabled_at IS NULL FOR UPDATE`
  return found
}

export async function disable(tx: Tx, no: number, because: string): Promise<string | undefined> {
  const [disabled] = await tx.$queryRaw<{ id: string }[]>`
    UPDATE event_endpoint SET disabled_at = now(), disabled_because = ${because}
    WHERE no = ${no} AND disabled_at IS NULL RETURNING id`
  return disabled?.id
}

/** What a disabled endpoint was not told stays as dead letters. */
export const buryPending = (tx: Tx, endpointNo: number): Promise<number> => tx.$executeRaw`
  UPDATE event_delivery SET status = 'dead', reason = 'endpoint_disabled', settled_at = now()
  WHERE endpoint_no = ${endpointNo} AND status = 'pending'`

export type EndpointRow = {
  id: string
  format: Format
  url: string | null
  audience: string | null
  types: string[]
  liveSecrets: number
  pending: number
  dead: number
  createdAt: Date
  disabledAt: Date | null
  disabledBecause: string | null
}

export const listEndpoints = (tx: Tx): Promise<EndpointRow[]> => tx.$queryRaw<EndpointRow[]>`
  SELECT e.id, e.format, e.url, e.audience, e.types, e.created_at AS "createdAt",
         e.disabled_at AS "disabledAt", e.disabled_because AS "disabledBecause",
         (SELECT count(*)::int FROM event_secret s WHERE s.endpoint_no = e.no
            AND (s.expires_at IS NULL OR s.expires_at > now())) AS "liveSecrets",
         (SELECT count(*)::int FROM event_delivery d WHERE d.endpoint_no = e.no AND d.status = 'pending') AS pending,
         (SELECT count(*)::int FROM event_delivery d WHERE d.endpoint_no = e.no AND d.status = 'dead') AS dead
  FROM event_endpoint e ORDER BY e.no`

/** Which deliveries: those with one of these ids, or of an endpoint, a status and a time of making. */
export type Selection = {
  ids?: readonly string[] | undefined
  endpoint?: string | undefined
  status?: string | undefined
  from?: Date | undefined
  to?: Date | undefined
}

export type DeliveryRow = {
  id: string
  endpoint: string
  type: string
  status: 'pending' | 'accepted' | 'dead'
  attempts: number
  answer: number | null
  reason: string | null
  createdAt: Date
  dueAt: Date | null
  settledAt: Date | null
}

export const listDeliveries = (
  tx: Tx,
  { ids, endpoint, status, from, to }: Selection,
  most: number,
): Promise<DeliveryRow[]> => tx.$queryRaw<DeliveryRow[]>`
  SELECT d.id::text AS id, e.id AS endpoint, d.type, d.status, d.attempts::int AS attempts,
         d.answer::int AS answer, d.reason, d.created_at AS "createdAt", d.settled_at AS "settledAt",
         CASE WHEN d.status = 'pending' THEN d.not_before END AS "dueAt"
  FROM event_delivery d JOIN event_endpoint e ON e.no = d.endpoint_no
  WHERE (${ids ?? null}::uuid[] IS NULL OR d.id = ANY(${ids ?? null}::uuid[]))
    AND (${endpoint ?? null}::text IS NULL OR e.id = ${endpoint ?? null})
    AND (${status ?? null}::text IS NULL OR d.status = ${status ?? null})
    AND (${from ?? null}::timestamptz IS NULL OR d.created_at >= ${from ?? null})
    AND (${to ?? null}::timestamptz IS NULL OR d.created_at < ${to ?? null})
  ORDER BY d.no DESC LIMIT ${most}`

/** Makes settled deliveries of live endpoints due again, from the first attempt; how many of each. */
export const replay = (
  tx: Tx,
  { ids, endpoint, status, from, to }: Selection,
): Promise<{ endpoint: string; deliveries: number }[]> => tx.$queryRaw`
  WITH live AS MATERIALIZED (SELECT no, id FROM event_endpoint WHERE disabled_at IS NULL FOR SHARE),
  again AS (
    UPDATE event_delivery d
    SET status = 'pending', attempts = 0, not_before = now(), lease = NULL, settled_at = NULL,
        answer = NULL, reason = NULL
    FROM live e
    WHERE e.no = d.endpoint_no AND d.status <> 'pending'
      AND (${ids ?? null}::uuid[] IS NULL OR d.id = ANY(${ids ?? null}::uuid[]))
      AND (${endpoint ?? null}::text IS NULL OR e.id = ${endpoint ?? null})
      AND (${status ?? null}::text IS NULL OR d.status = ${status ?? null})
      AND (${from ?? null}::timestamptz IS NULL OR d.created_at >= ${from ?? null})
      AND (${to ?? null}::timestamptz IS NULL OR d.created_at < ${to ?? null})
    RETURNING e.id)
  SELECT id AS endpoint, count(*)::int AS deliveries FROM again GROUP BY id ORDER BY id`

/** Forgets what was settled long ago, and gives up what nobody asked for. */
export async function tidy(tx: Tx, days: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE event_delivery SET status = 'dead', reason = 'never_asked_for', settled_at = now()
    WHERE status = 'pending' AND created_at < now() - make_interval(days => ${days})
      AND endpoint_no IN (SELECT no FROM event_endpoint WHERE format = 'ssf_poll')`
  await tx.$executeRaw`
    DELETE FROM event_delivery WHERE status <> 'pending' AND settled_at < now() - make_interval(days => ${days})`
}
