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

/**
 * What is so about an account, as bits that its resets and their mails add up to: a hundred thousand
 * accounts then fall into few groups, which are counted again for every cut.
 */
const ACCEPTED = 1
const OPENED = 2
const COMPLETED = 4
const OPEN = 8
/** Some mail was accepted after the moment from which silence counts. */
const RECENT = 16

const FLAGS = (idleHours: number) => Sql.sql`bit_or(
    CASE WHEN m.status = 'accepted' THEN ${Sql.raw(String(ACCEPTED))} ELSE 0 END
  | CASE WHEN r.opened_at IS NOT NULL THEN ${Sql.raw(String(OPENED))} ELSE 0 END
  | CASE r.status WHEN 'completed' THEN ${Sql.raw(String(COMPLETED))} WHEN 'ordered' THEN ${Sql.raw(String(OPEN))} ELSE 0 END
  | CASE WHEN m.accepted_at >= now() - make_interval(secs => ${idleHours * 3600}::float8) THEN ${Sql.raw(String(RECENT))} ELSE 0 END)`

const countOf = (condition: Sql.Sql, step: string) =>
  Sql.sql`coalesce(sum(accounts) FILTER (WHERE ${condition}), 0)::int AS ${Sql.raw(step)}`
const all = (bits: number) => Sql.sql`flags & ${Sql.raw(`${bits} = ${bits}`)}`
const none = (bits: number) => Sql.sql`flags & ${Sql.raw(`${bits} = 0`)}`

/** Accounts of a group by the step they reached. */
const STEPS = Sql.join([
  countOf(Sql.sql`true`, 'ordered'),
  countOf(all(ACCEPTED), 'accepted'),
  countOf(all(OPENED), 'opened'),
  countOf(all(COMPLETED), 'completed'),
  countOf(Sql.sql`${all(OPEN | ACCEPTED)} AND ${none(RECENT)}`, 'idle'),
  countOf(none(OPEN | COMPLETED), 'withdrawn'),
])

export type FunnelQuestion = { incidentId: string; idleHours: number; partsAtMost: number }

/**
 * The accounts whose reset was ordered in this incident, by its sweeps, their watches or the people who
 * decided their cases: each once, as `seen`, with what is so about it. What an incident ordered is
 * defined here and nowhere else.
 */
const SEEN = ({ incidentId, idleHours }: Omit<FunnelQuestion, 'partsAtMost'>) => Sql.sql`
    swept AS (SELECT id FROM sweep WHERE incident_id = ${incidentId}),
    mail_key AS (
      SELECT id FROM swept
      UNION ALL SELECT w.id FROM watch_action w JOIN swept ON w.sweep_id = swept.id
      UNION ALL SELECT 'case:' || c.id || ':' || c.fence FROM review_case c JOIN swept ON c.sweep_id = swept.id
        WHERE c.decision = 'reset'),
    seen AS (
      SELECT r.account_no, ${FLAGS(idleHours)} AS flags, max(m.lane) AS lane
      FROM reset r
      LEFT JOIN (
        SELECT mail.reset_no, mail.status, mail.accepted_at, mail.lane FROM mail_key k JOIN mail ON mail.sweep_id = k.id
        WHERE mail.purpose IN ('reset', 'reminder')) m ON m.reset_no = r.no
      WHERE r.sweep_id IN (SELECT id FROM swept UNION ALL SELECT 'watch:' || id FROM swept)
      GROUP BY r.account_no)`

export type Steps = Pick<
  Part,
  'ordered' | 'accepted' | 'opened' | 'completed' | 'idle' | 'withdrawn'
>

/** How far all of them are. */
export async function countSteps(
  tx: Tx,
  asked: Omit<FunnelQuestion, 'partsAtMost'>,
): Promise<Steps> {
  const [row] = await tx.$queryRaw<[Steps]>`
    WITH ${SEEN(asked)}, grid AS (SELECT flags, count(*) AS accounts FROM seen GROUP BY flags)
    SELECT ${STEPS} FROM grid`
  return row
}

/**
 * The same, and by batch, lane and locale, the largest parts of each cut. An account in several batches
 * counts in each of them; a list of digests has no batches here.
 */
export const countFunnel = (
  tx: Tx,
  { incidentId, idleHours, partsAtMost }: FunnelQuestion,
): Promise<Part[]> =>
  tx.$queryRaw<Part[]>`
    WITH ${SEEN({ incidentId, idleHours })},
    facts AS MATERIALIZED (
      SELECT s.account_no, a.match_key, s.lane, a.locale, s.flags FROM seen s JOIN account a ON a.no = s.account_no),
    grid AS MATERIALIZED (
      SELECT lane, locale, flags, count(*) AS accounts FROM facts GROUP BY lane, locale, flags),
    listed AS (
      SELECT id, row_number() OVER () AS no FROM list WHERE incident_id = ${incidentId}),
    batch_grid AS (
      SELECT list_no, batch, flags, count(*) AS accounts FROM (
        SELECT DISTINCT l.no AS list_no, e.batch, f.account_no, f.flags
        FROM listed l JOIN entry e ON e.list_id = l.id JOIN facts f ON f.match_key = e.match_key) exposed
      GROUP BY list_no, batch, flags),
    parts AS (
      SELECT 'all' AS cut, NULL AS key, NULL AS list_id, NULL::int AS batch, ${STEPS} FROM grid
      UNION ALL SELECT 'lane', lane, NULL, NULL, ${STEPS} FROM grid GROUP BY lane
      UNION ALL SELECT 'locale', locale, NULL, NULL, ${STEPS} FROM grid GROUP BY locale
      UNION ALL SELECT 'batch', l.id || ':' || b.batch, l.id, b.batch, ${STEPS}
        FROM batch_grid b JOIN listed l ON l.no = b.list_no GROUP BY l.id, b.batch),
    ranked AS (
      SELECT *, row_number() OVER (PARTITION BY cut ORDER BY ordered DESC, key) AS rank FROM parts)
    SELECT p.cut, p.key, b.label, b.at, p.ordered, p.accepted, p.opened, p.completed, p.idle, p.withdrawn
    FROM ranked p LEFT JOIN batch b ON b.list_id = p.list_id AND b.no = p.batch
    WHERE p.rank <= ${partsAtMost} ORDER BY p.cut, p.rank`
