import { Sql, type Tx } from '../../platform/db.js'
import type { ReportFacts } from './facts.js'

export type StoredFacts = Omit<ReportFacts, 'sweep' | 'transport'>

/** The rows of a query as one JSON value, so that many grouped counts fit into one statement. */
const rows = (query: Sql.Sql) =>
  Sql.sql`(SELECT coalesce(json_agg(to_json(q)), '[]') FROM (${query}) q)`
const row = (query: Sql.Sql) => Sql.sql`(SELECT to_json(q) FROM (${query}) q)`

/**
 * Everything but the sweep's own row, read by one statement: one snapshot, whatever the isolation
 * level, so that the numbers of a sweep that is still running add up too.
 */
export async function readFacts(
  tx: Tx,
  sweep: { id: string; incidentId: string; policyVersion: string; listIds: string[] },
): Promise<StoredFacts> {
  const { id, incidentId, policyVersion, listIds } = sweep
  const [read] = await tx.$queryRaw<[Record<string, unknown>]>`
    SELECT to_json(statement_timestamp()) AS "asOf",
      ${row(Sql.sql`SELECT id, title, kind, occurred_at AS "occurredAt", detected_at AS "detectedAt"
                    FROM incident WHERE id = ${incidentId}`)} AS incident,
      ${row(Sql.sql`SELECT sha256, body->'tiers' AS tiers, body->'rules' AS rules
                    FROM policy WHERE version = ${policyVersion}`)} AS policy,
      ${rows(Sql.sql`SELECT id, name, format, sha256, entries, accepted, duplicates, rejected
                     FROM list WHERE id = ANY(${listIds}) ORDER BY created_at, id`)} AS lists,
      ${rows(Sql.sql`SELECT approver, plan_digest AS "planDigest", expected_resets AS "expectedResets", at
                     FROM approval WHERE sweep_id = ${id} ORDER BY at`)} AS approvals,
      ${rows(actionGroups(id))} AS groups,
      (SELECT count(*)::int FROM outcome WHERE sweep_id = ${id}) AS "outcomeRows",
      ${holdsApplied(id)} AS "holdsApplied",
      ${rows(chunkPhases(id))} AS chunks,
      ${rows(resetGroups(id))} AS resets,
      ${accountsCompleted(id)} AS "accountsCompleted",
      ${rows(mailGroups(id))} AS mails,
      ${row(mailRun(id))} AS "mailRun",
      ${rows(waves(id))} AS waves,
      ${rows(caseGroups(id))} AS cases,
      ${rows(Sql.sql`SELECT kind, actor, detail->>'reason' AS reason, at FROM audit_event
                     WHERE subject = ${`sweep:${id}`} ORDER BY id`)} AS events,
      ${rows(auditedKinds(id))} AS audited`
  return withDates(read) as StoredFacts
}

const actionGroups = (sweepId: string) => Sql.sql`
  SELECT v.score, v.tier, v.reasons, v.effects, v.outcome AS planned, g.outcome, g.reason, g.accounts
  FROM (SELECT a.verdict_no, o.outcome, o.reason, count(*)::int AS accounts
        FROM action a LEFT JOIN outcome o ON o.sweep_id = a.sweep_id AND o.account_no = a.account_no
        WHERE a.sweep_id = ${sweepId} GROUP BY a.verdict_no, o.outcome, o.reason) g
  JOIN verdict v ON v.sweep_id = ${sweepId} AND v.no = g.verdict_no`

const holdsApplied = (sweepId: string) => Sql.sql`(
  SELECT count(*)::int FROM chunk c
  JOIN action a ON a.sweep_id = c.sweep_id AND a.seq BETWEEN c.first_seq AND c.last_seq
  JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no
  WHERE c.sweep_id = ${sweepId} AND c.phase = 'hold' AND c.done_at IS NOT NULL
    AND 'hold' = ANY(v.effects))`

const chunkPhases = (sweepId: string) => Sql.sql`
  SELECT phase, count(*)::int AS chunks, count(done_at)::int AS "chunksDone",
         sum(last_seq - first_seq + 1)::int AS accounts,
         coalesce(sum(last_seq - first_seq + 1) FILTER (WHERE done_at IS NOT NULL), 0)::int AS "accountsDone",
         sum(failures)::int AS failures, max(done_at) AS "lastDoneAt"
  FROM chunk WHERE sweep_id = ${sweepId} GROUP BY phase`

/** A reset and an outcome of one transaction carry the same `now()`, to the microsecond. */
const resetGroups = (sweepId: string) => Sql.sql`
  SELECT coalesce(r.ordered_at = o.at AND o.outcome = 'reset_ordered', false) AS "byRun", r.status,
         count(*)::int AS resets, count(r.opened_at)::int AS opened,
         min(r.completed_at) AS "firstCompletedAt", max(r.completed_at) AS "lastCompletedAt"
  FROM reset r LEFT JOIN outcome o ON o.sweep_id = ${sweepId} AND o.account_no = r.account_no
  WHERE r.sweep_id = ${sweepId} GROUP BY 1, 2`

const accountsCompleted = (sweepId: string) => Sql.sql`(
  SELECT count(*)::int FROM outcome o
  WHERE o.sweep_id = ${sweepId} AND o.outcome = 'reset_ordered'
    AND EXISTS (SELECT FROM reset r WHERE r.sweep_id = ${sweepId} AND r.account_no = o.account_no
                AND r.status = 'completed'))`

const mailGroups = (sweepId: string) => Sql.sql`
  SELECT purpose, status, count(*)::int AS mails, min(accepted_at) AS "firstAcceptedAt",
         max(accepted_at) AS "lastAcceptedAt"
  FROM mail WHERE sweep_id = ${sweepId} GROUP BY purpose, status`

const mailRun = (sweepId: string) => Sql.sql`
  SELECT cardinality(seeds) AS seeds, begun_at AS "begunAt", ended_at AS "endedAt",
         (SELECT count(*)::int FROM mail m WHERE m.sweep_id = r.sweep_id AND m.status = 'staged'
          AND m.wave IS NULL) AS waiting
  FROM mail_run r WHERE sweep_id = ${sweepId}`

const waves = (sweepId: string) => Sql.sql`
  SELECT w.no, w.mails, w.released_at AS "releasedAt", w.verified_at AS "verifiedAt",
         w.stopped_at AS "stoppedAt", w.stop_reason AS "stopReason", coalesce(m.accepted, 0) AS accepted,
         coalesce(m.refused, 0) AS refused, m.last_at AS "lastAcceptedAt"
  FROM mail_wave w
  LEFT JOIN (SELECT wave, (count(*) FILTER (WHERE status = 'accepted'))::int AS accepted,
                    (count(*) FILTER (WHERE status = 'rejected'))::int AS refused, max(accepted_at) AS last_at
             FROM mail WHERE sweep_id = ${sweepId} AND wave IS NOT NULL AND round = 0
               AND purpose IN ('reset', 'notice', 'hold') GROUP BY wave) m ON m.wave = w.no
  WHERE w.sweep_id = ${sweepId} ORDER BY w.no`

const caseGroups = (sweepId: string) => Sql.sql`
  SELECT coalesce(c.opened_at = o.at, false) AS "byRun", c.tier, c.status, c.decision,
         c.decision_reason AS "decisionReason", count(*)::int AS cases,
         (count(*) FILTER (WHERE c.status <> 'decided' AND c.due_at < statement_timestamp()))::int AS overdue
  FROM review_case c LEFT JOIN outcome o ON o.sweep_id = ${sweepId} AND o.account_no = c.account_no
  WHERE c.sweep_id = ${sweepId} GROUP BY 1, 2, 3, 4, 5`

const auditedKinds = (sweepId: string) => Sql.sql`
  SELECT kind, count(*)::int AS rows FROM audit_event
  WHERE kind IN ('account.held', 'account.released', 'reset.ordered', 'sweep.action_superseded')
    AND detail->>'sweep' = ${sweepId} GROUP BY kind`

/** JSON has no dates: whatever is named like one (`at`, `…At`) becomes one. */
function withDates(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return /^at$|At$|^asOf$/.test(name) ? new Date(value) : value
  if (Array.isArray(value)) return value.map((each) => withDates(each))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withDates(inner, key)]),
  )
}

/** One account of a sweep as it is reported. It names the account, never its address. */
export type AccountRow = {
  seq: number
  accountId: string
  match: string
  score: number
  tier: string
  reasons: string[]
  effects: string[]
  outcome: string | null
  reason: string | null
  hostileAttempts: number
  hostileSuccesses: number
  hostileSources: number
  batches: number
  firstExposedAt: Date
}

/** The next accounts in the plan's order. Keyset: the last page costs what the first one does. */
export const accountPage = (
  tx: Tx,
  sweepId: string,
  page: { after: number; take: number },
): Promise<AccountRow[]> =>
  tx.$queryRaw<AccountRow[]>`
    WITH page AS MATERIALIZED (
      SELECT * FROM action WHERE sweep_id = ${sweepId} AND seq > ${page.after} ORDER BY seq LIMIT ${page.take})
    SELECT p.seq, c.id AS "accountId", v.facts->>'match' AS match, v.score::int AS score, v.tier,
           v.reasons, v.effects, o.outcome, o.reason, p.hostile_attempts AS "hostileAttempts",
           p.hostile_successes AS "hostileSuccesses", p.hostile_sources AS "hostileSources",
           p.batches, p.first_exposed_at AS "firstExposedAt"
    FROM page p
    JOIN account c ON c.no = p.account_no
    JOIN verdict v ON v.sweep_id = p.sweep_id AND v.no = p.verdict_no
    LEFT JOIN outcome o ON o.sweep_id = p.sweep_id AND o.account_no = p.account_no
    ORDER BY p.seq`
