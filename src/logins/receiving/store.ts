import type pg from 'pg'
import type { Tx } from '../../platform/db.js'

import { matchKey } from '../../values/alias.js'
import type { Attempt } from '../attempt.js'
import type { Place } from '../place.js'

export type PlacedAttempt = { position: number; attempt: Attempt; place: Place }

/** What came together from one source. An import has no id: it is not a webhook. */
export type Delivery = {
  sourceNo: number
  id: string | null
  sha256: string | null
  /** Unix seconds of its timestamp; `null` for an import. */
  sentAt: number | null
  attempts: readonly PlacedAttempt[]
}

export type Received = {
  state: 'fresh' | 'duplicate' | 'expired' | 'reused'
  accepted: number
  /** Positions whose event time is too far ahead, or before what is kept. */
  inFuture: number[]
  tooOld: number[]
}

const TOLERANCE_SECONDS = 300
export const KEPT_DAYS = 180

/**
 * Takes many deliveries at once: a webhook's id, its attempts, what they touch and the audit rows in
 * one statement, so one durable commit however many requests wait for it. Everything is inserted in
 * the order of its key, so that two processes cannot wait for each other.
 */
const RECEIVE = `
  WITH delivery AS (
    SELECT d.*, d.id IS NULL OR abs(extract(epoch FROM now()) - d.sent_at) <= ${TOLERANCE_SECONDS} AS in_time
    FROM unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::float8[]) AS d(no, source_no, id, sha256, sent_at)
  ), kept AS (
    INSERT INTO webhook_message (source_no, id, sha256)
    SELECT DISTINCT ON (source_no, id) source_no, id, decode(sha256, 'hex') FROM delivery
    WHERE id IS NOT NULL AND in_time ORDER BY source_no, id, no
    ON CONFLICT (source_no, id) DO NOTHING RETURNING source_no, id
  ), fresh AS (
    SELECT no, source_no FROM delivery WHERE id IS NULL
    UNION ALL
    SELECT min(d.no), d.source_no FROM kept k JOIN delivery d ON d.source_no = k.source_no AND d.id = k.id AND d.in_time
    GROUP BY d.source_no, d.id
  ), sent AS (
    SELECT s.*, f.source_no, s.at > now() + interval '${TOLERANCE_SECONDS} seconds' AS in_future,
           s.at < now() - interval '${KEPT_DAYS} days' AS too_old
    FROM unnest($6::int[], $7::int[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]::timestamptz[],
                $13::text[]::inet[], $14::boolean[], $15::text[], $16::text[], $17::text[], $18::text[],
                $19::text[]::bigint[], $20::real[], $21::real[], $22::text[])
         AS s(no, position, id, account_id, address, match_key, at, ip, succeeded, reason, user_agent, device,
              country, asn, latitude, longitude, listed)
    JOIN fresh f ON f.no = s.no
  ), first AS (
    SELECT DISTINCT ON (source_no, id, at) * FROM sent WHERE NOT in_future AND NOT too_old
    ORDER BY source_no, id, at, no, position
  ), stored AS (
    INSERT INTO attempt (source_no, id, at, account_no, username, ip, succeeded, reason, user_agent, device, country,
                         asn, latitude, longitude, listed)
    SELECT s.source_no, s.id, s.at, a.no, CASE WHEN a.no IS NULL THEN coalesce(s.address, s.account_id) END, s.ip,
           s.succeeded, s.reason, s.user_agent, s.device, s.country, s.asn, s.latitude, s.longitude, s.listed
    FROM first s LEFT JOIN LATERAL (
      SELECT no FROM account WHERE s.account_id IS NOT NULL AND id = s.account_id
      UNION ALL
      SELECT no FROM account WHERE s.account_id IS NULL AND match_key = s.match_key AND address = s.address
      LIMIT 1) a ON true
    ORDER BY s.source_no, s.id, s.at
    ON CONFLICT (source_no, id, at) DO NOTHING RETURNING source_no, id, at, account_no, ip, asn
  ), arrived AS (
    INSERT INTO arrival (from_at, until_at, account_nos, addresses, asns)
    SELECT min(at), max(at), coalesce(array_agg(DISTINCT account_no) FILTER (WHERE account_no IS NOT NULL), '{}'),
           array_agg(DISTINCT ip), coalesce(array_agg(DISTINCT asn) FILTER (WHERE asn IS NOT NULL), '{}')
    FROM stored GROUP BY date_bin('15 minutes', at, timestamptz '2000-01-01')
  ), accepted AS (
    -- Where it stands the subquery is hashed; as a join of what the planner takes for ten rows it is a loop in a loop.
    SELECT no, (count(*) FILTER (WHERE (source_no, id, at) IN (SELECT source_no, id, at FROM stored)))::int AS attempts
    FROM first GROUP BY no
  ), audited AS (
    INSERT INTO audit_event (actor, kind, subject, detail)
    SELECT 'source:' || s.name, 'attempts.received', 'attempts:' || s.name,
           jsonb_build_object('messages', count(*), 'accepted', coalesce(sum(c.attempts), 0))
    FROM fresh f JOIN delivery d ON d.no = f.no AND d.id IS NOT NULL
    JOIN attempt_source s ON s.no = f.source_no LEFT JOIN accepted c ON c.no = f.no GROUP BY s.name
  )
  SELECT d.no, CASE WHEN NOT d.in_time THEN 'expired' WHEN f.no IS NOT NULL THEN 'fresh'
                    WHEN encode(w.sha256, 'hex') <> d.sha256 THEN 'reused' ELSE 'duplicate' END AS state,
         coalesce(c.attempts, 0) AS accepted, outside.in_future AS "inFuture", outside.too_old AS "tooOld"
  FROM delivery d
  LEFT JOIN fresh f ON f.no = d.no
  LEFT JOIN accepted c ON c.no = d.no
  LEFT JOIN webhook_message w ON w.source_no = d.source_no AND w.id = d.id
  LEFT JOIN (SELECT no, coalesce(array_agg(position) FILTER (WHERE in_future), '{}') AS in_future,
                    coalesce(array_agg(position) FILTER (WHERE too_old), '{}') AS too_old
             FROM sent WHERE in_future OR too_old GROUP BY no) outside ON outside.no = d.no
  ORDER BY d.no`

type ReceivedRow = Omit<Received, 'inFuture' | 'tooOld'> & {
  inFuture: number[] | null
  tooOld: number[] | null
}

/** One commit of its own. Answers in the order of the deliveries. */
export async function receive(pool: pg.Pool, deliveries: readonly Delivery[]): Promise<Received[]> {
  const { rows } = await pool.query<ReceivedRow>({
    name: 'receive',
    text: RECEIVE,
    values: valuesOf(deliveries),
  })
  return rows.map(receivedOf)
}

/** The same in somebody's transaction. */
export async function receiveIn(tx: Tx, deliveries: readonly Delivery[]): Promise<Received[]> {
  const rows = await tx.$queryRawUnsafe<ReceivedRow[]>(RECEIVE, ...valuesOf(deliveries))
  return rows.map(receivedOf)
}

const receivedOf = ({ inFuture, tooOld, ...row }: ReceivedRow): Received => ({
  ...row,
  inFuture: inFuture ?? [],
  tooOld: tooOld ?? [],
})

/** Column by column. Times and numbers beyond 32 bits go as text, which both drivers send as it is. */
function valuesOf(deliveries: readonly Delivery[]): unknown[] {
  const rows = deliveries.flatMap(({ attempts }, no) => attempts.map((row) => ({ ...row, no })))
  const of = <T>(pick: (attempt: Attempt) => T) => rows.map(({ attempt }) => pick(attempt))
  const at = <T>(pick: (place: Place) => T) => rows.map(({ place }) => pick(place))
  return [
    deliveries.map((_, no) => no),
    deliveries.map(({ sourceNo }) => sourceNo),
    deliveries.map(({ id }) => id),
    deliveries.map(({ sha256 }) => sha256),
    deliveries.map(({ sentAt }) => sentAt),
    rows.map(({ no }) => no),
    rows.map(({ position }) => position),
    of(({ id }) => id),
    of(({ accountId }) => accountId),
    of(({ address }) => address),
    of(({ address }) => address && matchKey(address)),
    of((attempt) => attempt.at.toISOString()),
    of(({ ip }) => ip),
    of(({ succeeded }) => succeeded),
    of(({ reason }) => reason),
    of(({ userAgent }) => userAgent),
    of(({ device }) => device),
    at(({ country }) => country),
    at(({ asn }) => asn?.toString() ?? null),
    at(({ latitude }) => latitude),
    at(({ longitude }) => longitude),
    at(({ listed }) => listed),
  ]
}

/** The number of a source, which is made when it is new. */
export async function sourceNo(tx: Tx, name: string): Promise<number> {
  await tx.$executeRaw`INSERT INTO attempt_source (name) VALUES (${name}) ON CONFLICT DO NOTHING`
  const [row] = await tx.$queryRaw<
    [{ no: number }]
  >`SELECT no FROM attempt_source WHERE name = ${name}`
  return row.no
}
