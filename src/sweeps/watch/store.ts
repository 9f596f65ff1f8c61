import { Sql, type Tx } from '../../platform/db.js'
import type { Evidence } from '../../scoring/evidence.js'
import type { Effect, Priority } from '../../scoring/policy.js'
import type { Verdict } from '../decide.js'

export type Asked = { accountNo: bigint; because: string; receivedAt: Date }

/** Takes what asks for another look, oldest first, and locks the accounts: one look at a time each. */
export async function takeAsked(tx: Tx, limit: number): Promise<Asked[]> {
  const rows = await tx.$queryRaw<Asked[]>`
    DELETE FROM reassessment r
    USING (SELECT no FROM reassessment ORDER BY no LIMIT ${limit} FOR UPDATE SKIP LOCKED) n
    WHERE r.no = n.no
    RETURNING r.account_no AS "accountNo", r.because, r.received_at AS "receivedAt"`
  const first = new Map<bigint, Asked>()
  for (const row of rows.toSorted((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime())) {
    if (!first.has(row.accountNo)) first.set(row.accountNo, row)
  }
  await tx.$executeRaw`
    SELECT FROM account WHERE no = ANY(${listed([...first.keys()])}::text::bigint[]) ORDER BY no FOR NO KEY UPDATE`
  return [...first.values()]
}

/** An account under a flood is looked at as fast as any other: its newest hostile attempts are counted. */
const HOSTILE_AT_MOST = 1_000

/** As text: Prisma binds arrays of bigint eight times slower. */
const listed = (nos: readonly bigint[]) => `{${nos.join(',')}}`

export type WatchedAccount = {
  accountNo: bigint
  accountId: string
  sweepId: string
  policyVersion: string
  textRevision: string
  facts: Evidence
  ip: string | null
  entered: boolean
  held: boolean
  openRank: number | null
  decision: string | null
  decidedMinutesAgo: number | null
  enteredSinceDecision: boolean
}

/**
 * The accounts that a standing order covers, with their evidence as it is now: of every account the
 * newest finished sweep of an open incident whose watch nobody stopped. Holds those sweeps, so that
 * who stops a watch knows that nothing of it is in flight.
 */
export const watchedAmong = (tx: Tx, accountNos: readonly bigint[]): Promise<WatchedAccount[]> =>
  tx.$queryRaw<WatchedAccount[]>`
    WITH watching AS MATERIALIZED (
      SELECT s.* FROM sweep s JOIN incident i ON i.id = s.incident_id
      WHERE s.status = 'finished' AND s.watch_stopped_at IS NULL AND i.status = 'open'
      ORDER BY s.id FOR SHARE OF s
    ), watched AS (
      SELECT DISTINCT ON (a.account_no) a.account_no, a.verdict_no, a.batches, a.first_exposed_at, s.id AS sweep_id,
             s.policy_version, coalesce(s.text_revision, s.mail_revision) AS text_revision, s.window_start, s.finished_at
      FROM unnest(${listed(accountNos)}::text::bigint[]) AS asked (no)
      CROSS JOIN watching s
      JOIN action a ON a.sweep_id = s.id AND a.account_no = asked.no
      ORDER BY a.account_no, s.finished_at DESC
    )
    SELECT w.account_no AS "accountNo", c.id AS "accountId", w.sweep_id AS "sweepId",
           w.policy_version AS "policyVersion", w.text_revision AS "textRevision",
           host(h.ip) AS ip, coalesce(entry.successes, 0) > 0 AS entered,
           coalesce(s.value_held AND s.held_until IS NULL, false) AS held,
           waiting.rank::int AS "openRank", decided.decision,
           extract(epoch FROM now() - decided.decided_at)::float8 / 60 AS "decidedMinutesAgo",
           coalesce(entry.entered_at > decided.decided_at, false) AS "enteredSinceDecision",
           json_build_object(
             'match', v.facts->>'match',
             'secondFactor', CASE WHEN c.second_factors IS NULL THEN 'unknown'
                                  WHEN cardinality(c.second_factors) > 0 THEN 'present' ELSE 'absent' END,
             'balance', CASE WHEN c.balance IS NULL THEN 'unknown' WHEN c.balance > 0 THEN 'nonzero' ELSE 'zero' END,
             'hostileAttempts', coalesce(h.attempts, 0), 'hostileSuccesses', coalesce(entry.successes, 0),
             'hostileSources', coalesce(h.sources, 0), 'batches', w.batches,
             'passwordChangedSinceExposure', coalesce(c.password_changed_at > w.first_exposed_at, false),
             'resetSinceExposure', EXISTS (
               SELECT FROM reset r WHERE r.account_no = w.account_no AND r.status <> 'cancelled'
                 AND r.ordered_at > greatest(w.first_exposed_at, entry.entered_at))) AS facts
    FROM watched w
    JOIN account c ON c.no = w.account_no
    JOIN verdict v ON v.sweep_id = w.sweep_id AND v.no = w.verdict_no
    LEFT JOIN standing s ON s.account_no = w.account_no
    LEFT JOIN LATERAL (
      SELECT count(*)::int AS attempts, count(DISTINCT t.ip)::int AS sources, (array_agg(t.ip ORDER BY t.at DESC))[1] AS ip
      FROM (SELECT t.at, t.ip FROM attempt t WHERE t.hostile AND t.account_no = w.account_no
              AND t.at >= greatest(w.window_start, now() - interval '90 days')
            ORDER BY t.at DESC LIMIT ${HOSTILE_AT_MOST}) t) h ON true
    LEFT JOIN LATERAL (
      SELECT count(*)::int AS successes, max(least(t.at, t.received_at)) AS entered_at
      FROM attempt t WHERE t.hostile AND t.succeeded AND t.account_no = w.account_no
        AND t.at >= greatest(w.window_start, now() - interval '90 days')) entry ON true
    LEFT JOIN LATERAL (
      SELECT min(rank) AS rank FROM review_case r WHERE r.account_no = w.account_no AND r.status <> 'decided') waiting ON true
    LEFT JOIN LATERAL (
      SELECT r.decision, r.decided_at FROM review_case r
      WHERE r.account_no = w.account_no AND r.status = 'decided' AND r.decided_at > w.finished_at
      ORDER BY r.decided_at DESC LIMIT 1) decided ON true`

/** What the watch of a sweep has held or reset within the hour. Whoever counts is alone with it. */
export async function usedThisHour(tx: Tx, sweepId: string) {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`watch:${sweepId}`}, 0))`
  return tx.$queryRaw<{ ip: string | null; accounts: number; failuresOnly: number }[]>`
    SELECT host(ip) AS ip, count(*)::int AS accounts,
           (count(*) FILTER (WHERE (facts->>'hostileSuccesses')::int = 0))::int AS "failuresOnly"
    FROM watch_action
    WHERE sweep_id = ${sweepId} AND status = 'applied' AND applied_at > now() - interval '1 hour'
      AND effects && ARRAY['hold', 'reset'] GROUP BY ip`
}

export type WatchRow = {
  id: string
  sweepId: string
  accountNo: bigint
  because: string
  ip: string | null
  facts: Evidence
  verdict: Verdict
  status: 'applied' | 'waiting'
  receivedAt: Date
}

/** Writes down what was decided. An account that waits already keeps waiting, with what is known now. */
export async function insertWatchActions(tx: Tx, rows: readonly WatchRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.$executeRaw`
    INSERT INTO watch_action (id, sweep_id, account_no, because, ip, facts, score, reasons, tier, priority, effects,
                              status, received_at, applied_at)
    SELECT r.id, r.sweep_id, r.account_no, r.because, r.ip, r.facts, r.score, string_to_array(r.reasons, ','), r.tier,
           r.priority, string_to_array(r.effects, ','), r.status, r.received_at,
           CASE r.status WHEN 'applied' THEN clock_timestamp() END
    FROM unnest(${rows.map((r) => r.id)}::text[], ${rows.map((r) => r.sweepId)}::text[],
                ${rows.map((r) => r.accountNo)}::bigint[], ${rows.map((r) => r.because)}::text[],
                ${rows.map((r) => r.ip)}::text[]::inet[], ${rows.map((r) => JSON.stringify(r.facts))}::text[]::jsonb[],
                ${rows.map((r) => r.verdict.score)}::int[], ${rows.map((r) => r.verdict.reasons.join(','))}::text[],
                ${rows.map((r) => r.verdict.tier)}::text[], ${rows.map((r) => r.verdict.priority)}::text[],
                ${rows.map((r) => r.verdict.effects.join(','))}::text[], ${rows.map((r) => r.status)}::text[],
                ${rows.map((r) => r.receivedAt)}::timestamptz[])
         AS r(id, sweep_id, account_no, because, ip, facts, score, reasons, tier, priority, effects, status, received_at)
    ON CONFLICT (sweep_id, account_no) WHERE status = 'waiting'
    DO UPDATE SET facts = excluded.facts, score = excluded.score, reasons = excluded.reasons, tier = excluded.tier,
                  priority = excluded.priority, effects = excluded.effects, ip = excluded.ip`
}

/** Accounts that were waiting and have been acted on after all wait no longer. */
export const dismissWaiting = (tx: Tx, sweepId: string, accountNos: readonly bigint[]) =>
  tx.$executeRaw`
    UPDATE watch_action SET status = 'dismissed'
    WHERE sweep_id = ${sweepId} AND status = 'waiting' AND account_no = ANY(${listed(accountNos)}::text::bigint[])`

export type Waiting = {
  id: string
  accountNo: bigint
  accountId: string
  tier: string
  score: number
  reasons: string[]
  effects: Effect[]
  priority: Priority | null
  receivedAt: Date
}

/** Takes the most urgent accounts that wait for people. */
export const takeWaiting = (tx: Tx, sweepId: string, limit: number): Promise<Waiting[]> =>
  tx.$queryRaw<Waiting[]>`
    WITH taken AS (
      UPDATE watch_action SET status = 'applied', applied_at = clock_timestamp()
      WHERE id IN (SELECT w.id FROM watch_action w
                   WHERE w.sweep_id = ${sweepId} AND w.status = 'waiting'
                   ORDER BY w.score DESC, w.decided_at, w.id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING *)
    SELECT t.id, t.account_no AS "accountNo", a.id AS "accountId", t.tier, t.score::int AS score, t.reasons, t.effects,
           t.priority, t.received_at AS "receivedAt"
    FROM taken t JOIN account a ON a.no = t.account_no ORDER BY t.score DESC, t.id`

/** Stops or resumes a watch. Waits for looks in flight, which hold the sweep. */
export const turnWatch = (
  tx: Tx,
  sweepId: string,
  stop: { reason: string } | null,
): Promise<number> =>
  stop
    ? tx.$executeRaw`
        UPDATE sweep SET watch_stopped_at = now(), watch_stop_reason = ${stop.reason}
        WHERE id = ${sweepId} AND watch_stopped_at IS NULL`
    : tx.$executeRaw`
        UPDATE sweep SET watch_stopped_at = NULL, watch_stop_reason = NULL
        WHERE id = ${sweepId} AND watch_stopped_at IS NOT NULL`

/**
 * When a sweep finishes: accounts of it about which something was heard while it was planned and run,
 * and, when a watch goes on, what was heard while it stood still.
 */
export const askSince = (tx: Tx, sweepId: string, since: Date): Promise<number> =>
  tx.$executeRaw`
    INSERT INTO reassessment (account_no, because)
    SELECT DISTINCT t.account_no, 'sweep_finished'
    FROM attempt t JOIN action a ON a.sweep_id = ${sweepId} AND a.account_no = t.account_no
    WHERE t.hostile AND t.received_at >= ${since}::timestamptz AND t.at >= ${since}::timestamptz - interval '2 days'`

export type WatchFigures = {
  applied: number
  waiting: number
  dismissed: number
  lastHour: number
  byTier: Record<string, number>
  p50Ms: number | null
  p99Ms: number | null
  lastAt: Date | null
}

export async function figures(tx: Tx, sweepId: string): Promise<WatchFigures> {
  const [row] = await tx.$queryRaw<[WatchFigures]>`
    SELECT (count(*) FILTER (WHERE status = 'applied'))::int AS applied,
           (count(*) FILTER (WHERE status = 'waiting'))::int AS waiting,
           (count(*) FILTER (WHERE status = 'dismissed'))::int AS dismissed,
           (count(*) FILTER (WHERE status = 'applied' AND applied_at > now() - interval '1 hour'))::int AS "lastHour",
           (SELECT coalesce(json_object_agg(tier, n), '{}') FROM
             (SELECT tier, count(*)::int AS n FROM watch_action WHERE sweep_id = ${sweepId} AND status = 'applied' GROUP BY tier) t)
             AS "byTier",
           ${latency(0.5)} AS "p50Ms", ${latency(0.99)} AS "p99Ms", max(applied_at) AS "lastAt"
    FROM watch_action WHERE sweep_id = ${sweepId}`
  return row
}

const latency = (share: number) => Sql.sql`
  (percentile_cont(${share}) WITHIN GROUP (ORDER BY extract(epoch FROM applied_at - received_at) * 1000)
     FILTER (WHERE status = 'applied' AND because = 'hostile_attempt'))::float8`
