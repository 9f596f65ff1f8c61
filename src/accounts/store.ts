import type { Tx } from '../platform/db.js'
import { listText, readNumbers, readRows } from './number-list.js'
import type { StoredStanding } from './standing.js'

// Set-based statements take their rows in the order of `account_no`, so that two chunks that share
// accounts wait for each other instead of deadlocking.

type AccountNo = { account_no: bigint }
/** Rows of a chunk as one text, see number-list.ts. */
type Listed = { list: string | null }
export type KilledCredential = { accountNo: bigint; epoch: number }

/** A hold with an end becomes one without: somebody decides about it again. */
export async function hold(tx: Tx, accountNos: readonly bigint[], by: string): Promise<bigint[]> {
  const [held] = await tx.$queryRaw<Listed[]>`
    WITH held AS (
      INSERT INTO standing AS s (account_no, value_held, held_by)
      SELECT DISTINCT no, true, ${by}
      FROM unnest(${listText(accountNos)}::text::bigint[]) AS asked (no) ORDER BY no
      ON CONFLICT (account_no) DO UPDATE
        SET value_held = true, held_until = NULL, held_by = excluded.held_by, updated_at = now()
        WHERE NOT s.value_held OR s.held_until IS NOT NULL
      RETURNING account_no
    )
    SELECT string_agg(account_no::text, ',') AS list FROM held`
  return readNumbers(held?.list)
}

export async function release(
  tx: Tx,
  accountNos: readonly bigint[],
  by: string,
): Promise<bigint[]> {
  const [released] = await tx.$queryRaw<Listed[]>`
    WITH asked AS (
      SELECT account_no FROM standing
      WHERE account_no = ANY (${listText(accountNos)}::text::bigint[]) AND value_held
      ORDER BY account_no FOR UPDATE
    ), released AS (
      UPDATE standing s
      SET value_held = false, held_until = NULL, held_by = ${by}, updated_at = now()
      FROM asked WHERE s.account_no = asked.account_no
      RETURNING s.account_no
    )
    SELECT string_agg(account_no::text, ',') AS list FROM released`
  return readNumbers(released?.list)
}

export async function heldBy(tx: Tx, accountNos: readonly bigint[], by: string): Promise<bigint[]> {
  const held = await tx.$queryRaw<AccountNo[]>`
    SELECT account_no FROM standing
    WHERE account_no = ANY (${listText(accountNos)}::text::bigint[]) AND value_held AND held_by = ${by}`
  return held.map((row) => row.account_no)
}

export async function holdUntil(tx: Tx, accountNo: bigint, hours: number): Promise<Date | null> {
  const [row] = await tx.$queryRaw<{ held_until: Date | null }[]>`
    UPDATE standing
    SET password_usable = true, value_held = true, updated_at = now(),
      held_until = CASE WHEN under_review THEN NULL
                        ELSE now() + make_interval(secs => ${hours * 3600}::float8) END
    WHERE account_no = ${accountNo}
    RETURNING held_until`
  if (!row) throw new Error('A completed reset has no standing to restore')
  return row.held_until
}

/** Holds of these accounts stay until people have decided about them. */
export async function startReview(tx: Tx, accountNos: readonly bigint[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE standing SET under_review = true, updated_at = now()
    WHERE account_no = ANY (${accountNos}::bigint[]) AND NOT under_review`
}

/** A hold that outlasted its reset because of the review now ends like any other. */
export async function endReview(tx: Tx, accountNo: bigint, hours: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE standing s SET under_review = false, updated_at = now(),
      held_until = CASE
        WHEN s.value_held AND s.held_until IS NULL AND EXISTS (
          SELECT FROM reset r WHERE r.account_no = s.account_no AND r.status = 'completed' AND r.epoch = s.session_epoch)
        THEN now() + make_interval(secs => ${hours * 3600}::float8)
        ELSE s.held_until END
    WHERE s.account_no = ${accountNo} AND s.under_review`
}

export async function killCredentials(
  tx: Tx,
  accountNos: readonly bigint[],
): Promise<KilledCredential[]> {
  const [killed] = await tx.$queryRaw<Listed[]>`
    WITH killed AS (
      INSERT INTO standing AS s (account_no, password_usable, value_held, held_by, session_epoch)
      SELECT DISTINCT no, false, true, 'reset', 1
      FROM unnest(${listText(accountNos)}::text::bigint[]) AS asked (no) ORDER BY no
      ON CONFLICT (account_no) DO UPDATE
        SET password_usable = false, value_held = true, held_until = NULL,
          held_by = CASE WHEN s.value_held THEN s.held_by ELSE excluded.held_by END,
          session_epoch = s.session_epoch + 1, updated_at = now()
      RETURNING account_no, session_epoch
    )
    SELECT string_agg(account_no || ' ' || session_epoch, ',') AS list FROM killed`
  return readRows(killed?.list).map(([accountNo = 0n, epoch]) => ({
    accountNo,
    epoch: Number(epoch),
  }))
}

export async function lockStanding(tx: Tx, accountNo: bigint): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM standing WHERE account_no = ${accountNo} FOR UPDATE`
}

export async function lockStandings(tx: Tx, accountNos: readonly bigint[]): Promise<void> {
  await tx.$executeRaw`
    SELECT 1 FROM standing WHERE account_no = ANY (${listText(accountNos)}::text::bigint[])
    ORDER BY account_no FOR UPDATE`
}

/** Makes the stored password good again for accounts whose reset was withdrawn. */
export async function restorePasswords(tx: Tx, accountNos: readonly bigint[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE standing SET password_usable = true, updated_at = now()
    WHERE account_no = ANY (${listText(accountNos)}::text::bigint[]) AND NOT password_usable`
}

export async function lock(tx: Tx, accountNos: readonly bigint[]): Promise<bigint[]> {
  const locked = await tx.$queryRaw<AccountNo[]>`
    INSERT INTO standing AS s (account_no, locked, session_epoch)
    SELECT DISTINCT no, true, 1 FROM unnest(${listText(accountNos)}::text::bigint[]) AS asked (no) ORDER BY no
    ON CONFLICT (account_no) DO UPDATE
      SET locked = true, session_epoch = s.session_epoch + 1, updated_at = now()
      WHERE NOT s.locked
    RETURNING account_no`
  return locked.map((row) => row.account_no)
}

export async function raiseEpochs(tx: Tx, accountNos: readonly bigint[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO standing AS s (account_no, session_epoch)
    SELECT DISTINCT no, 1 FROM unnest(${listText(accountNos)}::text::bigint[]) AS asked (no) ORDER BY no
    ON CONFLICT (account_no) DO UPDATE
      SET session_epoch = s.session_epoch + 1, updated_at = now()`
}

export async function revokeSessions(tx: Tx, accountNos: readonly bigint[]): Promise<number> {
  return await tx.$executeRaw`
    UPDATE session SET revoked_at = now()
    WHERE account_no = ANY (${listText(accountNos)}::text::bigint[]) AND revoked_at IS NULL`
}

export async function unknownIds(tx: Tx, accountIds: readonly string[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT asked.id FROM unnest(${accountIds}::text[]) AS asked (id)
    WHERE NOT EXISTS (SELECT FROM account a WHERE a.id = asked.id)`
  return rows.map(({ id }) => id)
}

type StandingRow = {
  status: string
  password_usable: boolean
  locked: boolean
  value_held: boolean
  held_until: Date | null
  session_epoch: number
  reset_ordered: boolean
  now: Date
}

export async function findStanding(tx: Tx, accountId: string): Promise<StoredStanding | undefined> {
  const [row] = await tx.$queryRaw<StandingRow[]>`
    SELECT a.status, coalesce(s.password_usable, true) AS password_usable,
      coalesce(s.locked, false) AS locked, coalesce(s.value_held, false) AS value_held,
      s.held_until, coalesce(s.session_epoch, 0) AS session_epoch, now() AS now,
      EXISTS (SELECT FROM reset r WHERE r.account_no = a.no AND r.status = 'ordered') AS reset_ordered
    FROM account a LEFT JOIN standing s ON s.account_no = a.no
    WHERE a.id = ${accountId}`
  if (!row) return undefined
  return {
    status: row.status,
    passwordUsable: row.password_usable,
    locked: row.locked,
    valueHeld: row.value_held,
    heldUntil: row.held_until,
    sessionEpoch: row.session_epoch,
    resetOrdered: row.reset_ordered,
    now: row.now,
  }
}

export type NewSession = {
  accountNo: bigint
  epoch: number
  tokenHash: Uint8Array<ArrayBuffer>
  hours: number
}

/** Inserts nothing when the epoch moved on, the password died or the account was locked meanwhile. */
export async function insertSession(tx: Tx, session: NewSession): Promise<Date | undefined> {
  const [row] = await tx.$queryRaw<{ expires_at: Date }[]>`
    INSERT INTO session (token_hash, account_no, epoch, expires_at)
    SELECT ${session.tokenHash}, a.no, ${session.epoch},
      now() + make_interval(secs => ${session.hours * 3600}::float8)
    FROM account a LEFT JOIN standing s ON s.account_no = a.no
    WHERE a.no = ${session.accountNo} AND a.status = 'active' AND NOT coalesce(s.locked, false)
      AND coalesce(s.password_usable, true) AND coalesce(s.session_epoch, 0) = ${session.epoch}
    RETURNING expires_at`
  return row?.expires_at
}

export async function findLiveSession(
  tx: Tx,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<bigint | undefined> {
  const [row] = await tx.$queryRaw<AccountNo[]>`
    SELECT x.account_no FROM session x
    JOIN account a ON a.no = x.account_no
    LEFT JOIN standing s ON s.account_no = x.account_no
    WHERE x.token_hash = ${tokenHash} AND x.revoked_at IS NULL AND x.expires_at > now()
      AND a.status = 'active' AND NOT coalesce(s.locked, false)
      AND x.epoch = coalesce(s.session_epoch, 0)`
  return row?.account_no
}

export type Credential = {
  passwordHash: string | null
  totpSecret: Uint8Array | null
  totpLastStep: number
  recoveryHashes: string[]
  /** Seconds since 1970 by the database's clock. */
  seconds: number
}

export async function findCredential(tx: Tx, accountNo: bigint): Promise<Credential | undefined> {
  const [row] = await tx.$queryRaw<
    {
      password_hash: string | null
      totp_secret: Uint8Array | null
      totp_last_step: bigint
      recovery_codes: string[]
      seconds: number
    }[]
  >`
    SELECT password_hash, totp_secret, totp_last_step, recovery_codes,
      extract(epoch FROM clock_timestamp())::float8 AS seconds
    FROM credential WHERE account_no = ${accountNo}`
  if (!row) return undefined
  return {
    passwordHash: row.password_hash,
    totpSecret: row.totp_secret,
    totpLastStep: Number(row.totp_last_step),
    recoveryHashes: row.recovery_codes,
    seconds: Math.floor(row.seconds),
  }
}

export async function upsertPassword(tx: Tx, accountNo: bigint, hash: string): Promise<void> {
  await tx.$executeRaw`
    WITH changed AS (
      UPDATE account SET password_changed_at = now(), updated_at = now() WHERE no = ${accountNo}
    )
    INSERT INTO credential (account_no, password_hash) VALUES (${accountNo}, ${hash})
    ON CONFLICT (account_no) DO UPDATE
      SET password_hash = excluded.password_hash, changed_at = now()`
}

/** The same password under today's parameters: nothing an account holder would notice. */
export async function replaceHash(
  tx: Tx,
  accountNo: bigint,
  hash: { from: string; to: string },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE credential SET password_hash = ${hash.to}
    WHERE account_no = ${accountNo} AND password_hash = ${hash.from}`
}

export type StoredTotp = {
  accountNo: bigint
  sealedSecret: Uint8Array<ArrayBuffer>
  step: number
  recoveryHashes: string[]
}

export async function upsertTotp(tx: Tx, totp: StoredTotp): Promise<void> {
  await tx.$executeRaw`
    WITH enrolled AS (
      UPDATE account SET updated_at = now(),
        second_factors = array_append(array_remove(coalesce(second_factors, '{}'), 'totp'), 'totp')
      WHERE no = ${totp.accountNo}
    )
    INSERT INTO credential (account_no, totp_secret, totp_last_step, recovery_codes)
    VALUES (${totp.accountNo}, ${totp.sealedSecret}, ${totp.step}, ${totp.recoveryHashes}::text[])
    ON CONFLICT (account_no) DO UPDATE
      SET totp_secret = excluded.totp_secret, totp_last_step = excluded.totp_last_step,
        recovery_codes = excluded.recovery_codes, changed_at = now()`
}

/** Two callers can never both spend one step. */
export async function spendTotpStep(tx: Tx, accountNo: bigint, step: number): Promise<boolean> {
  const spent = await tx.$executeRaw`
    UPDATE credential SET totp_last_step = ${step}
    WHERE account_no = ${accountNo} AND totp_last_step < ${step}`
  return spent === 1
}

/** Two callers can never both spend one code. */
export async function spendRecoveryCode(tx: Tx, accountNo: bigint, hash: string): Promise<boolean> {
  const spent = await tx.$executeRaw`
    UPDATE credential SET recovery_codes = array_remove(recovery_codes, ${hash})
    WHERE account_no = ${accountNo} AND ${hash} = ANY (recovery_codes)`
  return spent === 1
}

export const forgetSessions = (tx: Tx, days: number, limit: number): Promise<number> =>
  tx.$executeRaw`
    DELETE FROM session WHERE token_hash IN (
      SELECT token_hash FROM session WHERE expires_at < now() - make_interval(days => ${days}::int) LIMIT ${limit})`
