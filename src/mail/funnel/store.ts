import { Sql, type Tx } from '../../platform/db.js'

export type Cut = 'all' | 'batch' | 'lane' | 'locale'

/** Accounts of one part, each once; `label` and `at` are those of a batch. */
export type Part = {
  cut: Cut
  /** The lane or locale; a batch by its list and number. Null where it is not known. */
  key: string | null
  label: string | null
  at: Date | null
  ordered: number
  accepted: number
  opened: number
  completed: number
  idle: number
  withdrawn: number
}

export async function isIncident(tx: Tx, incidentId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<[{ known: boolean }]>`
    SELECT EXISTS (SELECT FROM incident WHERE id = ${incidentId}) AS known`
  return row.known
}

/** Room to count some hundred thousand accounts in memory; until the end of the transaction. */
export const makeRoom = (tx: Tx): Promise<number> => tx.$executeRaw`SET LOCAL work_mem = '64MB'`

/** Steps of one account, summed over a group. */
const STEPS = Sql.sql`
  count(*)::int AS ordered, (count(*) FILTER (WHERE accepted))::int AS accepted,
  (count(*) FILTER (WHERE opened))::int AS opened, (count(*) FILTER (WHERE completed))::int AS completed,
  (count(*) FILTER (WHERE idle))::int AS idle, (count(*) FILTER (WHERE withdrawn))::int AS withdrawn`

export type FunnelQuestion = { incidentId: string; idleHours: number; partsAtMost: number }

/**
 * How far the accounts are whose reset this incident's sweeps, their watches or the people who
 * decided their cases ordered: all of them, and by batch, lane and locale, the largest parts of each
 * cut. An account in several batches counts in each of them; a list of digests has no batches here.
 */
export const countFunnel = (
  tx: Tx,
  { incidentId, idleHours, partsAtMost }: FunnelQuestion,
): Promise<Part[]> =>
  tx.$queryRaw<Part[]>`
    WITH swept AS (SELECT id FROM sweep WHERE incident_id = ${incidentId}),
    ordered AS (
      SELECT account_no, bool_or(opened_at IS NOT NULL) AS opened, bool_or(status = 'completed') AS completed,
        bool_or(status = 'ordered') AS open
      FROM reset WHERE sweep_id IN (SELECT id FROM swept UNION ALL SELECT 'watch:' || id FROM swept)
      GROUP BY account_no),
    mail_key AS (
      SELECT id FROM swept
      UNION ALL SELECT w.id FROM watch_action w JOIN swept ON w.sweep_id = swept.id
      UNION ALL SELECT 'case:' || c.id || ':' || c.fence FROM review_case c JOIN swept ON c.sweep_id = swept.id
        WHERE c.decision = 'reset'),
    mailed AS (
      SELECT m.account_no, bool_or(m.status = 'accepted') AS accepted, max(m.accepted_at) AS last_at, max(m.lane) AS lane
      FROM mail_key k JOIN mail m ON m.sweep_id = k.id
      WHERE m.purpose IN ('reset', 'reminder') GROUP BY m.account_no),
    facts AS MATERIALIZED (
      SELECT o.account_no, a.match_key, m.lane, a.locale, coalesce(m.accepted, false) AS accepted, o.opened, o.completed,
        o.open AND coalesce(m.last_at < now() - make_interval(secs => ${idleHours * 3600}::float8), false) AS idle,
        NOT o.open AND NOT o.completed AS withdrawn
      FROM ordered o JOIN account a ON a.no = o.account_no LEFT JOIN mailed m ON m.account_no = o.account_no),
    exposed AS (
      SELECT DISTINCT e.list_id, e.batch, f.account_no, f.accepted, f.opened, f.completed, f.idle, f.withdrawn
      FROM list l JOIN entry e ON e.list_id = l.id JOIN facts f ON f.match_key = e.match_key
      WHERE l.incident_id = ${incidentId}),
    parts AS (
      SELECT CASE WHEN GROUPING(lane) = 0 THEN 'lane' WHEN GROUPING(locale) = 0 THEN 'locale' ELSE 'all' END AS cut,
        CASE WHEN GROUPING(lane) = 0 THEN lane WHEN GROUPING(locale) = 0 THEN locale END AS key,
        NULL AS list_id, NULL::int AS batch, ${STEPS}
      FROM facts GROUP BY GROUPING SETS ((), (lane), (locale))
      UNION ALL
      SELECT 'batch', list_id || ':' || batch, list_id, batch, ${STEPS}
      FROM exposed GROUP BY list_id, batch),
    ranked AS (
      SELECT *, row_number() OVER (PARTITION BY cut ORDER BY ordered DESC, key) AS rank FROM parts)
    SELECT p.cut, p.key, b.label, b.at, p.ordered, p.accepted, p.opened, p.completed, p.idle, p.withdrawn
    FROM ranked p LEFT JOIN batch b ON b.list_id = p.list_id AND b.no = p.batch
    WHERE p.rank <= ${partsAtMost} ORDER BY p.cut, p.rank`
