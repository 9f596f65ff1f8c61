import { Sql, type Tx } from '../../../platform/db.js'
import type { AccountWindow, PairWindow, PlatformWindow, SourceWindow } from '../../windows.js'
import { extent, type Scope, type Span } from '../touched.js'

// Windows hop by half their length, so that no burst hides on an edge, and begin at fixed times, so
// that what is found never depends on the order of arrival. Every window that could hold the same
// first attempt as one that was touched is counted, and counted whole.

const MINUTE_MS = 60_000

/** Accounts with enough failures in a window that something may be wrong. */
export const accountWindows = (
  tx: Tx,
  scope: Scope,
  window: { minutes: number; failures: number },
): Promise<AccountWindow[]> =>
  tx.$queryRaw<AccountWindow[]>`
    SELECT a.account_no AS "accountNo", min(a.at) AS "firstAt", max(a.at) AS "lastAt",
           count(*)::int AS failures, count(DISTINCT a.ip)::int AS sources,
           count(DISTINCT a.country)::int AS countries, count(DISTINCT a.asn)::int AS networks,
           count(DISTINCT a.user_agent)::int AS agents
    FROM ${accountsIn(scope)}, ${hops(window.minutes)}
    WHERE ${STRANGER} AND a.account_no IS NOT NULL AND ${within(scope, window.minutes)}
    GROUP BY a.account_no, win.start HAVING count(*) >= ${window.failures}`

/** One address on one account, likewise. */
export const pairWindows = (
  tx: Tx,
  scope: Scope,
  window: { minutes: number; failures: number },
): Promise<PairWindow[]> =>
  tx.$queryRaw<PairWindow[]>`
    SELECT a.account_no AS "accountNo", host(a.ip) AS ip, min(a.at) AS "firstAt", max(a.at) AS "lastAt",
           count(*)::int AS tries, count(DISTINCT a.device)::int AS devices,
           count(a.device)::int AS "triesWithDevice", count(DISTINCT a.user_agent)::int AS agents
    FROM ${accountsIn(scope)}, ${hops(window.minutes)}
    WHERE ${STRANGER} AND a.account_no IS NOT NULL AND ${within(scope, window.minutes)}
    GROUP BY a.account_no, a.ip, win.start HAVING count(*) >= ${window.failures}`

/** Sources of one level that failed often enough, with how their attempts spread over accounts. */
export const sourceWindows = (
  tx: Tx,
  scope: Scope,
  window: { level: SourceWindow['level']; minutes: number; failures: number },
): Promise<SourceWindow[]> => {
  const { key, sources, sameAs, named } = LEVELS[window.level]
  const ends = Sql.sql`make_interval(mins => ${window.minutes}::int)`
  return tx.$queryRaw<SourceWindow[]>`
    WITH candidate AS MATERIALIZED (
      SELECT ${key} AS key, win.start
      FROM ${sources(scope)}, ${hops(window.minutes)}
      WHERE ${STRANGER} AND ${key} IS NOT NULL AND ${within(scope, window.minutes)}
      GROUP BY ${key}, win.start HAVING count(*) >= ${window.failures}
    ), tried AS (
      SELECT c.key, c.start, coalesce(a.account_no::text, a.username) AS target, count(*)::int AS tries,
             min(a.at) AS first_at, max(a.at) AS last_at
      FROM candidate c JOIN attempt a ON ${sameAs} AND a.at >= c.start AND a.at < c.start + ${ends}
      WHERE ${STRANGER} AND ${bounds(scope, window.minutes)}
      GROUP BY c.key, c.start, target
    )
    SELECT ${window.level} AS level, ${named},
           min(t.first_at) AS "firstAt", max(t.last_at) AS "lastAt", sum(t.tries)::int AS failures,
           (SELECT count(*)::int FROM attempt a, (SELECT t.key) c
            WHERE ${sameAs} AND a.succeeded AND a.at >= t.start AND a.at < t.start + ${ends}
              AND ${bounds(scope, window.minutes)}) AS successes,
           count(*)::int AS accounts, max(t.tries) AS "mostPerAccount",
           (count(*) FILTER (WHERE t.tries <= 2))::int AS "accountsTriedUpToTwice",
           (count(*) FILTER (WHERE t.tries BETWEEN 2 AND 6))::int AS "accountsTriedTwoToSixTimes"
    FROM tried t GROUP BY t.key, t.start`
}

/** Counts the platform's windows anew and returns the busy ones that have a day to be compared with. */
export async function platformWindows(
  tx: Tx,
  scope: Scope,
  window: { minutes: number; failures: number },
): Promise<PlatformWindow[]> {
  const span = extent(scope)
  if (!span) return []
  const ends = Sql.sql`make_interval(mins => ${window.minutes}::int)`
  const counted = await tx.$queryRaw<(PlatformWindow & { start: Date })[]>`
    SELECT win.start, min(a.at) AS "firstAt", max(a.at) AS "lastAt", count(*)::int AS failures,
           count(DISTINCT a.ip)::int AS sources, count(DISTINCT a.account_no)::int AS accounts, 0 AS usual
    FROM attempt a, ${hops(window.minutes)}
    WHERE ${STRANGER} AND a.account_no IS NOT NULL AND ${bounds(scope, window.minutes)}
      AND win.start > ${span.from}::timestamptz - 2 * ${ends} AND win.start <= ${span.until}::timestamptz + ${ends}
    GROUP BY win.start ORDER BY win.start`
  await tx.$executeRaw`
    INSERT INTO platform_tally (start_at, failures)
    SELECT * FROM unnest(${counted.map(({ start }) => start)}::timestamptz[], ${counted.map(({ failures }) => failures)}::int[])
    ON CONFLICT (start_at) DO UPDATE SET failures = excluded.failures, counted_at = clock_timestamp()`
  const busy = counted.filter(({ failures }) => failures >= window.failures)
  const usual = await usualBefore(
    tx,
    busy.map(({ start }) => start),
  )
  return busy.flatMap(({ start, ...counts }) => {
    const found = usual.get(start.getTime())
    return found === undefined ? [] : [{ ...counts, usual: found }]
  })
}

/**
 * The lower quartile of the day before each start: what the least attacked windows hold. Without a
 * day of history nothing is known to be unusual.
 */
async function usualBefore(tx: Tx, starts: readonly Date[]): Promise<Map<number, number>> {
  const rows = await tx.$queryRaw<{ start: Date; usual: number }[]>`
    SELECT w.start, day.usual
    FROM unnest(${starts}::timestamptz[]) AS w(start), LATERAL (
      SELECT percentile_disc(0.25) WITHIN GROUP (ORDER BY failures)::int AS usual, count(*) AS windows,
             min(start_at) AS since
      FROM platform_tally
      WHERE start_at >= w.start - interval '1 day' AND start_at < w.start) day
    WHERE day.since < w.start - interval '20 hours' AND day.windows >= 8`
  return new Map(rows.map(({ start, usual }) => [start.getTime(), usual]))
}

/** A failure from a place that is not established as the account's own. */
const STRANGER = Sql.sql`NOT a.succeeded AND NOT a.familiar`

/** The two windows each attempt falls into. */
const hops = (minutes: number) => Sql.sql`
  LATERAL (VALUES (0), (1)) AS hop(half),
  LATERAL (SELECT date_bin(make_interval(mins => ${minutes}::int), a.at,
             timestamptz '2000-01-01' + make_interval(secs => hop.half * ${minutes}::int * 30)) AS start) AS win`

const within = (scope: Scope, minutes: number) => Sql.sql`
  win.start > k.from_at - make_interval(mins => 2 * ${minutes}::int)
  AND win.start <= k.until_at + make_interval(mins => ${minutes}::int)
  AND a.at > k.from_at - make_interval(mins => 2 * ${minutes}::int)
  AND a.at < k.until_at + make_interval(mins => 2 * ${minutes}::int) AND ${bounds(scope, minutes)}`

/** The same as constants, so that whole weeks are left out. */
function bounds(scope: Scope, minutes: number): Sql.Sql {
  const span = extent(scope) ?? NEVER
  return Sql.sql`a.at > ${new Date(span.from.getTime() - 2 * minutes * MINUTE_MS)}::timestamptz
    AND a.at < ${new Date(span.until.getTime() + 2 * minutes * MINUTE_MS)}::timestamptz`
}

const NEVER: Span = { from: new Date(0), until: new Date(0) }

const spanKey = ({ from, until }: Span) =>
  Sql.sql`(SELECT ${from}::timestamptz AS from_at, ${until}::timestamptz AS until_at) AS k, attempt a`

export const accountsIn = (scope: Scope): Sql.Sql =>
  scope.kind === 'span'
    ? spanKey(scope.span)
    : Sql.sql`${keys(scope.touched.accounts, 'bigint')} JOIN attempt a ON a.account_no = k.key`

const networksIn = (scope: Scope): Sql.Sql =>
  scope.kind === 'span'
    ? spanKey(scope.span)
    : Sql.sql`${keys(scope.touched.networks, 'cidr')} JOIN attempt a ON cordon_network(a.ip) = k.key`

const systemsIn = (scope: Scope): Sql.Sql =>
  scope.kind === 'span'
    ? spanKey(scope.span)
    : Sql.sql`${keys(scope.touched.systems, 'bigint')} JOIN attempt a ON a.asn = k.key`

const LEVELS = {
  address: {
    key: Sql.sql`a.ip`,
    sources: networksIn,
    sameAs: Sql.sql`cordon_network(a.ip) = cordon_network(c.key) AND a.ip = c.key`,
    named: Sql.sql`host(t.key) AS ip, NULL::bigint AS asn`,
  },
  network: {
    key: Sql.sql`cordon_network(a.ip)`,
    sources: networksIn,
    sameAs: Sql.sql`cordon_network(a.ip) = c.key`,
    named: Sql.sql`t.key::text AS ip, NULL::bigint AS asn`,
  },
  system: {
    key: Sql.sql`a.asn`,
    sources: systemsIn,
    sameAs: Sql.sql`a.asn = c.key`,
    named: Sql.sql`NULL::text AS ip, t.key AS asn`,
  },
} as const

/**
 * Touched keys as the relation `k(key, from_at, until_at)`. As texts: Prisma binds arrays of bigint
 * eight times slower.
 */
export function keys<Key extends bigint | string>(
  touched: ReadonlyMap<Key, Span>,
  type: 'bigint' | 'cidr',
): Sql.Sql {
  const spans = [...touched.values()]
  const times = (pick: (span: Span) => Date) =>
    `{${spans.map((span) => `"${pick(span).toISOString()}"`).join(',')}}`
  return Sql.sql`unnest(${`{${[...touched.keys()].join(',')}}`}::text::${Sql.raw(type)}[],
      ${times(({ from }) => from)}::text::timestamptz[], ${times(({ until }) => until)}::text::timestamptz[])
    AS k(key, from_at, until_at)`
}
