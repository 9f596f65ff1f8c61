import { Sql, type Tx } from '../../platform/db.js'

export type StoredAction = {
  seq: number
  accountId: string
  match: 'equal' | 'equivalent'
  score: number
  reasons: string[]
  tier: string
  priority: string | null
  effects: string[]
  planned: string
  outcome: string | null
  outcomeReason: string | null
  batches: number
  firstExposedAt: Date
  hostileAttempts: number
  hostileSuccesses: number
  hostileSources: number
  lastHostileAt: Date | null
}

export type ActionsWanted = {
  after: number
  take: number
  tier?: string | undefined
  outcome?: string | undefined
}

/**
 * The next actions in the plan's order. Tier and planned outcome belong to a verdict, of which there
 * are a few dozen. A plan is ordered by score, so a tier's actions lie together; finding where a rare
 * one begins reads what stands before it.
 */
export const actionPage = (
  tx: Tx,
  sweepId: string,
  wanted: ActionsWanted,
): Promise<StoredAction[]> =>
  tx.$queryRaw<StoredAction[]>`
    WITH page AS MATERIALIZED (${pageOf(sweepId, wanted)})
    SELECT p.seq, c.id AS "accountId", v.facts->>'match' AS match, v.score::int AS score, v.reasons, v.tier, v.priority,
           v.effects, v.outcome AS planned, o.outcome, o.reason AS "outcomeReason", p.batches,
           p.first_exposed_at AS "firstExposedAt", p.hostile_attempts AS "hostileAttempts",
           p.hostile_successes AS "hostileSuccesses", p.hostile_sources AS "hostileSources",
           p.last_hostile_at AS "lastHostileAt"
    FROM page p
    JOIN account c ON c.no = p.account_no
    JOIN verdict v ON v.sweep_id = p.sweep_id AND v.no = p.verdict_no
    LEFT JOIN outcome o ON o.sweep_id = p.sweep_id AND o.account_no = p.account_no
    ORDER BY p.seq`

function pageOf(sweepId: string, { after, take, tier, outcome }: ActionsWanted): Sql.Sql {
  if (tier === undefined && outcome === undefined) {
    return Sql.sql`SELECT * FROM action WHERE sweep_id = ${sweepId} AND seq > ${after} ORDER BY seq LIMIT ${take}`
  }
  if (outcome === 'superseded') return supersededPage(sweepId, { after, take, tier })
  const isStill =
    outcome === undefined
      ? Sql.empty
      : // A scalar subquery, because it is asked per row read: a join would be made for the whole plan.
        Sql.sql`AND (SELECT true FROM outcome o WHERE o.sweep_id = a.sweep_id AND o.account_no = a.account_no
                     AND o.outcome = 'superseded') IS NULL`
  return Sql.sql`
    SELECT * FROM action a
    WHERE a.sweep_id = ${sweepId} AND a.seq > ${after} AND a.verdict_no = ANY(ARRAY(
        SELECT v.no FROM verdict v
        WHERE v.sweep_id = ${sweepId} AND (${tier ?? null}::text IS NULL OR v.tier = ${tier ?? null})
          AND (${outcome ?? null}::text IS NULL OR v.outcome = ${outcome ?? null}))) ${isStill}
    ORDER BY a.seq LIMIT ${take}`
}

/** Few, as a rule: facts changed between plan and run. Each is looked up, instead of the plan searched. */
const supersededPage = (
  sweepId: string,
  { after, take, tier }: Pick<ActionsWanted, 'after' | 'take' | 'tier'>,
) => Sql.sql`
  WITH gone AS MATERIALIZED (
    SELECT account_no FROM outcome WHERE sweep_id = ${sweepId} AND outcome = 'superseded')
  SELECT a.* FROM gone CROSS JOIN LATERAL (
    SELECT * FROM action a WHERE a.sweep_id = ${sweepId} AND a.account_no = gone.account_no OFFSET 0) a
  JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no
  WHERE a.seq > ${after} AND (${tier ?? null}::text IS NULL OR v.tier = ${tier ?? null})
  ORDER BY a.seq LIMIT ${take}`

/** The names of the staff who asked for a sweep, approved it, or changed its state. */
export const peopleOf = (tx: Tx, sweepId: string) =>
  tx.$queryRaw<{ actor: string; name: string }[]>`
    SELECT x.actor, p.name FROM (
      SELECT requested_by AS actor FROM sweep WHERE id = ${sweepId}
      UNION SELECT approver FROM approval WHERE sweep_id = ${sweepId}
      UNION SELECT actor FROM audit_event WHERE subject = ${`sweep:${sweepId}`}) x
    JOIN staff p ON x.actor = 'staff:' || p.id
    ORDER BY x.actor`

export type SoFar = { outcome: string; accounts: number }

/** What became of the accounts that are done. */
export const outcomesSoFar = (tx: Tx, sweepId: string): Promise<SoFar[]> =>
  tx.$queryRaw<SoFar[]>`
    SELECT outcome, count(*)::int AS accounts FROM outcome WHERE sweep_id = ${sweepId} GROUP BY outcome`

export type BrokenChunk = {
  chunk: number
  phase: 'hold' | 'canary' | 'act'
  accounts: number
  failures: number
  lastFailure: string | null
  isDone: boolean
}

/** Chunks that broke off at least once, those that are not done first. */
export const brokenChunks = (tx: Tx, sweepId: string): Promise<BrokenChunk[]> =>
  tx.$queryRaw<BrokenChunk[]>`
    SELECT no AS chunk, phase, last_seq - first_seq + 1 AS accounts, failures, last_failure AS "lastFailure",
           done_at IS NOT NULL AS "isDone"
    FROM chunk WHERE sweep_id = ${sweepId} AND failures > 0
    ORDER BY done_at IS NOT NULL, no LIMIT 50`
