import type pg from 'pg'
import { type CopyValue, copyRows, type Tx } from '../platform/db.js'
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
    ON CONFLICT (source, id) DO NOTHING`
}

export async function clearIntake(tx: Tx, page: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM attempt_intake WHERE page = ${page}::uuid`
}

export type Span = { from: Date; until: Date }

/** Accounts with enough failures in one window that brute force is possible. */
export const accountWindows = (tx: Tx, span: Span): Promise<AccountWindow[]> => {
  const { windowMinutes, failures } = CATALOGUE.bruteForce
  return tx.$queryRaw<AccountWindow[]>`
    SELECT account_no AS "accountNo", min(at) AS "firstAt", max(at) AS "lastAt",
           count(*)::int AS failures, count(DISTINCT ip)::int AS sources
    FROM attempt, LATERAL (VALUES (0), (1)) AS hop(half)
    WHERE at BETWEEN ${span.from} AND ${span.until} AND NOT succeeded AND account_no IS NOT NULL
    GROUP BY account_no,
             date_bin(make_interval(mins => ${windowMinutes}::int), at,
                      timestamptz '2000-01-01' + make_interval(secs => half * ${windowMinutes}::int * 30))
    HAVING count(*) >= ${failures}`
}

/** Sources with enough failing accounts in one window that stuffing is possible. */
export const sourceWindows = (tx: Tx, span: Span): Promise<SourceWindow[]> => {
  const { windowMinutes, failures } = CATALOGUE.credentialStuffing
  return tx.$queryRaw<SourceWindow[]>`
    SELECT host(ip) AS ip, min(at) AS "firstAt", max(at) AS "lastAt",
           (count(*) FILTER (WHERE NOT succeeded))::int AS failures,
           (count(*) FILTER (WHERE succeeded))::int AS successes,
           (count(DISTINCT coalesce(account_no::text, username)) FILTER (WHERE NOT succeeded))::int AS accounts
    FROM attempt, LATERAL (VALUES (0), (1)) AS hop(half)
    WHERE at BETWEEN ${span.from} AND ${span.until}
    GROUP BY ip,
             date_bin(make_interval(mins => ${windowMinutes}::int), at,
                      timestamptz '2000-01-01' + make_interval(secs => half * ${windowMinutes}::int * 30))
    HAVING count(*) FILTER (WHERE NOT succeeded) >= ${failures}`
}

/** Marks what the signals describe as hostile: failures in them, and every attempt of a hostile source. */
export async function markHostile(tx: Tx, signals: readonly Signal[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempt t SET hostile = true
    FROM unnest(${signals.map((s) => s.accountNo)}::bigint[], ${signals.map((s) => s.ip)}::inet[],
                ${signals.map((s) => s.firstAt)}::timestamptz[], ${signals.map((s) => s.lastAt)}::timestamptz[])
         AS s(account_no, ip, first_at, last_at)
    WHERE NOT t.hostile AND t.at BETWEEN s.first_at AND s.last_at AND NOT t.succeeded
      AND (t.account_no = s.account_no OR t.ip = s.ip)`
}

/**
 * Successes from a source within three hours after it attacked the same account. A source that the
 * account used successfully before the attack is its owner's and is not blamed.
 */
export const successesAfterAttack = (tx: Tx, span: Span): Promise<SuccessFacts[]> =>
  tx.$queryRaw<SuccessFacts[]>`
    SELECT l.account_no AS "accountNo", host(l.ip) AS ip, l.at, attack.at AS "attackedAt"
    FROM attempt l
    CROSS JOIN LATERAL (
      SELECT f.at FROM attempt f
      WHERE f.account_no = l.account_no AND f.ip = l.ip AND f.hostile AND NOT f.succeeded AND f.at < l.at
        AND f.at >= l.at - make_interval(mins => ${CATALOGUE.successAfterAttack.withinMinutes}::int)
      ORDER BY f.at DESC LIMIT 1
    ) attack
    WHERE l.succeeded AND l.account_no IS NOT NULL AND l.at BETWEEN ${span.from} AND ${span.until}
      AND NOT EXISTS (
        SELECT FROM attempt own WHERE own.account_no = l.account_no AND own.ip = l.ip AND own.succeeded
          AND own.at < attack.at - interval '1 day')`

export async function markHostileSuccesses(tx: Tx, facts: readonly SuccessFacts[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempt t SET hostile = true
    FROM unnest(${facts.map((f) => f.accountNo)}::bigint[], ${facts.map((f) => f.ip)}::inet[],
                ${facts.map((f) => f.at)}::timestamptz[]) AS s(account_no, ip, at)
    WHERE t.account_no = s.account_no AND t.ip = s.ip AND t.at = s.at AND t.succeeded AND NOT t.hostile`
}

/** Stores signals; the same burst found again is the same signal. Returns how many are new. */
export async function insertSignals(tx: Tx, signals: readonly Signal[]): Promise<number> {
  return tx.$executeRaw`
    INSERT INTO signal (kind, account_no, ip, first_at, last_at, attempts, says)
    SELECT * FROM unnest(${signals.map((s) => s.kind)}::text[], ${signals.map((s) => s.accountNo)}::bigint[],
      ${signals.map((s) => s.ip)}::inet[], ${signals.map((s) => s.firstAt)}::timestamptz[],
      ${signals.map((s) => s.lastAt)}::timestamptz[], ${signals.map((s) => s.attempts)}::int[],
      ${signals.map((s) => s.says)}::text[])
    ON CONFLICT DO NOTHING`
}

/** What is hostile about one account: signals on it, and on sources that tried it. */
export const signalsOf = (tx: Tx, accountNo: bigint) =>
  tx.$queryRaw<{ kind: string; at: Date; says: string }[]>`
    SELECT DISTINCT s.kind, s.last_at AS at, s.says FROM signal s
    WHERE s.account_no = ${accountNo}
       OR EXISTS (SELECT FROM attempt t WHERE t.account_no = ${accountNo} AND t.hostile AND t.ip = s.ip
                  AND t.at BETWEEN s.first_at AND s.last_at)
    ORDER BY at LIMIT 100`
