import { Sql, type Tx } from '../../../platform/db.js'
import type { PlatformWindow } from '../../windows.js'
import { STRANGER } from '../counting/store.js'
import { extent, type Scope } from '../touched.js'

/** One network counts at most so often in a window: who fails from a single place is not everywhere. */
const PER_NETWORK = 5
const COUNTS = Sql.sql`no <= ${PER_NETWORK}`
/** Of a window with more failures only each so-manieth account is looked at, and stands for as many. */
const LOOKED_AT = 20_000

/** Counts the touched windows of the platform anew. Windows begin every half of their length. */
export async function tally(tx: Tx, scope: Scope, minutes: number): Promise<void> {
  const spans = scope.kind === 'span' ? [scope.span] : [...scope.touched.platform.values()]
  if (spans.length === 0) return
  const length = Sql.sql`make_interval(mins => ${minutes}::int)`
  const half = Sql.sql`make_interval(secs => ${minutes * 30}::int)`
  await tx.$executeRaw`
    WITH touched AS (
      SELECT DISTINCT w.start
      FROM unnest(${spans.map(({ from }) => from)}::timestamptz[], ${spans.map(({ until }) => until)}::timestamptz[]) AS k(from_at, until_at),
           generate_series(date_bin(${half}, k.from_at, timestamptz '2000-01-01') - ${half}, k.until_at, ${half}) AS w(start)
    ), sized AS (
      SELECT w.start, max(a.at) AS last_at, ceil(count(*) / ${LOOKED_AT}::float8)::bigint AS stands_for
      FROM touched w JOIN attempt a ON a.at >= w.start AND a.at < w.start + ${length}
      WHERE ${STRANGER} AND a.account_no IS NOT NULL GROUP BY w.start
    ), numbered AS (
      SELECT w.*, a.at, a.ip, a.account_no,
             row_number() OVER (PARTITION BY w.start, cordon_network(a.ip) ORDER BY a.at, a.source_no, a.id) AS no
      FROM sized w JOIN attempt a ON a.at >= w.start AND a.at < w.start + ${length}
      WHERE ${STRANGER} AND a.account_no % w.stands_for = 0
    ), counted AS (
      SELECT start, min(at) AS first_at, max(last_at) AS last_at,
             ((count(*) FILTER (WHERE ${COUNTS})) * max(stands_for))::int AS failures,
             (count(DISTINCT ip) FILTER (WHERE ${COUNTS}))::int AS sources,
             ((count(DISTINCT account_no) FILTER (WHERE ${COUNTS})) * max(stands_for))::int AS accounts
      FROM numbered GROUP BY start
    ), emptied AS (
      DELETE FROM platform_tally t USING touched w
      WHERE t.start_at = w.start AND NOT EXISTS (SELECT FROM counted c WHERE c.start = w.start)
    )
    INSERT INTO platform_tally AS t (start_at, first_at, last_at, failures, sources, accounts)
    SELECT * FROM counted ORDER BY start
    ON CONFLICT (start_at) DO UPDATE
      SET first_at = excluded.first_at, last_at = excluded.last_at, failures = excluded.failures,
          sources = excluded.sources, accounts = excluded.accounts, counted_at = clock_timestamp()`
}

/**
 * The busy windows of a scope that have a day to be compared with. What is usual is the lower
 * quartile of the day before: what the least attacked windows hold. Without a day of history nothing
 * is known to be unusual.
 */
export async function platformWindows(
  tx: Tx,
  scope: Scope,
  { minutes, failures }: { minutes: number; failures: number },
): Promise<PlatformWindow[]> {
  const span = extent(scope)
  if (!span) return []
  const length = Sql.sql`make_interval(mins => ${minutes}::int)`
  return tx.$queryRaw<PlatformWindow[]>`
    SELECT w.first_at AS "firstAt", w.last_at AS "lastAt", w.failures, w.sources, w.accounts, day.usual
    FROM platform_tally w, LATERAL (
      SELECT percentile_disc(0.25) WITHIN GROUP (ORDER BY t.failures)::int AS usual, count(*) AS windows,
             min(t.start_at) AS since
      FROM platform_tally t
      WHERE t.start_at >= w.start_at - interval '1 day' AND t.start_at < w.start_at) day
    WHERE w.failures >= ${failures}
      AND w.start_at > ${span.from}::timestamptz - 2 * ${length} AND w.start_at <= ${span.until}::timestamptz + ${length}
      AND day.since < w.start_at - interval '20 hours' AND day.windows >= 8`
}
