import { KEPT, type Tx } from '../platform/db.js'
import type { LoginRow } from './detectors/risk.js'
import type { Visit } from './windows.js'

/** Signals on the account, and on sources, systems or the platform whose hostile attempts hit it. */
export const signalsOf = (
  tx: Tx,
  accountNo: bigint,
): Promise<{ kind: string; at: Date; says: string }[]> =>
  tx.$queryRaw`
    ${KEPT} SELECT DISTINCT s.kind, s.last_at AS at, s.says FROM signal s
    WHERE s.account_no = ${accountNo}
       OR EXISTS (SELECT FROM attempt t WHERE t.account_no = ${accountNo} AND t.hostile
                  AND t.at BETWEEN s.first_at AND s.last_at AND s.account_no IS NULL
                  AND (t.ip <<= s.ip OR t.asn = s.asn OR (s.ip IS NULL AND s.asn IS NULL)))
    ORDER BY at LIMIT 100`

/** The account's logins of the last 90 days, the newest 500 of them, in order of time. */
export const visitsOf = (tx: Tx, accountNo: bigint): Promise<Visit[]> =>
  tx.$queryRaw<Visit[]>`
    ${KEPT} SELECT * FROM (
      SELECT at, host(ip) AS ip, country, asn, device, user_agent AS "userAgent", latitude::float8 AS latitude,
             longitude::float8 AS longitude, listed
      FROM attempt
      WHERE account_no = ${accountNo} AND succeeded AND at > now() - interval '90 days'
      ORDER BY at DESC LIMIT 500) newest
    ORDER BY at`

export type StoredAttempt = {
  at: Date
  ip: string
  country: string | null
  asn: bigint | null
  device: string | null
  userAgent: string | null
  listed: string | null
  succeeded: boolean
  hostile: boolean
  familiar: boolean
  reason: string | null
}

export const attemptsOn = (tx: Tx, accountNo: bigint, limit: number): Promise<StoredAttempt[]> =>
  tx.$queryRaw<StoredAttempt[]>`
    ${KEPT} SELECT at, host(ip) AS ip, country, asn, device, user_agent AS "userAgent", listed, succeeded, hostile, familiar, reason
    FROM attempt WHERE account_no = ${accountNo} ORDER BY at DESC LIMIT ${limit}`

/** A login as it is stored: its browser and operating system are still in the user agent. */
type StoredLogin = Omit<LoginRow, 'browser' | 'os'>
type TimedLogin = StoredLogin & { at: Date }

export const loginRowsOf = (tx: Tx, accountNo: bigint): Promise<TimedLogin[]> =>
  tx.$queryRaw<TimedLogin[]>`
    ${KEPT} SELECT at, account_no AS "accountNo", host(ip) AS ip, asn, country, user_agent AS "userAgent", device
    FROM attempt
    WHERE account_no = ${accountNo} AND succeeded AND NOT hostile AND at > now() - interval '90 days'
    ORDER BY at DESC LIMIT 1000`

const SAMPLED = 20_000

/** About twenty thousand logins of others, from pages drawn at random: what is usual everywhere. */
export const sampleOfLogins = (tx: Tx, accountNo: bigint): Promise<StoredLogin[]> =>
  tx.$queryRaw<StoredLogin[]>`
    SELECT account_no AS "accountNo", host(ip) AS ip, asn, country, user_agent AS "userAgent", device
    FROM attempt TABLESAMPLE SYSTEM ((
      SELECT least(100, 100.0 * 2 * ${SAMPLED}::int / greatest(1, sum(greatest(c.reltuples, 0))))::real
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'attempt'::regclass))
    WHERE succeeded AND NOT hostile AND account_no IS NOT NULL AND account_no <> ${accountNo}
    LIMIT ${SAMPLED}`

export type AttackedAlike = {
  accountNo: bigint
  account: string
  sources: number
  attempts: number
  wasEntered: boolean
  lastAt: Date
}

/**
 * What the newest twenty sources that attacked the account did elsewhere. Each source is read
 * through its own indexes and only so far, so that a botnet's victim costs no more than others.
 */
export const attackedAlike = (tx: Tx, accountNo: bigint): Promise<AttackedAlike[]> =>
  tx.$queryRaw<AttackedAlike[]>`
    ${KEPT} WITH source AS (
      SELECT ip FROM (
        SELECT ip, at FROM attempt WHERE account_no = ${accountNo} AND hostile AND at > now() - interval '90 days'
        ORDER BY at DESC LIMIT 1000) newest
      GROUP BY ip ORDER BY max(at) DESC LIMIT 20
    ), hit AS (
      SELECT s.ip, t.* FROM source s CROSS JOIN LATERAL (
        (SELECT account_no, at, succeeded FROM attempt
         WHERE ip = s.ip AND NOT succeeded AND NOT familiar AND hostile AND account_no IS NOT NULL
           AND at > now() - interval '90 days' ORDER BY at DESC LIMIT 2000)
        UNION ALL
        (SELECT account_no, at, succeeded FROM attempt
         WHERE ip = s.ip AND succeeded AND hostile AND account_no IS NOT NULL
           AND at > now() - interval '90 days' ORDER BY at DESC LIMIT 500)) t
      WHERE t.account_no <> ${accountNo}
    ), alike AS (
      SELECT account_no, count(DISTINCT ip)::int AS sources, count(*)::int AS attempts,
             bool_or(succeeded) AS entered, max(at) AS last_at
      FROM hit GROUP BY account_no ORDER BY sources DESC, attempts DESC, account_no LIMIT 200)
    SELECT l.account_no AS "accountNo", a.id AS account, l.sources, l.attempts, l.entered AS "wasEntered", l.last_at AS "lastAt"
    FROM alike l JOIN account a ON a.no = l.account_no ORDER BY l.sources DESC, l.attempts DESC, l.account_no`
