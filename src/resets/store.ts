import { listText, readRows } from '../accounts/number-list.js'
import type { Tx } from '../platform/db.js'

export type TokenHash = Uint8Array<ArrayBuffer>
export type OrderedReset = { accountNo: bigint; resetNo: bigint; epoch: number }
type ResetKey = { no: bigint; account_no: bigint }

/** A wrong second factor can be given this often; then the token is as dead as a spent one. */
export const FACTOR_TRIES = 10

export async function insertAll(
  tx: Tx,
  orders: readonly { accountNo: bigint; epoch: number }[],
  sweepId: string | null,
): Promise<OrderedReset[]> {
  const [ordered] = await tx.$queryRaw<{ list: string | null }[]>`
    WITH ordered AS (
      INSERT INTO reset (account_no, sweep_id, epoch)
      SELECT no, ${sweepId}, epoch
      FROM unnest(${listText(orders.map((order) => order.accountNo))}::text::bigint[],
        ${listText(orders.map((order) => order.epoch))}::text::int[]) AS asked (no, epoch)
      ORDER BY no
      RETURNING no, account_no, epoch
    )
    SELECT string_agg(account_no || ' ' || no || ' ' || epoch, ',') AS list FROM ordered`
  return readRows(ordered?.list).map(([accountNo = 0n, resetNo = 0n, epoch]) => ({
    accountNo,
    resetNo,
    epoch: Number(epoch),
  }))
}

export type CancelledReset = { accountNo: bigint; accountId: string; resetNo: bigint }

export async function cancelAll(tx: Tx, accountNos: readonly bigint[]): Promise<CancelledReset[]> {
  const rows = await tx.$queryRaw<(ResetKey & { id: string })[]>`
    WITH live AS (
      SELECT r.no, a.id FROM reset r JOIN account a ON a.no = r.account_no
      WHERE r.account_no = ANY (${listText(accountNos)}::text::bigint[]) AND r.status = 'ordered'
      ORDER BY r.account_no FOR UPDATE OF r
    )
    UPDATE reset r SET status = 'cancelled', token_hash = NULL
    FROM live WHERE r.no = live.no
    RETURNING r.no, r.account_no, live.id`
  return rows.map((row) => ({ accountNo: row.account_no, accountId: row.id, resetNo: row.no }))
}

/** Returns those that were still waiting for a token; the token of an earlier mail stops working. */
export async function saveTokens(
  tx: Tx,
  tokens: readonly { resetNo: bigint; hash: TokenHash }[],
  hours: number,
): Promise<bigint[]> {
  const hexes = tokens.map((token) => Buffer.from(token.hash).toString('hex')).join(',')
  const saved = await tx.$queryRaw<{ no: bigint }[]>`
    UPDATE reset r SET token_hash = decode(minted.hash, 'hex'), factor_tries = 0,
      token_expires_at = now() + make_interval(secs => ${hours * 3600}::float8)
    FROM unnest(${listText(tokens.map((token) => token.resetNo))}::text::bigint[],
      string_to_array(${hexes}, ',')) AS minted (no, hash)
    WHERE r.no = minted.no AND r.status = 'ordered'
    RETURNING r.no`
  return saved.map((row) => row.no)
}

/** A reset whose token works, with what its page and its judgement need. */
export type LiveReset = {
  no: bigint
  sweepId: string | null
  accountNo: bigint
  accountId: string
  address: string
  name: string | null
  locale: string | null
  passwordHash: string | null
  factors: string[]
  canVerifyFactor: boolean
}

type LiveRow = ResetKey & {
  sweep_id: string | null
  id: string
  address: string
  name: string | null
  locale: string | null
  password_hash: string | null
  second_factors: string[]
  can_verify: boolean
}

export async function findLive(tx: Tx, hash: TokenHash): Promise<LiveReset | undefined> {
  const [row] = await tx.$queryRaw<LiveRow[]>`
    SELECT r.no, r.account_no, r.sweep_id, a.id, a.address, a.name, a.locale, c.password_hash,
      coalesce(a.second_factors, '{}') AS second_factors,
      c.totp_secret IS NOT NULL AS can_verify
    FROM reset r JOIN account a ON a.no = r.account_no
    LEFT JOIN credential c ON c.account_no = r.account_no
    WHERE r.token_hash = ${hash} AND r.status = 'ordered'
      AND r.token_expires_at > now() AND r.factor_tries < ${FACTOR_TRIES}`
  if (!row) return undefined
  return {
    no: row.no,
    sweepId: row.sweep_id,
    accountNo: row.account_no,
    accountId: row.id,
    address: row.address,
    name: row.name,
    locale: row.locale,
    passwordHash: row.password_hash,
    factors: row.second_factors,
    canVerifyFactor: row.can_verify,
  }
}

export async function markOpened(tx: Tx, resetNo: bigint): Promise<void> {
  await tx.$executeRaw`
    UPDATE reset SET opened_at = now() WHERE no = ${resetNo} AND opened_at IS NULL`
}

/** Counted before the factor is looked at, so that parallel guesses cannot exceed the limit. */
export async function takeTry(tx: Tx, hash: TokenHash): Promise<boolean> {
  const taken = await tx.$executeRaw`
    UPDATE reset SET factor_tries = factor_tries + 1
    WHERE token_hash = ${hash} AND status = 'ordered' AND factor_tries < ${FACTOR_TRIES}`
  return taken === 1
}

export type Enrolment = { hash: TokenHash; sealedSecret: Uint8Array<ArrayBuffer>; minutes: number }

/** Spends the token. Of two callers only one can ever get the account. */
export async function spend(
  tx: Tx,
  hash: TokenHash,
  enrolment: Enrolment | undefined,
): Promise<boolean> {
  const spent = await tx.$executeRaw`
    UPDATE reset SET status = 'completed', token_spent_at = now(), completed_at = now(),
      enrolment_hash = ${enrolment?.hash ?? null}::bytea,
      enrolment_secret = ${enrolment?.sealedSecret ?? null}::bytea,
      enrolment_expires_at = now() + make_interval(secs => ${(enrolment?.minutes ?? 0) * 60}::float8)
    WHERE token_hash = ${hash} AND status = 'ordered' AND token_expires_at > now()`
  return spent === 1
}

export type OpenEnrolment = {
  resetNo: bigint
  accountNo: bigint
  accountId: string
  address: string
  locale: string | null
  sealedSecret: Uint8Array
  seconds: number
}

/**
 * Takes the enrolment for this transaction. It is open while it has not expired, nobody ordered
 * another reset since, and the account has no authenticator yet.
 */
export async function takeEnrolment(tx: Tx, hash: TokenHash): Promise<OpenEnrolment | undefined> {
  const [row] = await tx.$queryRaw<
    (ResetKey & {
      id: string
      address: string
      locale: string | null
      enrolment_secret: Uint8Array
      seconds: number
    })[]
  >`
    SELECT r.no, r.account_no, a.id, a.address, a.locale, r.enrolment_secret,
      extract(epoch FROM clock_timestamp())::float8 AS seconds
    FROM reset r JOIN account a ON a.no = r.account_no
    LEFT JOIN credential c ON c.account_no = r.account_no
    WHERE r.enrolment_hash = ${hash} AND r.enrolment_expires_at > now() AND c.totp_secret IS NULL
      AND NOT EXISTS (SELECT FROM reset o WHERE o.account_no = r.account_no AND o.status = 'ordered')
    FOR UPDATE OF r`
  if (!row) return undefined
  return {
    resetNo: row.no,
    accountNo: row.account_no,
    accountId: row.id,
    address: row.address,
    locale: row.locale,
    sealedSecret: row.enrolment_secret,
    seconds: Math.floor(row.seconds),
  }
}

export async function closeEnrolment(tx: Tx, resetNo: bigint): Promise<void> {
  await tx.$executeRaw`
    UPDATE reset SET enrolment_hash = NULL, enrolment_secret = NULL WHERE no = ${resetNo}`
}

export type SeenReset = {
  status: string
  orderedAt: Date
  openedAt: Date | null
  completedAt: Date | null
}

export const resetsOf = (tx: Tx, accountNo: bigint): Promise<SeenReset[]> =>
  tx.reset.findMany({
    where: { accountNo },
    select: { status: true, orderedAt: true, openedAt: true, completedAt: true },
    orderBy: { orderedAt: 'desc' },
    take: 50,
  })

/**
 * Ends every link that works. One that was spent, or followed by another, after a backup was made
 * would work again in what was restored from it. Returns how many.
 */
export const forgetTokens = (tx: Tx): Promise<number> =>
  tx.$executeRaw`
    UPDATE reset SET token_hash = NULL, enrolment_hash = NULL, enrolment_secret = NULL
    WHERE no IN (
      SELECT no FROM reset
      WHERE (status = 'ordered' AND token_hash IS NOT NULL) OR enrolment_hash IS NOT NULL
      ORDER BY no FOR UPDATE)`
