import { Sql, type Tx } from '../../../platform/db.js'
import {
  type AccountWindow,
  COUNTED_AT_MOST,
  type PairWindow,
  type SourceWindow,
} from '../../windows.js'
import { extent, type Scope, type Span } from '../touched.js'

// Windows hop by half their length, so that no burst hides on an edge, and begin at fixed times, so
// that what is found never depends on the order of arrival. Every window that could hold the same
// first attempt as one that was touched is counted anew, from its first failure up to a thousand of
// them: who floods an account or fails from everywhere must not be able to make the others wait.

/** Accounts with enough failures in a window that something may be wrong. */
export const accountWindows = (tx: Tx, scope: Scope, window: Window): Promise<AccountWindow[]> =>
  tx.$queryRaw<AccountWindow[]>`
    WITH RECURSIVE ${counted(scope, 'account', window.minutes)}
    SELECT c.key AS "accountNo", min(c.at) AS "firstAt", ${lastOf(scope, 'account', window.minutes)} AS "lastAt",
           count(*)::int AS failures, count(DISTINCT c.ip)::int AS sources,
           count(DISTINCT c.country)::int AS countries, count(DISTINCT c.asn)::int AS networks,
           count(DISTINCT c.user_agent)::int AS agents
    FROM counted c GROUP BY c.key, c.start HAVING count(*) >= ${window.failures}`

/** One address on one account, likewise, among the failures of the account's window. */
export const pairWindows = (tx: Tx, scope: Scope, window: Window): Promise<PairWindow[]> =>
  tx.$queryRaw<PairWindow[]>`
    WITH RECURSIVE ${counted(scope, 'account', window.minutes)}
    SELECT c.key AS "accountNo", host(c.ip) AS ip, min(c.at) AS "firstAt", max(c.at) AS "lastAt",
           count(*)::int AS tries, count(DISTINCT c.device)::int AS devices,
           count(c.device)::int AS "triesWithDevice", count(DISTINCT c.user_agent)::int AS agents
    FROM counted c GROUP BY c.key, c.ip, c.start HAVING count(*) >= ${window.failures}`

/** Sources of one level that failed often enough, with how their attempts spread over accounts. */
export const sourceWindows = (
  tx: Tx,
  scope: Scope,
  { level, minutes, failures }: Window & { level: SourceWindow['level'] },
): Promise<SourceWindow[]> => {
  const { key, named } = LEVELS[level]
  return tx.$queryRaw<SourceWindow[]>`
    WITH RECURSIVE ${counted(scope, level, minutes)}, tried AS (
      SELECT c.key, c.start, coalesce(c.account_no::text, c.username) AS target, count(*)::int AS tries,
             min(c.at) AS first_at, max(c.at) AS last_at
      FROM counted c GROUP BY c.key, c.start, target
    ), source AS (
      SELECT c.key, c.start, min(c.first_at) AS first_at, max(c.last_at) AS counted_until,
             sum(c.tries)::int AS failures, count(*)::int AS accounts, max(c.tries) AS most,
             (count(*) FILTER (WHERE c.tries <= 2))::int AS up_to_twice,
             (count(*) FILTER (WHERE c.tries BETWEEN 2 AND 6))::int AS two_to_six
      FROM tried c GROUP BY c.key, c.start HAVING sum(c.tries) >= ${failures}
    )
    SELECT ${level} AS level, ${named}, c.first_at AS "firstAt",
           CASE WHEN c.failures < ${COUNTED_AT_MOST} THEN c.counted_until ELSE ${lastIn(scope, level, minutes)} END AS "lastAt",
           c.failures, welcome.successes, c.accounts, c.most AS "mostPerAccount",
           c.up_to_twice AS "accountsTriedUpToTwice", c.two_to_six AS "accountsTriedTwoToSixTimes"
    FROM source c, LATERAL (
      SELECT count(*)::int AS successes FROM (
        SELECT FROM attempt a
        WHERE ${key} = c.key AND a.succeeded AND a.at >= c.start AND a.at < c.start + ${length(minutes)}
          AND ${bounds(scope, minutes)} AND (c.failures < ${COUNTED_AT_MOST} OR a.at <= c.counted_until)
        ORDER BY a.at LIMIT ${SUCCESSES_AT_MOST}) s) welcome`
}

type Window = { minutes: number; failures: number }
type Level = 'account' | SourceWindow['level']

/** With so many successes beside a full window of failures, under a tenth of a source's attempts fail. */
const SUCCESSES_AT_MOST = 10 * COUNTED_AT_MOST

const MINUTE_MS = 60_000
/** Windows of every length begin at multiples of half their length since then. */
const ORIGIN = Sql.sql`timestamptz '2000-01-01'`
const length = (minutes: number) => Sql.sql`make_interval(mins => ${minutes}::int)`
const half = (minutes: number) => Sql.sql`make_interval(secs => ${minutes * 30}::int)`

/** A failure from a place that is not established as the account's own. */
export const STRANGER = Sql.sql`NOT a.succeeded AND NOT a.familiar`
const IS_FULL = Sql.sql`count(*) >= ${COUNTED_AT_MOST}`

/**
 * The relations `win (key, start)`, each window to look at, and `counted`, the failures in it that
 * count, to go behind `WITH RECURSIVE`.
 */
const counted = (scope: Scope, level: Level, minutes: number) => Sql.sql`
  slot (key, from_at, until_at, start) AS (${scope.kind === 'span' ? everySlot(scope.span, level, minutes) : touchedSlots(scope, level, minutes)}
  ), win AS (
    SELECT DISTINCT s.key, w.start
    FROM slot s, LATERAL (VALUES (s.start), (s.start - ${half(minutes)})) AS w(start)
    WHERE w.start > s.from_at - 2 * ${length(minutes)} AND w.start <= s.until_at + ${length(minutes)}
  ), counted AS (
    SELECT w.key, w.start, a.* FROM win w, LATERAL (
      SELECT a.at, a.account_no, a.username, a.ip, a.country, a.asn, a.user_agent, a.device FROM attempt a
      WHERE ${LEVELS[level].key} = w.key AND ${STRANGER} AND a.at >= w.start AND a.at < w.start + ${length(minutes)}
        AND ${bounds(scope, minutes)}
      ORDER BY a.at, a.source_no, a.id LIMIT ${COUNTED_AT_MOST}) a)`

/** The half-windows in which a touched key failed, from one to the next without what lies between. */
const touchedSlots = (scope: Scope & { kind: 'touched' }, level: Level, minutes: number) => {
  const { key, touched } = LEVELS[level]
  const failure = Sql.sql`SELECT a.at FROM attempt a WHERE ${key} = k.key AND ${STRANGER} AND ${bounds(scope, minutes)}
    AND a.at < k.until_at + 2 * ${length(minutes)}`
  const at = Sql.sql`date_bin(${half(minutes)}, f.at, ${ORIGIN})`
  return Sql.sql`
    SELECT k.key, k.from_at, k.until_at, ${at}
    FROM ${touched(scope)}, LATERAL (
      ${failure} AND a.at > k.from_at - 2 * ${length(minutes)} ORDER BY a.at LIMIT 1) f
    UNION ALL
    SELECT k.key, k.from_at, k.until_at, ${at}
    FROM slot k, LATERAL (${failure} AND a.at >= k.start + ${half(minutes)} ORDER BY a.at LIMIT 1) f`
}

/** The same of every key in a stretch of time. */
const everySlot = ({ from, until }: Span, level: Level, minutes: number) => Sql.sql`
  SELECT DISTINCT ${LEVELS[level].key}, ${from}::timestamptz, ${until}::timestamptz,
         date_bin(${half(minutes)}, a.at, ${ORIGIN})
  FROM attempt a
  WHERE ${LEVELS[level].key} IS NOT NULL AND ${STRANGER} AND a.at BETWEEN ${from}::timestamptz AND ${until}::timestamptz`

/** When the last failure of a window was, also where not all are counted. */
const lastIn = (scope: Scope, level: Level, minutes: number) => Sql.sql`(
  SELECT a.at FROM attempt a
  WHERE ${LEVELS[level].key} = c.key AND ${STRANGER} AND a.at >= c.start AND a.at < c.start + ${length(minutes)}
    AND ${bounds(scope, minutes)}
  ORDER BY a.at DESC LIMIT 1)`
const lastOf = (scope: Scope, level: Level, minutes: number) =>
  Sql.sql`CASE WHEN ${IS_FULL} THEN ${lastIn(scope, level, minutes)} ELSE max(c.at) END`

/** As constants, so that whole weeks are left out. */
function bounds(scope: Scope, minutes: number): Sql.Sql {
  const span = extent(scope) ?? NEVER
  return Sql.sql`a.at > ${new Date(span.from.getTime() - 2 * minutes * MINUTE_MS)}::timestamptz
    AND a.at < ${new Date(span.until.getTime() + 2 * minutes * MINUTE_MS)}::timestamptz`
}

const NEVER: Span = { from: new Date(0), until: new Date(0) }

type TouchedScope = Scope & { kind: 'touched' }
const LEVELS = {
  account: {
    key: Sql.sql`a.account_no`,
    touched: ({ touched }: TouchedScope) => keys(touched.accounts, 'bigint'),
    named: Sql.empty,
  },
  address: {
    key: Sql.sql`a.ip`,
    touched: ({ touched }: TouchedScope) => keys(touched.addresses, 'inet'),
    named: Sql.sql`host(c.key) AS ip, NULL::bigint AS asn`,
  },
  network: {
    key: Sql.sql`cordon_network(a.ip)`,
    touched: ({ touched }: TouchedScope) => keys(touched.networks, 'cidr'),
    named: Sql.sql`c.key::text AS ip, NULL::bigint AS asn`,
  },
  system: {
    key: Sql.sql`a.asn`,
    touched: ({ touched }: TouchedScope) => keys(touched.systems, 'bigint'),
    named: Sql.sql`NULL::text AS ip, c.key AS asn`,
  },
} as const

/**
 * Touched keys as the relation `k(key, from_at, until_at)`. As texts: Prisma binds arrays of bigint
 * eight times slower.
 */
export function keys<Key extends bigint | string>(
  touched: ReadonlyMap<Key, Span>,
  type: 'bigint' | 'inet' | 'cidr',
): Sql.Sql {
  const spans = [...touched.values()]
  const times = (pick: (span: Span) => Date) =>
    `{${spans.map((span) => `"${pick(span).toISOString()}"`).join(',')}}`
  return Sql.sql`unnest(${`{${[...touched.keys()].join(',')}}`}::text::${Sql.raw(type)}[],
      ${times(({ from }) => from)}::text::timestamptz[], ${times(({ until }) => until)}::text::timestamptz[])
    AS k(key, from_at, until_at)`
}

/** The attempts on touched accounts, as `a` beside `k`. */
export const accountsIn = (scope: Scope): Sql.Sql =>
  scope.kind === 'span'
    ? Sql.sql`(SELECT ${scope.span.from}::timestamptz AS from_at, ${scope.span.until}::timestamptz AS until_at) AS k, attempt a`
    : Sql.sql`${keys(scope.touched.accounts, 'bigint')} JOIN attempt a ON a.account_no = k.key`
