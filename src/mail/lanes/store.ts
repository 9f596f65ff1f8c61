import type { Tx } from '../../platform/db.js'
import type { LaneState } from './adapt.js'

/** The domains of the first mails without a lane, in the order of risk. */
export function unsortedDomains(tx: Tx, mails: number): Promise<{ domain: string }[]> {
  return tx.$queryRaw<{ domain: string }[]>`
    SELECT DISTINCT split_part(recipient, '@', 2) AS domain
    FROM (SELECT recipient FROM mail WHERE status = 'staged' AND lane IS NULL ORDER BY no LIMIT ${mails}) m`
}

/** Those of the domains that nobody has looked up, or not lately. */
export async function unknownDomains(tx: Tx, domains: readonly string[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ domain: string }[]>`
    SELECT wanted.domain FROM unnest(${domains}::text[]) AS wanted (domain)
    WHERE NOT EXISTS (
      SELECT FROM mail_domain d WHERE d.domain = wanted.domain AND d.expires_at > now())`
  return rows.map(({ domain }) => domain)
}

export type SortedDomain = {
  domain: string
  lane: string
  source: 'mx' | 'table' | 'unresolved'
  takesMail: boolean
  keepSeconds: number
}

export function keepDomains(tx: Tx, domains: readonly SortedDomain[]): Promise<number> {
  const ordered = domains.toSorted((left, right) => (left.domain < right.domain ? -1 : 1))
  return tx.$executeRaw`
    INSERT INTO mail_domain AS d (domain, lane, source, takes_mail, resolved_at, expires_at)
    SELECT domain, lane, source, takes_mail, now(), now() + make_interval(secs => keep_seconds)
    FROM unnest(
      ${ordered.map(({ domain }) => domain)}::text[],
      ${ordered.map(({ lane }) => lane)}::text[],
      ${ordered.map(({ source }) => source)}::text[],
      ${ordered.map(({ takesMail }) => takesMail)}::boolean[],
      ${ordered.map(({ keepSeconds }) => keepSeconds)}::int[]
    ) AS found (domain, lane, source, takes_mail, keep_seconds)
    ON CONFLICT (domain) DO UPDATE
    SET lane = EXCLUDED.lane, source = EXCLUDED.source, takes_mail = EXCLUDED.takes_mail,
      resolved_at = EXCLUDED.resolved_at, expires_at = EXCLUDED.expires_at`
}

/** Gives the first mails without a lane that of their domain, where it is known. Returns how many. */
export function sortStaged(tx: Tx, mails: number): Promise<number> {
  return tx.$executeRaw`
    UPDATE mail m SET lane = d.lane
    FROM (
      SELECT no, split_part(recipient, '@', 2) AS domain FROM mail
      WHERE status = 'staged' AND lane IS NULL ORDER BY no LIMIT ${mails} FOR UPDATE SKIP LOCKED
    ) first
    JOIN mail_domain d ON d.domain = first.domain AND d.expires_at > now()
    WHERE m.no = first.no`
}

export type LaneCaps = { lane: string; rate: number; burst: number; connections: number }

/** Makes the rows of these lanes, and gives those that exist the caps of the table of today. */
export async function keepCaps(tx: Tx, lanes: readonly LaneCaps[]): Promise<void> {
  const ordered = lanes.toSorted((left, right) => (left.lane < right.lane ? -1 : 1))
  await tx.$executeRaw`
    INSERT INTO mail_lane AS l (lane, rate, rate_cap, burst, connections, connections_cap)
    SELECT lane, rate, rate, burst, connections, connections
    FROM unnest(
      ${ordered.map(({ lane }) => lane)}::text[],
      ${ordered.map(({ rate }) => rate)}::float8[],
      ${ordered.map(({ burst }) => burst)}::int[],
      ${ordered.map(({ connections }) => connections)}::int[]
    ) AS wanted (lane, rate, burst, connections)
    ON CONFLICT (lane) DO UPDATE
    SET rate_cap = EXCLUDED.rate_cap, connections_cap = EXCLUDED.connections_cap, burst = EXCLUDED.burst,
      rate = CASE WHEN l.rate = l.rate_cap THEN EXCLUDED.rate_cap ELSE least(l.rate, EXCLUDED.rate_cap) END,
      connections = CASE WHEN l.connections = l.connections_cap THEN EXCLUDED.connections_cap
        ELSE least(l.connections, EXCLUDED.connections_cap) END
    WHERE (l.rate_cap, l.connections_cap, l.burst)
      IS DISTINCT FROM (EXCLUDED.rate_cap, EXCLUDED.connections_cap, EXCLUDED.burst)`
}

/** Every lane that has a row or is a domain's. */
export async function knownLanes(tx: Tx): Promise<string[]> {
  const rows = await tx.$queryRaw<{ lane: string }[]>`
    SELECT lane FROM mail_lane UNION SELECT lane FROM mail_domain`
  return rows.map(({ lane }) => lane)
}

export type DueLane = {
  lane: string
  connections: number
  /** Whether acceptances have nothing to improve. */
  atItsBest: boolean
}

const LANES_AT_ONCE = 100

/**
 * Lanes with due mail that may leave within `horizon` seconds, the one with the most pressing mail
 * first. Finds the lanes by their index, one look per lane and none per mail.
 */
export function dueLanes(tx: Tx, horizon: number): Promise<DueLane[]> {
  return tx.$queryRaw<DueLane[]>`
    WITH RECURSIVE waiting AS (
      (SELECT lane FROM mail WHERE status = 'staged' AND wave IS NOT NULL AND lane IS NOT NULL
       ORDER BY lane LIMIT 1)
      UNION ALL
      SELECT (SELECT m.lane FROM mail m
              WHERE m.status = 'staged' AND m.wave IS NOT NULL AND m.lane > w.lane ORDER BY m.lane LIMIT 1)
      FROM waiting w WHERE w.lane IS NOT NULL
    )
    SELECT l.lane, l.connections, l.rate >= l.rate_cap AND l.connections >= l.connections_cap AS "atItsBest"
    FROM waiting w
    JOIN mail_lane l ON l.lane = w.lane
    CROSS JOIN LATERAL (
      SELECT m.no FROM mail m
      WHERE m.lane = w.lane AND m.status = 'staged' AND m.wave IS NOT NULL AND m.not_before <= now()
      ORDER BY m.no LIMIT 1) first
    WHERE l.paused_until <= now() AND mail_may_leave('', l.lane)
      AND l.next_at - make_interval(secs => (l.burst - 1) / l.rate) <= now() + make_interval(secs => ${horizon}::float8)
    ORDER BY first.no
    LIMIT ${LANES_AT_ONCE}`
}

type StoredLane = LaneState & { lane: string; nowMs: number }

/** The state of these lanes, held until the transaction ends. Locked in one order. */
export function holdLanes(tx: Tx, lanes: readonly string[]): Promise<StoredLane[]> {
  return tx.$queryRaw<StoredLane[]>`
    SELECT lane, rate, rate_cap AS "rateCap", connections, connections_cap AS "connectionsCap", clean,
      hurt_rate AS "hurtRate", proven_rate AS "provenRate", strikes::int AS strikes,
      (extract(epoch FROM changed_at) * 1000)::float8 AS "changedAtMs",
      (extract(epoch FROM paused_until) * 1000)::float8 AS "pausedUntilMs",
      (extract(epoch FROM hurt_until) * 1000)::float8 AS "hurtUntilMs",
      (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"
    FROM mail_lane WHERE lane = ANY(${lanes}::text[]) ORDER BY lane FOR UPDATE`
}

export type ChangedLane = LaneState & { lane: string; pauseReason: string | null }

export async function changeLanes(tx: Tx, lanes: readonly ChangedLane[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE mail_lane l
    SET rate = c.rate, connections = c.connections, clean = c.clean, hurt_rate = c.hurt_rate,
      proven_rate = c.proven_rate, strikes = c.strikes, changed_at = to_timestamp(c.changed_ms / 1000),
      paused_until = to_timestamp(c.paused_ms / 1000), hurt_until = to_timestamp(c.hurt_ms / 1000),
      pause_reason = CASE WHEN c.paused_ms / 1000 <= extract(epoch FROM now()) THEN NULL
        ELSE coalesce(c.pause_reason, l.pause_reason) END
    FROM unnest(
      ${lanes.map(({ lane }) => lane)}::text[],
      ${lanes.map(({ rate }) => rate)}::float8[],
      ${lanes.map(({ connections }) => connections)}::int[],
      ${lanes.map(({ clean }) => clean)}::int[],
      ${lanes.map(({ hurtRate }) => hurtRate)}::float8[],
      ${lanes.map(({ provenRate }) => provenRate)}::float8[],
      ${lanes.map(({ strikes }) => strikes)}::smallint[],
      ${lanes.map(({ changedAtMs }) => changedAtMs)}::float8[],
      ${lanes.map(({ pausedUntilMs }) => pausedUntilMs)}::float8[],
      ${lanes.map(({ hurtUntilMs }) => hurtUntilMs)}::float8[],
      ${lanes.map(({ pauseReason }) => pauseReason)}::text[]
    ) AS c (lane, rate, connections, clean, hurt_rate, proven_rate, strikes, changed_ms, paused_ms, hurt_ms, pause_reason)
    WHERE l.lane = c.lane`
}
