import type { Tx } from '../../platform/db.js'
import type { Address } from '../../values/address.js'
import { FAILURE_LIMITS, type RecentFailures } from '../sign-in.js'

/** What signs in; several accounts may share an address, and then the first with a password does. */
export type Candidate = {
  accountNo: bigint
  accountId: string
  status: string
  isLocked: boolean
  isPasswordUsable: boolean
  epoch: number
  passwordHash: string | null
  hasTotp: boolean
  factors: string[]
}

export async function findCandidate(
  tx: Tx,
  by: { address: Address; matchKey: string },
): Promise<Candidate | undefined> {
  const [found] = await tx.$queryRaw<Candidate[]>`
    SELECT a.no AS "accountNo", a.id AS "accountId", a.status,
      coalesce(s.locked, false) AS "isLocked",
      coalesce(s.password_usable, true) AS "isPasswordUsable",
      coalesce(s.session_epoch, 0) AS epoch,
      c.password_hash AS "passwordHash", c.totp_secret IS NOT NULL AS "hasTotp",
      coalesce(a.second_factors, '{}') AS factors
    FROM account a
    LEFT JOIN standing s ON s.account_no = a.no
    LEFT JOIN credential c ON c.account_no = a.no
    WHERE a.match_key = ${by.matchKey} AND a.address = ${by.address}
    ORDER BY c.password_hash IS NULL, a.no LIMIT 1`
  return found
}

/** An address nobody has is counted as carefully as one that somebody has. */
export async function countFailures(
  tx: Tx,
  of: { accountNo: bigint | null; username: string | null; ip: string },
): Promise<RecentFailures> {
  const { fromSource, fromAnywhere, ofFactor } = FAILURE_LIMITS
  const [counted] = await tx.$queryRaw<RecentFailures[]>`
    WITH recent AS (
      SELECT at, ip, reason FROM attempt
      WHERE account_no = ${of.accountNo}::bigint AND source_no = ${SIGN_IN} AND NOT succeeded
        AND reason IN ('invalid', 'second_factor_wrong')
        AND at > now() - make_interval(mins => ${fromAnywhere.minutes}::int)
      UNION ALL
      SELECT at, ip, reason FROM attempt
      WHERE username = ${of.username} AND account_no IS NULL AND source_no = ${SIGN_IN}
        AND NOT succeeded AND reason = 'invalid'
        AND at > now() - make_interval(mins => ${fromAnywhere.minutes}::int)
    )
    SELECT count(*)::int AS "fromAnywhere",
      (count(*) FILTER (WHERE ip = ${of.ip}::inet
        AND at > now() - make_interval(mins => ${fromSource.minutes}::int)))::int AS "fromSource",
      (count(*) FILTER (WHERE reason = 'second_factor_wrong'
        AND at > now() - make_interval(mins => ${ofFactor.minutes}::int)))::int AS "ofFactor"
    FROM recent`
  return counted ?? { fromSource: 0, fromAnywhere: 0, ofFactor: 0 }
}

/** The source of logins that Cordon checks itself; see the migration. */
const SIGN_IN = 1

export type SignInAttempt = {
  id: string
  accountNo: bigint | null
  username: string | null
  ip: string
  userAgent: string | null
  succeeded: boolean
  reason: string | null
}

export async function insertAttempt(tx: Tx, attempt: SignInAttempt): Promise<void> {
  await tx.$executeRaw`
    WITH stored AS (
      INSERT INTO attempt (source_no, id, account_no, username, at, ip, succeeded, reason, user_agent)
      VALUES (${SIGN_IN}, ${attempt.id}, ${attempt.accountNo}::bigint, ${attempt.username},
        date_trunc('milliseconds', now()), ${attempt.ip}::inet, ${attempt.succeeded}, ${attempt.reason}, ${attempt.userAgent})
      RETURNING *)
    INSERT INTO arrival (from_at, until_at, account_nos, addresses, asns)
    SELECT at, at, array_remove(ARRAY[account_no], NULL), ARRAY[ip], '{}' FROM stored`
}
