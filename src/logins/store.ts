import type pg from 'pg'
import { type CopyValue, copyRows, Sql, type Tx } from '../platform/db.js'
import { matchKey } from '../values/alias.js'
import type { Attempt } from './attempt.js'
import {
  type AccountWindow,
  CATALOGUE,
  type Signal,
  type SourceWindow,
  type SuccessFacts,
} from './classify.js'

const COLUMNS = [
  'page',
  'index',
  'id',
  'account_id',
  'address',
  'match_key',
  'at',
  'ip',
  'succeeded',
  'reason',
  'user_agent',
  'device',
]

export type IntakeRow = { index: number; attempt: Attempt }

export async function copyIntake(pool: pg.Pool, page: string, rows: readonly IntakeRow[]) {
  await copyRows(pool, { table: 'attempt_intake', columns: COLUMNS }, intakeRows(page, rows))
}

function* intakeRows(page: string, rows: readonly IntakeRow[]): Generator<CopyValue[]> {
  for (const { index, attempt } of rows) {
    const { id, accountId, address, at, ip, succeeded, reason, userAgent, device } = attempt
    yield [
      page,
      index,
      id,
      accountId,
      address,
      address && matchKey(address),
      at,
      ip,
      succeeded,
      reason,
      userAgent,
      device,
    ]
  }
}

/** Merges a page; an id seen before from this source is the same attempt. Returns how many are new. */
export async function mergeIntake(tx: Tx, page: string, source: string): Promise<number> {
  return tx.$executeRaw`
    INSERT INTO attempt (source, id, account_no, username, at, ip, succeeded, reason, user_agent, device)
    SELECT DISTINCT ON (i.id) ${source}, i.id, a.no, CASE WHEN a.no IS NULL THEN coalesce(i.address, i.account_id) END,
           i.at, i.ip, i.succeeded, i.reason, i.user_agent, i.device
    FROM attempt_intake i
    LEFT JOIN LATERAL (
      SELECT no FROM account WHERE i.account_id IS NOT NULL AND id = i.account_id
      UNION ALL
      SELECT no FROM account WHERE i.account_id IS NULL AND match_key = i.match_key AND address = i.address
      LIMIT 1
    ) a ON true
    WHERE i.page = ${page}::uuid
    ORDER BY i.id, i.index
    ON CONFLICT (source, id) DO NOTHING`
}

export async function clearIntake(tx: Tx, page: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM attempt_intake WHERE page = ${page}::uuid`
}

export type Span = { from: Date; until: Date }

/** One classification at a time: each sees everything that was committed before it. */
export const lockClassification = (tx: Tx): Promise<number> =>
  tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('classification', 0))`

/**
 * Accounts with enough failures in one window that brute force is possible. Every window that
 * reaches into the span is counted whole, also where it lies outside.
 */
export const accountWindows = (tx: Tx, span: Span): Promise<AccountWindow[]> => {
  const { windowMinutes, failures } = CATALOGUE.bruteForce
  return tx.$queryRaw<AccountWindow[]>`
    SELECT account_no AS "accountNo", min(at) AS "firstAt", max(at) AS "lastAt",
           count(*)::int AS failures, count(DISTINCT ip)::int AS sources
    FROM attempt, ${windowsOf(windowMinutes)}
    WHERE ${reachesInto(span, windowMinutes)} AND NOT succeeded AND account_no IS NOT NULL
    GROUP BY account_no, win.start HAVING count(*) >= ${failures}`
}

/** Sources with enough failing accounts in one window that stuffing is possible, counted likewise. */
export const sourceWindows = (tx: Tx, span: Span): Promise<SourceWindow[]> => {
  const { windowMinutes, failures } = CATALOGUE.credentialStuffing
  return tx.$queryRaw<SourceWindow[]>`
    SELECT host(ip) AS ip, min(at) AS "firstAt", max(at) AS "lastAt",
           (count(*) FILTER (WHERE NOT succeeded))::int AS failures,
           (count(*) FILTER (WHERE succeeded))::int AS successes,
           (count(DISTINCT coalesce(account_no::text, username)) FILTER (WHERE NOT succeeded))::int AS accounts
    FROM attempt, ${windowsOf(windowMinutes)}
    WHERE ${reachesInto(span, windowMinutes)}
    GROUP BY ip, win.start HAVING count(*) FILTER (WHERE NOT succeeded) >= ${failures}`
}

/** The two windows each attempt falls into. They hop by half their length. */
const windowsOf = (minutes: number) => Sql.sql`
  LATERAL (VALUES (0), (1)) AS hop(half),
  LATERAL (SELECT date_bin(make_interval(mins => ${minutes}::int), at,
             timestamptz '2000-01-01' + make_interval(secs => half * ${minutes}::int * 30)) AS start) AS win`

const reachesInto = ({ from, until }: Span, minutes: number) => Sql.sql`
  at BETWEEN ${from}::timestamptz - make_interval(mins => ${minutes}::int)
         AND ${until}::timestamptz + make_interval(mins => ${minutes}::int)
  AND win.start <= ${until} AND win.start + make_interval(mins => ${minutes}::int) > ${from}`

const listed = (signals: readonly Signal[]) => Sql.sql`
  unnest(${signals.map((s) => s.kind)}::text[], ${signals.map((s) => s.accountNo)}::bigint[],
         ${signals.map((s) => s.ip)}::inet[], ${signals.map((s) => s.firstAt)}::timestamptz[],
         ${signals.map((s) => s.lastAt)}::timestamptz[], ${signals.map((s) => s.attempts)}::int[],
         ${signals.map((s) => s.says)}::text[])
    AS s(kind, account_no, ip, first_at, last_at, attempts, says)`

/** The attacks as `attack` and the failures they describe as `described`, on this connection. */
export async function gatherAttacks(tx: Tx, attacks: readonly Signal[]): Promise<void> {
  await tx.$executeRaw`CREATE TEMP TABLE attack ON COMMIT DROP AS SELECT * FROM ${listed(attacks)}`
  await tx.$executeRaw`ANALYZE attack`
  await tx.$executeRaw`
    CREATE TEMP TABLE described ON COMMIT DROP AS
    SELECT t.no FROM attack s JOIN attempt t ON t.account_no = s.account_no
    WHERE t.at BETWEEN s.first_at AND s.last_at AND NOT t.succeeded
    UNION
    SELECT t.no FROM attack s JOIN attempt t ON t.ip = s.ip
    WHERE t.at BETWEEN s.first_at AND s.last_at AND NOT t.succeeded`
  await tx.$executeRaw`ANALYZE described`
}

/** Makes exactly those failures of the span hostile that the gathered attacks describe. */
export async function markFailures(tx: Tx, span: Span): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempt t SET hostile = false
    WHERE t.hostile AND NOT t.succeeded AND t.at BETWEEN ${span.from} AND ${span.until}
      AND NOT EXISTS (SELECT FROM described d WHERE d.no = t.no)`
  await tx.$executeRaw`
    UPDATE attempt t SET hostile = true FROM described d WHERE t.no = d.no AND NOT t.hostile`
}

export type JudgedSuccess = SuccessFacts & { no: bigint; hostile: boolean }

/**
 * Successes within three hours after their source attacked the same account, judged: a source from
 * which the account was used a day and more before, when nobody attacked it from there, is its
 * owner's and is not blamed. Also judges again what is marked, and later successes from sources that
 * were used in the span.
 */
export const judgeSuccesses = (tx: Tx, span: Span): Promise<JudgedSuccess[]> =>
  tx.$queryRaw<JudgedSuccess[]>`
    WITH used AS (
      SELECT no, account_no, ip, at, hostile FROM attempt
      WHERE succeeded AND account_no IS NOT NULL AND at BETWEEN ${span.from} AND ${span.until}
    ), candidate AS (
      SELECT * FROM used
      UNION ALL
      SELECT l.no, l.account_no, l.ip, l.at, l.hostile FROM (SELECT DISTINCT account_no, ip FROM used) u
      JOIN attempt l ON l.account_no = u.account_no AND l.ip = u.ip AND l.succeeded AND l.at > ${span.until}
    )
    SELECT l.no, l.account_no AS "accountNo", host(l.ip) AS ip, l.at, coalesce(attack.at, l.at) AS "attackedAt",
           attack.at IS NOT NULL AND NOT EXISTS (
             SELECT FROM attempt own
             WHERE own.account_no = l.account_no AND own.ip = l.ip AND own.succeeded
               AND own.at < attack.at - interval '1 day'
               AND NOT EXISTS (SELECT ${attackOn(Sql.sql`own`)})) AS hostile
    FROM candidate l
    LEFT JOIN LATERAL (SELECT f.at ${attackOn(Sql.sql`l`)} ORDER BY f.at DESC LIMIT 1) attack ON true
    WHERE attack.at IS NOT NULL OR l.hostile`

/** Hostile failures of the same source on the same account in the time before a success. */
const attackOn = (success: Sql.Sql) => Sql.sql`
  FROM attempt f
  WHERE f.account_no = ${success}.account_no AND f.ip = ${success}.ip AND f.hostile AND NOT f.succeeded
    AND f.at < ${success}.at
    AND f.at >= ${success}.at - make_interval(mins => ${CATALOGUE.successAfterAttack.withinMinutes}::int)`

export async function markSuccesses(tx: Tx, judged: readonly JudgedSuccess[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempt t SET hostile = j.hostile
    FROM unnest(${judged.map((j) => j.no)}::bigint[], ${judged.map((j) => j.hostile)}::boolean[]) AS j(no, hostile)
    WHERE t.no = j.no AND t.hostile <> j.hostile`
}

/** Takes back signals that a later arrival has refuted or widened: those not found any more. */
export async function deleteRefuted(
  tx: Tx,
  span: Span,
  cleared: readonly JudgedSuccess[],
): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM signal g
    WHERE g.kind IN ('brute_force', 'credential_stuffing') AND g.first_at BETWEEN ${span.from} AND ${span.until}
      AND NOT EXISTS (SELECT FROM attack s WHERE s.kind = g.kind AND s.first_at = g.first_at
                      AND coalesce(s.account_no, -1) = coalesce(g.account_no, -1)
                      AND coalesce(s.ip, '0.0.0.0') = coalesce(g.ip, '0.0.0.0'))`
  await tx.$executeRaw`
    DELETE FROM signal g
    USING unnest(${cleared.map((c) => c.accountNo)}::bigint[], ${cleared.map((c) => c.ip)}::inet[],
                 ${cleared.map((c) => c.at)}::timestamptz[]) AS c(account_no, ip, at)
    WHERE g.kind = 'success_after_attack' AND g.account_no = c.account_no AND g.ip = c.ip AND g.first_at = c.at`
}

/** Stores signals; a burst found again, perhaps grown, is the same signal. Returns how many are new. */
export async function upsertSignals(tx: Tx, signals: readonly Signal[]): Promise<number> {
  const [row] = await tx.$queryRaw<{ raised: number }[]>`
    WITH stored AS (
      INSERT INTO signal AS g (kind, account_no, ip, first_at, last_at, attempts, says)
      SELECT DISTINCT ON (kind, account_no, ip, first_at) * FROM ${listed(signals)}
      ORDER BY kind, account_no, ip, first_at, last_at DESC, attempts DESC
      ON CONFLICT (kind, COALESCE(account_no, -1), COALESCE(ip, '0.0.0.0'::inet), first_at)
      DO UPDATE SET last_at = excluded.last_at, attempts = excluded.attempts, says = excluded.says
        WHERE (g.last_at, g.attempts, g.says) IS DISTINCT FROM (excluded.last_at, excluded.attempts, excluded.says)
      RETURNING xmax = 0 AS is_new)
    SELECT (count(*) FILTER (WHERE is_new))::int AS raised FROM stored`
  return row?.raised ?? 0
}

/** What is hostile about one account: signals on it, and on sources that tried it. */
export const signalsOf = (tx: Tx, accountNo: bigint) =>
  tx.$queryRaw<{ kind: string; at: Date; says: string }[]>`
    SELECT DISTINCT s.kind, s.last_at AS at, s.says FROM signal s
    WHERE s.account_no = ${accountNo}
       OR EXISTS (SELECT FROM attempt t WHERE t.account_no = ${accountNo} AND t.hostile AND t.ip = s.ip
                  AND t.at BETWEEN s.first_at AND s.last_at)
    ORDER BY at LIMIT 100`
