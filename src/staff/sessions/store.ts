import { Sql, type Tx } from '../../platform/db.js'
import { FRESH_MINUTES, IDLE_MINUTES, SESSION_HOURS } from '../session.js'

/** Somebody who may sign in, with what they prove it by. */
export type Candidate = {
  id: string
  passwordHash: string
  totpSecret: Uint8Array
  totpLastStep: bigint
  isNetworkKnown: boolean
}

/** `isNetworkKnown`: they signed in from this network in the last 30 days. */
export async function findCandidate(
  tx: Tx,
  by: { email: string; ip: string },
): Promise<Candidate | undefined> {
  const [found] = await tx.$queryRaw<Candidate[]>`
    SELECT s.id, s.password_hash AS "passwordHash", s.totp_secret AS "totpSecret",
           s.totp_last_step AS "totpLastStep",
           EXISTS (SELECT FROM staff_session x WHERE x.staff_id = s.id AND x.created_at > now() - interval '30 days'
                     AND cordon_network(x.ip) = cordon_network(${by.ip}::inet)) AS "isNetworkKnown"
    FROM staff s WHERE s.email = ${by.email} AND s.dismissed_at IS NULL AND s.password_hash IS NOT NULL`
  return found
}

/** The database's clock, in seconds since 1970, and the network an address belongs to. */
export async function surroundings(
  tx: Tx,
  ip: string,
): Promise<{ seconds: number; network: string }> {
  const [found] = await tx.$queryRaw<{ seconds: number; network: string }[]>`
    SELECT floor(extract(epoch FROM clock_timestamp()))::float8 AS seconds, cordon_network(${ip}::inet)::text AS network`
  return found ?? { seconds: 0, network: ip }
}

/** For how many more seconds any of these keys must wait. */
export async function waitOf(tx: Tx, keys: readonly Uint8Array<ArrayBuffer>[]): Promise<number> {
  const [found] = await tx.$queryRaw<{ wait: number }[]>`
    SELECT coalesce(max(ceil(extract(epoch FROM until_at - clock_timestamp()))), 0)::float8 AS wait
    FROM sign_in_wait WHERE key = ANY(${keys}::bytea[]) AND until_at > clock_timestamp()`
  return found?.wait ?? 0
}

export type Failures = { key: Uint8Array<ArrayBuffer>; failures: number }

/** Counts one more failure of each; a day without one forgets those before. Returns how many there are now. */
export const addFailures = (
  tx: Tx,
  keys: readonly Uint8Array<ArrayBuffer>[],
): Promise<Failures[]> =>
  tx.$queryRaw<Failures[]>`
    INSERT INTO sign_in_wait AS w (key, failures, until_at)
    SELECT key, 1, now() FROM unnest(${keys}::bytea[]) key ORDER BY key
    ON CONFLICT (key) DO UPDATE SET failed_at = now(),
      failures = CASE WHEN w.failed_at < now() - interval '1 day' THEN 1 ELSE w.failures + 1 END
    RETURNING key, failures`

export const setWaits = (
  tx: Tx,
  keys: readonly Uint8Array<ArrayBuffer>[],
  waits: readonly number[],
): Promise<number> =>
  tx.$executeRaw`
    UPDATE sign_in_wait w SET until_at = clock_timestamp() + make_interval(secs => n.wait)
    FROM unnest(${keys}::bytea[], ${waits}::float8[]) AS n (key, wait) WHERE w.key = n.key`

export const forgetFailures = (tx: Tx, keys: readonly Uint8Array<ArrayBuffer>[]): Promise<number> =>
  tx.$executeRaw`DELETE FROM sign_in_wait WHERE key = ANY(${keys}::bytea[])`

/**
 * Spends a time step of somebody whose password is still the one that was checked: two callers can
 * never both spend one (RFC 6238 §5.2, ASVS V6.5.1).
 */
export async function spendStep(
  tx: Tx,
  spent: { staffId: string; passwordHash: string; step: number },
): Promise<boolean> {
  const done = await tx.$executeRaw`
    UPDATE staff SET totp_last_step = ${spent.step}
    WHERE id = ${spent.staffId} AND password_hash = ${spent.passwordHash} AND dismissed_at IS NULL
      AND totp_last_step < ${spent.step}`
  return done === 1
}

export async function spendRecoveryCode(
  tx: Tx,
  spent: { staffId: string; passwordHash: string; hash: string },
): Promise<boolean> {
  const done = await tx.$executeRaw`
    UPDATE staff SET recovery_codes = array_remove(recovery_codes, ${spent.hash})
    WHERE id = ${spent.staffId} AND password_hash = ${spent.passwordHash} AND dismissed_at IS NULL
      AND ${spent.hash} = ANY (recovery_codes)`
  return done === 1
}

export type NewSession = {
  id: string
  tokenHash: Uint8Array<ArrayBuffer>
  staffId: string
  ip: string
  userAgent: string
  factor: string
}

export const insertSession = (tx: Tx, session: NewSession): Promise<number> =>
  tx.$executeRaw`
    INSERT INTO staff_session (id, token_hash, staff_id, ip, user_agent, factor)
    VALUES (${session.id}, ${session.tokenHash}, ${session.staffId}, ${session.ip}::inet, ${session.userAgent}, ${session.factor})`

export type LiveSession = {
  id: string
  staffId: string
  email: string
  name: string
  roles: string[]
  isFresh: boolean
  isSeenLongAgo: boolean
  freshUntil: Date
  idleUntil: Date
  expiresAt: Date
}

/** A session counts while it is neither ended, idle, too old, nor its holder dismissed. */
const live = (which: Sql.Sql) => Sql.sql`
    SELECT x.id, s.id AS "staffId", s.email, s.name, s.roles,
           x.factor_at > now() - make_interval(mins => ${FRESH_MINUTES}::int) AS "isFresh",
           x.seen_at < now() - interval '20 seconds' AS "isSeenLongAgo",
           x.factor_at + make_interval(mins => ${FRESH_MINUTES}::int) AS "freshUntil",
           greatest(x.seen_at, now()) + make_interval(mins => ${IDLE_MINUTES}::int) AS "idleUntil",
           x.created_at + make_interval(hours => ${SESSION_HOURS}::int) AS "expiresAt"
    FROM staff_session x JOIN staff s ON s.id = x.staff_id
    WHERE ${which} AND x.ended_at IS NULL AND s.dismissed_at IS NULL
      AND x.seen_at > now() - make_interval(mins => ${IDLE_MINUTES}::int)
      AND x.created_at > now() - make_interval(hours => ${SESSION_HOURS}::int)`

export async function byToken(
  tx: Tx,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<LiveSession | undefined> {
  const [found] = await tx.$queryRaw<LiveSession[]>(live(Sql.sql`x.token_hash = ${tokenHash}`))
  return found
}

export async function byId(tx: Tx, id: string): Promise<LiveSession | undefined> {
  const [found] = await tx.$queryRaw<LiveSession[]>(live(Sql.sql`x.id = ${id}`))
  return found
}

export const touch = (tx: Tx, sessionId: string): Promise<number> =>
  tx.$executeRaw`UPDATE staff_session SET seen_at = now() WHERE id = ${sessionId} AND ended_at IS NULL`

/** A new token for the same session, under which the factor was shown just now (ASVS V7.2.4). */
export const renewFactor = (
  tx: Tx,
  renewed: { sessionId: string; tokenHash: Uint8Array<ArrayBuffer>; factor: string },
): Promise<number> =>
  tx.$executeRaw`
    UPDATE staff_session SET token_hash = ${renewed.tokenHash}, factor = ${renewed.factor}, factor_at = now(), seen_at = now()
    WHERE id = ${renewed.sessionId} AND ended_at IS NULL`

/** Ends live sessions: one, or all of somebody. Returns their ids. */
export async function end(
  tx: Tx,
  which: { id?: string; staffId?: string; except?: string },
): Promise<string[]> {
  const ended = await tx.$queryRaw<{ id: string }[]>`
    UPDATE staff_session SET ended_at = now()
    WHERE ended_at IS NULL AND (${which.id ?? null}::text IS NULL OR id = ${which.id ?? null})
      AND (${which.staffId ?? null}::text IS NULL OR staff_id = ${which.staffId ?? null})
      AND id <> ${which.except ?? ''}
    RETURNING id`
  return ended.map(({ id }) => id)
}

export const endInvitations = (tx: Tx): Promise<number> =>
  tx.$executeRaw`
    UPDATE staff_invitation SET expires_at = least(expires_at, now()) WHERE spent_at IS NULL`

export type SeenSession = {
  id: string
  staffId: string
  ip: string
  userAgent: string
  factor: 'totp' | 'recovery_code' | 'passkey'
  createdAt: Date
  seenAt: Date
}

/** Sessions that count now, newest first: one person's, or everybody's. */
export const listLive = (tx: Tx, staffId: string | null): Promise<SeenSession[]> =>
  tx.$queryRaw<SeenSession[]>`
    SELECT x.id, x.staff_id AS "staffId", host(x.ip) AS ip, x.user_agent AS "userAgent", x.factor,
           x.created_at AS "createdAt", x.seen_at AS "seenAt"
    FROM staff_session x JOIN staff s ON s.id = x.staff_id
    WHERE x.ended_at IS NULL AND s.dismissed_at IS NULL
      AND (${staffId}::text IS NULL OR x.staff_id = ${staffId})
      AND x.seen_at > now() - make_interval(mins => ${IDLE_MINUTES}::int)
      AND x.created_at > now() - make_interval(hours => ${SESSION_HOURS}::int)
    ORDER BY x.created_at DESC LIMIT 500`

/** Sessions that began so long ago, by which networks are known; returns how many. */
export const forgetSessions = (tx: Tx, days: number, limit: number): Promise<number> =>
  tx.$executeRaw`
    DELETE FROM staff_session WHERE token_hash IN (
      SELECT token_hash FROM staff_session WHERE created_at < now() - make_interval(days => ${days}::int) LIMIT ${limit})`

export const forgetInvitations = (tx: Tx, days: number, limit: number): Promise<number> =>
  tx.$executeRaw`
    DELETE FROM staff_invitation WHERE token_hash IN (
      SELECT token_hash FROM staff_invitation WHERE expires_at < now() - make_interval(days => ${days}::int) LIMIT ${limit})`

/** Failures that count for nothing any more: a day without one forgets those before. */
export const forgetOldFailures = (tx: Tx, limit: number): Promise<number> =>
  tx.$executeRaw`
    DELETE FROM sign_in_wait WHERE key IN (
      SELECT key FROM sign_in_wait WHERE failed_at < now() - interval '2 days' AND until_at < now() LIMIT ${limit})`
