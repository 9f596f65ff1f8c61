import { Sql, type Tx } from '../../../platform/db.js'
import { HOSTILE_KINDS, type Signal, type SignalKind } from '../../signal.js'
import { COUNTED_AT_MOST } from '../../windows.js'
import { accountsIn, keys } from '../counting/store.js'
import { type Changed, stretches } from '../stretches.js'
import { extent, join, type Scope, type Span } from '../touched.js'

/**
 * Whether a place is established as the account's own: it was used with success (the same network,
 * or the same device) a day and more before, within 90 days, and not right after a burst of failures
 * from there, which is how a thief gets in. Of both the newest thousand are looked at: no account can
 * be made so busy that the others wait. After a thousand failures no login establishes anything.
 */
export const ownPlace = (attempt: Sql.Sql): Sql.Sql => Sql.sql`EXISTS (
  SELECT FROM (
    SELECT * FROM attempt s
    WHERE s.account_no = ${attempt}.account_no AND s.succeeded
      AND s.at < ${attempt}.at - interval '1 day' AND s.at >= ${attempt}.at - interval '90 days'
    ORDER BY s.at DESC, s.source_no, s.id LIMIT ${COUNTED_AT_MOST}) s
  WHERE (cordon_network(s.ip) = cordon_network(${attempt}.ip) OR s.device = ${attempt}.device)
    AND NOT (SELECT count(*) FILTER (WHERE cordon_network(f.ip) = cordon_network(s.ip)) >= 5 OR count(*) >= ${COUNTED_AT_MOST}
             FROM (SELECT f.ip FROM attempt f
                   WHERE f.account_no = s.account_no AND NOT f.succeeded
                     AND f.at < s.at AND f.at >= s.at - interval '3 hours'
                   ORDER BY f.at DESC, f.source_no, f.id LIMIT ${COUNTED_AT_MOST}) f))`

export type Flipped = {
  accountNo: bigint | null
  ip: string
  network: string
  asn: bigint | null
  at: Date
}

const FLIPPED = Sql.sql`t.account_no AS "accountNo", host(t.ip) AS ip, cordon_network(t.ip)::text AS network, t.asn, t.at`

/**
 * Notes which failures came from the account's own places, or from the platform's own networks, and
 * returns those about which that changed. Later failures change with earlier logins.
 */
export const markFamiliar = (
  tx: Tx,
  scope: Scope,
  ownNetworks: readonly string[],
): Promise<Flipped[]> => {
  const since = extent(scope)?.from ?? new Date(0)
  return tx.$queryRaw<Flipped[]>`
    WITH judged AS (
      SELECT a.source_no, a.id, a.at, a.familiar AS was,
             a.ip <<= ANY(${ownNetworks}::text[]::inet[]) OR ${ownPlace(Sql.sql`a`)} AS is
      FROM ${accountsIn(scope)}
      WHERE a.account_no IS NOT NULL AND NOT a.succeeded AND a.at >= k.from_at AND a.at >= ${since}::timestamptz
      UNION ALL
      SELECT a.source_no, a.id, a.at, a.familiar, a.ip <<= ANY(${ownNetworks}::text[]::inet[])
      FROM attempt a
      WHERE a.account_no IS NULL AND NOT a.succeeded AND a.at >= ${since}::timestamptz
        AND a.familiar <> (a.ip <<= ANY(${ownNetworks}::text[]::inet[]))
        AND (${ownNetworks.length > 0} OR a.familiar)
    )
    UPDATE attempt t SET familiar = j.is FROM judged j
    WHERE j.is <> j.was AND t.source_no = j.source_no AND t.id = j.id AND t.at = j.at
    RETURNING ${FLIPPED}`
}

/** A kind of signal, how long its windows are, and what it is about. */
export type SignalKindWindow = {
  kind: SignalKind
  minutes: number
  of: 'account' | 'address' | 'system' | 'platform'
}

const listed = (signals: readonly Signal[]) => Sql.sql`
  unnest(${signals.map((s) => s.kind)}::text[], ${signals.map((s) => s.accountNo)}::bigint[],
         ${signals.map((s) => s.ip)}::text[]::inet[], ${signals.map((s) => s.asn)}::bigint[],
         ${signals.map((s) => s.firstAt)}::timestamptz[], ${signals.map((s) => s.lastAt)}::timestamptz[],
         ${signals.map((s) => s.attempts)}::int[], ${signals.map((s) => s.says)}::text[])
    AS s(kind, account_no, ip, asn, first_at, last_at, attempts, says)`

const SAME = Sql.sql`s.kind = g.kind AND s.first_at = g.first_at
  AND s.account_no IS NOT DISTINCT FROM g.account_no AND s.ip IS NOT DISTINCT FROM g.ip
  AND s.asn IS NOT DISTINCT FROM g.asn`

/** Takes back the signals of a scope that were not found again. Kinds by how long their windows are. */
export async function deleteRefuted(
  tx: Tx,
  scope: Scope,
  kinds: readonly SignalKindWindow[],
  found: readonly Signal[],
): Promise<Changed[]> {
  const whole = extent(scope)
  if (!whole) return []
  return tx.$queryRaw<Changed[]>`
    DELETE FROM signal g
    USING unnest(${kinds.map(({ kind }) => kind)}::text[], ${kinds.map(({ minutes }) => minutes)}::int[],
                 ${kinds.map(({ of }) => of)}::text[]) AS w(kind, minutes, level),
          LATERAL (SELECT make_interval(mins => w.minutes) AS length) AS l
    WHERE g.kind = w.kind
      AND w.level = CASE WHEN g.account_no IS NOT NULL THEN 'account' WHEN g.ip IS NOT NULL THEN 'address'
                         WHEN g.asn IS NOT NULL THEN 'system' ELSE 'platform' END
      AND g.first_at > ${whole.from}::timestamptz - l.length AND g.first_at < ${whole.until}::timestamptz + l.length
      AND g.last_at > ${whole.from}::timestamptz - interval '1 day'
      AND ${inScope(scope)}
      AND NOT EXISTS (SELECT FROM ${listed(found)} WHERE ${SAME})
    RETURNING g.account_no AS "accountNo", g.ip::text AS ip, g.asn, g.first_at AS "from", g.last_at AS "until"`
}

function inScope(scope: Scope): Sql.Sql {
  if (scope.kind === 'span') return Sql.sql`true`
  const { accounts, addresses, networks, systems } = scope.touched
  const reached = Sql.sql`g.first_at > k.from_at - l.length AND g.first_at < k.until_at + l.length`
  return Sql.sql`(
    EXISTS (SELECT FROM ${keys(accounts, 'bigint')} WHERE k.key = g.account_no AND ${reached})
    OR (g.account_no IS NULL AND (
        EXISTS (SELECT FROM ${keys(addresses, 'inet')} WHERE k.key = g.ip AND ${reached})
        OR EXISTS (SELECT FROM ${keys(networks, 'cidr')} WHERE k.key = g.ip AND ${reached})))
    OR (g.asn IS NOT NULL AND EXISTS (SELECT FROM ${keys(systems, 'bigint')} WHERE k.key = g.asn AND ${reached}))
    OR (g.account_no IS NULL AND g.ip IS NULL AND g.asn IS NULL))`
}

/**
 * Stores signals; a burst found again, perhaps grown, is the same signal. Of a signal that grew only
 * what lies after `since` can have changed. Returns what changed, and how many are new.
 */
export async function upsertSignals(
  tx: Tx,
  signals: readonly Signal[],
  since: Date,
): Promise<{ changed: Changed[]; raised: number }> {
  if (signals.length === 0) return { changed: [], raised: 0 }
  const rows = await tx.$queryRaw<(Changed & { isNew: boolean })[]>`
    INSERT INTO signal AS g (kind, account_no, ip, asn, first_at, last_at, attempts, says)
    SELECT DISTINCT ON (kind, account_no, ip, asn, first_at) * FROM ${listed(signals)}
    ORDER BY kind, account_no, ip, asn, first_at, last_at DESC, attempts DESC
    ON CONFLICT (kind, COALESCE(account_no, -1), COALESCE(ip, '0.0.0.0'::inet), COALESCE(asn, -1), first_at)
    DO UPDATE SET last_at = excluded.last_at, attempts = excluded.attempts, says = excluded.says
      WHERE (g.last_at, g.attempts, g.says) IS DISTINCT FROM (excluded.last_at, excluded.attempts, excluded.says)
    RETURNING account_no AS "accountNo", ip::text AS ip, asn, first_at AS "from", last_at AS "until",
              xmax = 0 AS "isNew"`
  const changed = rows.map(({ isNew, ...row }) => ({
    ...row,
    from: isNew || row.from > since ? row.from : since,
  }))
  return { changed, raised: rows.filter(({ isNew }) => isNew).length }
}

const FAILURE_KINDS = HOSTILE_KINDS.filter((kind) => !kind.startsWith('success_'))

/** Some hostile signal describes the failure, and it did not come from a place of the account's own. */
const isDescribed = (a: Sql.Sql) => {
  const covers = Sql.sql`g.kind = ANY(${[...FAILURE_KINDS]}::text[])
    AND ${a}.at >= g.first_at AND ${a}.at <= g.last_at`
  return Sql.sql`(NOT ${a}.familiar AND (
    EXISTS (SELECT FROM signal g WHERE g.account_no = ${a}.account_no AND ${covers}
            AND (g.ip IS NULL OR ${a}.ip <<= g.ip))
    OR EXISTS (SELECT FROM signal g WHERE g.ip IS NOT NULL AND g.account_no IS NULL
               AND cordon_network(g.ip) = cordon_network(${a}.ip) AND ${a}.ip <<= g.ip AND ${covers})
    OR EXISTS (SELECT FROM signal g WHERE g.asn = ${a}.asn AND ${covers})
    OR (${a}.account_no IS NOT NULL AND EXISTS (
          SELECT FROM signal g WHERE g.account_no IS NULL AND g.ip IS NULL AND g.asn IS NULL AND ${covers}))))`
}

export type FlippedMark = Flipped & { hostile: boolean }

/** Makes exactly those failures hostile that a signal describes, looking where something changed. */
export async function markFailures(
  tx: Tx,
  touched: readonly Changed[],
  whole: Span,
): Promise<FlippedMark[]> {
  if (touched.length === 0) return []
  const changed = stretches(touched)
  const { from: first, until: last } = changed.reduce<Span>(join, whole)
  const during = Sql.sql`NOT a.succeeded AND a.at BETWEEN c.from_at AND c.until_at
    AND a.at BETWEEN ${first}::timestamptz AND ${last}::timestamptz`
  const other = Sql.sql`a.hostile <> ${isDescribed(Sql.sql`a`)}`
  return tx.$queryRaw<FlippedMark[]>`
    WITH changed AS MATERIALIZED (
      SELECT * FROM unnest(${changed.map((c) => c.accountNo)}::bigint[], ${changed.map((c) => c.ip)}::text[]::inet[],
        ${changed.map((c) => c.asn)}::bigint[], ${changed.map((c) => c.from)}::timestamptz[],
        ${changed.map((c) => c.until)}::timestamptz[]) AS c(account_no, ip, asn, from_at, until_at)
    ), flip AS (
      SELECT a.source_no, a.id, a.at FROM changed c JOIN attempt a ON a.account_no = c.account_no
      WHERE ${during} AND ${other}
      UNION
      SELECT a.source_no, a.id, a.at FROM changed c JOIN attempt a ON cordon_network(a.ip) = cordon_network(c.ip)
      WHERE c.account_no IS NULL AND ${during} AND NOT a.familiar AND a.ip <<= c.ip AND ${other}
      UNION
      SELECT a.source_no, a.id, a.at FROM changed c JOIN attempt a ON a.asn = c.asn
      WHERE c.account_no IS NULL AND ${during} AND NOT a.familiar AND ${other}
      UNION
      SELECT a.source_no, a.id, a.at
      FROM (SELECT * FROM changed WHERE account_no IS NULL AND ip IS NULL AND asn IS NULL) c JOIN attempt a ON true
      WHERE ${during} AND a.account_no IS NOT NULL AND NOT a.familiar AND ${other}
    )
    UPDATE attempt t SET hostile = NOT t.hostile FROM flip f
    WHERE t.source_no = f.source_no AND t.id = f.id AND t.at = f.at
    RETURNING ${FLIPPED}, t.hostile`
}
