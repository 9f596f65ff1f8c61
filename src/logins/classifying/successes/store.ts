import { Sql, type Tx } from '../../../platform/db.js'
import type { Signal } from '../../signal.js'
import { COUNTED_AT_MOST, type JudgedLogin } from '../../windows.js'
import { keys } from '../counting/store.js'
import { ownPlace } from '../marking/store.js'
import { join, type Span } from '../touched.js'

/** A login that worked, as it is stored, with what happened around it. */
export type StoredLogin = JudgedLogin & { sourceNo: number; id: string; hostile: boolean }

/** Where to look: accounts from a time on, and (for the logins of attackers) sources around a time. */
export type Suspects = {
  accounts: ReadonlyMap<bigint, Span>
  sources: readonly (Span & { ip: string })[]
}

/**
 * Logins that worked and may be an attacker's: their account was attacked shortly before, or their
 * source attacks others at the time. Also those that are marked now and may have to be cleared.
 * Somebody whose account has no history yet is only blamed for attacks from where they are.
 */
export const suspectLogins = (
  tx: Tx,
  { accounts, sources }: Suspects,
  withinMinutes: number,
): Promise<StoredLogin[]> =>
  tx.$queryRaw<StoredLogin[]>`
    WITH candidate AS MATERIALIZED (
      SELECT a.* FROM ${keys(accounts, 'bigint')} JOIN attempt a ON a.account_no = k.key
      WHERE a.succeeded AND a.at >= k.from_at AND a.at >= ${earliest([...accounts.values()])}::timestamptz
      UNION
      SELECT a.*
      FROM unnest(${sources.map(({ ip }) => ip)}::text[]::inet[], ${sources.map(({ from }) => from)}::timestamptz[],
                  ${sources.map(({ until }) => until)}::timestamptz[]) AS s(ip, from_at, until_at)
      JOIN attempt a ON cordon_network(a.ip) = cordon_network(s.ip)
      WHERE a.succeeded AND a.account_no IS NOT NULL AND a.ip <<= s.ip
        AND a.at BETWEEN s.from_at - interval '1 hour' AND s.until_at + interval '1 hour'
        AND a.at >= ${earliest(sources)}::timestamptz - interval '1 hour'
    ), judged AS (
      SELECT c.*, attack.at AS attacked_at, attack.is_here, around.accounts, around.failures, welcome.successes
      FROM candidate c
      CROSS JOIN LATERAL (
        SELECT max(f.at) AS at, coalesce(bool_or(f.ip = c.ip), false) AS is_here
        FROM (SELECT f.at, f.ip FROM attempt f
              WHERE f.account_no = c.account_no AND f.hostile AND NOT f.succeeded AND f.at < c.at
                AND f.at >= c.at - make_interval(mins => ${withinMinutes}::int)
              ORDER BY f.at DESC, f.source_no, f.id LIMIT ${COUNTED_AT_MOST}) f) attack
      LEFT JOIN LATERAL (
        SELECT count(DISTINCT coalesce(f.account_no::text, f.username)) FILTER (WHERE f.account_no IS DISTINCT FROM c.account_no)::int AS accounts,
               count(*)::int AS failures,
               CASE WHEN count(*) >= ${COUNTED_AT_MOST} THEN max(f.at) ELSE c.at + interval '1 hour' END AS counted_until
        FROM (SELECT f.at, f.account_no, f.username FROM attempt f
              WHERE f.ip = c.ip AND NOT f.succeeded AND NOT f.familiar
                AND f.at BETWEEN c.at - interval '1 hour' AND c.at + interval '1 hour'
              ORDER BY f.at, f.source_no, f.id LIMIT ${COUNTED_AT_MOST}) f
        WHERE EXISTS (SELECT FROM signal g WHERE g.account_no IS NULL AND g.ip IS NOT NULL
                      AND cordon_network(g.ip) = cordon_network(c.ip) AND c.ip <<= g.ip
                      AND g.last_at >= c.at - interval '1 hour' AND g.first_at <= c.at + interval '1 hour')
      ) around ON true
      CROSS JOIN LATERAL (
        SELECT count(*) AS successes FROM (
          SELECT FROM attempt w
          WHERE around.failures > 0 AND w.ip = c.ip AND w.succeeded
            AND w.at BETWEEN c.at - interval '1 hour' AND around.counted_until
          ORDER BY w.at LIMIT ${10 * COUNTED_AT_MOST}) w) welcome
      WHERE c.hostile OR attack.at IS NOT NULL OR around.failures > 0
    )
    SELECT j.source_no AS "sourceNo", j.id, j.hostile, j.account_no AS "accountNo", host(j.ip) AS ip, j.at,
           ${ownPlace(Sql.sql`j`)} AS familiar,
           CASE WHEN j.is_here OR ${hasHistory} THEN j.attacked_at END AS "attackedAt",
           j.is_here AS "attackedFromHere", coalesce(j.failures, 0) AS failures, coalesce(j.accounts, 0) AS "failedOnOthers",
           coalesce(j.failures::float8 / nullif(j.failures + j.successes, 0), 0) AS "failureShare"
    FROM judged j`

/** Every account with something hostile in a stretch of time, for looking at history. */
export async function attackedAccounts(tx: Tx, span: Span): Promise<[bigint, Span][]> {
  const rows = await tx.$queryRaw<{ accountNo: bigint }[]>`
    SELECT DISTINCT account_no AS "accountNo" FROM attempt
    WHERE hostile AND account_no IS NOT NULL AND at BETWEEN ${span.from} AND ${span.until}`
  return rows.map(({ accountNo }) => [accountNo, span])
}

const hasHistory = Sql.sql`EXISTS (
  SELECT FROM attempt s WHERE s.account_no = j.account_no AND s.succeeded AND s.at < j.at - interval '1 day')`

const earliest = (spans: readonly Span[]): Date =>
  spans.reduce<Span | undefined>(join, undefined)?.from ?? new Date(0)

export type JudgedSuccess = { login: StoredLogin; signal: Signal | undefined }

/** Marks logins as judged; returns the accounts of those that became hostile. */
export async function markLogins(tx: Tx, judged: readonly JudgedSuccess[]): Promise<bigint[]> {
  const wrong = judged.filter(({ login, signal }) => login.hostile !== (signal !== undefined))
  if (wrong.length === 0) return []
  const rows = await tx.$queryRaw<{ accountNo: bigint; hostile: boolean }[]>`
    UPDATE attempt t SET hostile = NOT t.hostile
    FROM unnest(${wrong.map(({ login }) => login.sourceNo)}::int[], ${wrong.map(({ login }) => login.id)}::text[],
                ${wrong.map(({ login }) => login.at)}::timestamptz[]) AS w(source_no, id, at)
    WHERE t.source_no = w.source_no AND t.id = w.id AND t.at = w.at
    RETURNING t.account_no AS "accountNo", t.hostile`
  return rows.flatMap(({ accountNo, hostile }) => (hostile ? [accountNo] : []))
}

/** Takes back what was said about logins that turned out to be somebody's own. */
export async function deleteCleared(tx: Tx, judged: readonly JudgedSuccess[]): Promise<void> {
  const cleared = judged.flatMap(({ login, signal }) => [
    ...(signal?.kind === 'success_after_attack' ? [] : [{ kind: 'success_after_attack', login }]),
    ...(signal?.kind === 'success_from_attacker' ? [] : [{ kind: 'success_from_attacker', login }]),
  ])
  if (cleared.length === 0) return
  await tx.$executeRaw`
    DELETE FROM signal g
    USING unnest(${cleared.map(({ kind }) => kind)}::text[], ${cleared.map(({ login }) => login.accountNo)}::bigint[],
                 ${cleared.map(({ login }) => login.ip)}::text[]::inet[], ${cleared.map(({ login }) => login.at)}::timestamptz[])
            AS c(kind, account_no, ip, at)
    WHERE g.kind = c.kind AND g.account_no = c.account_no AND g.ip = c.ip AND g.first_at = c.at`
}
