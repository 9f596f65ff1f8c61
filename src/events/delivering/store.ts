import type { Tx } from '../../platform/db.js'
import type { Format } from '../endpoint.js'
import type { Outcome } from '../outcome.js'

/** A delivery that this process may send until its lease ends. */
export type Claimed = {
  no: bigint
  id: string
  eventId: bigint
  endpointNo: number
  type: string
  attempts: number
  format: Exclude<Format, 'ssf_poll'>
  url: string
  audience: string | null
}

export type Room = {
  /** How many of each endpoint count as in flight here already. */
  flying: ReadonlyMap<number, number>
  perEndpoint: number
  inTotal: number
}

/**
 * Claims what is due, at most as much of each endpoint as there is room for, and leases it: of many
 * processes one gets each. Whoever has the least in flight comes first, so that a slow endpoint
 * takes no turn of another.
 */
export async function claimDue(
  tx: Tx,
  lease: string,
  { flying, perEndpoint, inTotal }: Room,
  leaseSeconds: number,
): Promise<Claimed[]> {
  const claimed = await tx.$queryRaw<Claimed[]>`
    WITH due AS MATERIALIZED (
      SELECT waiting.no FROM event_endpoint e
      LEFT JOIN unnest(${[...flying.keys()]}::int[], ${[...flying.values()]}::int[]) AS busy(no, flights)
        ON busy.no = e.no
      CROSS JOIN LATERAL (
        SELECT d.no FROM event_delivery d
        WHERE d.endpoint_no = e.no AND d.status = 'pending' AND d.not_before <= now()
        ORDER BY d.not_before, d.no
        LIMIT greatest(0, ${perEndpoint}::int - coalesce(busy.flights, 0))
        FOR UPDATE SKIP LOCKED) waiting
      WHERE e.disabled_at IS NULL AND e.format <> 'ssf_poll'
      ORDER BY coalesce(busy.flights, 0), waiting.no LIMIT ${inTotal}::int)
    UPDATE event_delivery d
    SET lease = ${lease}::uuid, attempts = d.attempts + 1,
        not_before = now() + make_interval(secs => ${leaseSeconds}::float8)
    FROM due, event_endpoint e
    WHERE d.no = due.no AND e.no = d.endpoint_no
    RETURNING d.no, d.id::text AS id, d.event_id AS "eventId", d.endpoint_no AS "endpointNo", d.type,
              d.attempts::int AS attempts, e.format, e.url, e.audience`
  return claimed.sort((left, right) => (left.no < right.no ? -1 : 1))
}

/**
 * Records what an attempt came to, if its lease is still this one. An endpoint that was disabled
 * meanwhile keeps its dead letter dead, and an accepted one is accepted.
 */
export async function finish(
  tx: Tx,
  { no, lease }: { no: bigint; lease: string },
  outcome: Outcome,
): Promise<boolean> {
  const status =
    outcome.kind === 'accepted' ? 'accepted' : outcome.kind === 'retry' ? 'pending' : 'dead'
  const seconds = outcome.kind === 'retry' ? outcome.seconds : 0
  const finished = await tx.$executeRaw`
    UPDATE event_delivery d
    SET lease = NULL, answer = ${outcome.answer}::smallint, reason = ${outcome.reason},
        not_before = now() + make_interval(secs => ${seconds}::float8),
        status = n.status, settled_at = CASE WHEN n.status <> 'pending' THEN now() END
    FROM (SELECT no, CASE WHEN status = 'dead' AND ${status} = 'pending' THEN 'dead' ELSE ${status} END AS status
          FROM event_delivery WHERE no = ${no} AND lease = ${lease}::uuid FOR UPDATE) n
    WHERE d.no = n.no`
  return finished === 1
}

/** Gives back what was cut off when this process stopped: due at once, as if not tried. */
export async function giveBack(
  tx: Tx,
  { no, lease }: { no: bigint; lease: string },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE event_delivery SET lease = NULL, not_before = now(), attempts = attempts - 1
    WHERE no = ${no} AND lease = ${lease}::uuid AND status = 'pending'`
}
