import { randomBytes } from 'node:crypto'
import { record } from '../audit/service.js'
import type { Cipher } from '../platform/cipher.js'
import {
  hashRecoveryCode,
  isRecoveryCode,
  mintRecoveryCodes,
  RECOVERY_CODE_BYTES,
  RECOVERY_CODES,
} from '../platform/credentials/recovery-code.js'
import { matchTotp } from '../platform/credentials/totp.js'
import type { Db, Tx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { sha256 } from '../platform/hash.js'
import { type StandingView, standingView } from './standing.js'
import * as store from './store.js'

/**
 * Who carries out what Cordon decides about accounts. The built-in one does it in the caller's
 * transaction; a connector leaves an outbox row there. Every verb takes a whole chunk, in one or two
 * statements, and writes no audit rows: its caller knows why, and records the chunk at once.
 */
export type Directory = {
  hold(tx: Tx, accountNos: readonly bigint[], by: string): Promise<bigint[]>
  release(tx: Tx, accountNos: readonly bigint[], by: string): Promise<bigint[]>
  reset(tx: Tx, accountNos: readonly bigint[]): Promise<store.KilledCredential[]>
  revokeSessions(tx: Tx, accountNos: readonly bigint[]): Promise<void>
}

export const builtInDirectory: Directory = {
  hold: holdAll,
  release: releaseAll,
  reset: killCredentials,
  revokeSessions,
}

/** Freezes outgoing value until somebody releases it. Returns those that were not so held before. */
export function holdAll(tx: Tx, accountNos: readonly bigint[], by: string): Promise<bigint[]> {
  return store.hold(tx, accountNos, by)
}

/** Ends holds. Returns those that were held. A dead password stays dead. */
export function releaseAll(tx: Tx, accountNos: readonly bigint[], by: string): Promise<bigint[]> {
  return store.release(tx, accountNos, by)
}

/** Those of the accounts whose value is held by this holder, not by somebody else. */
export const heldBy = (tx: Tx, accountNos: readonly bigint[], by: string): Promise<bigint[]> =>
  store.heldBy(tx, accountNos, by)

/**
 * While people look into these accounts their value stays held, whatever else happens: whoever
 * controls the mailbox of a taken-over account could otherwise complete the reset and wait.
 */
export const startReview = (tx: Tx, accountNos: readonly bigint[]): Promise<void> =>
  store.startReview(tx, accountNos)

/** Ends the review; a hold whose reset was completed meanwhile ends after `holdHours` more. */
export const endReview = (tx: Tx, accountNo: bigint, holdHours: number): Promise<void> =>
  store.endReview(tx, accountNo, holdHours)

/**
 * Old password dead, value held, epoch + 1, sessions revoked, all in the caller's transaction
 * (invariant I3). Every account named gets a step, also one that was killed before.
 */
export async function killCredentials(
  tx: Tx,
  accountNos: readonly bigint[],
): Promise<store.KilledCredential[]> {
  const killed = await store.killCredentials(tx, accountNos)
  await store.revokeSessions(tx, accountNos)
  return killed
}

/** No sign-in, no withdrawal, no session. Returns those that were not locked before. */
export async function lockAll(tx: Tx, accountNos: readonly bigint[]): Promise<bigint[]> {
  const locked = await store.lock(tx, accountNos)
  await store.revokeSessions(tx, locked)
  return locked
}

/** Ends every session by raising the epoch; the password stays usable. */
export async function revokeSessions(tx: Tx, accountNos: readonly bigint[]): Promise<void> {
  await store.raiseEpochs(tx, accountNos)
  await store.revokeSessions(tx, accountNos)
}

/** Undoes a dead password whose reset was withdrawn. Sessions stay dead, value stays held. */
export const restorePasswords = (tx: Tx, accountNos: readonly bigint[]): Promise<void> =>
  store.restorePasswords(tx, accountNos)

/** Takes the account's standing for this transaction: whoever resets or restores it waits. */
export const lockStanding = (tx: Tx, accountNo: bigint): Promise<void> =>
  store.lockStanding(tx, accountNo)

/** The same for many accounts, in the one order in which everybody takes them. */
export const lockStandings = (tx: Tx, accountNos: readonly bigint[]): Promise<void> =>
  store.lockStandings(tx, accountNos)

/** What the account with this id may do. Refuses with `account_not_found`. */
export async function standingOf(tx: Tx, accountId: string): Promise<StandingView> {
  const stored = await store.findStanding(tx, accountId)
  if (!stored) throw new Refusal('account_not_found', 'No account has this id.')
  return standingView(stored)
}

/** Those of these ids that no account has. */
export const unknownIds = (tx: Tx, accountIds: readonly string[]): Promise<string[]> =>
  store.unknownIds(tx, accountIds)

const SESSION_HOURS = 12

export type OpenedSession = { token: string; expiresAt: Date }

/**
 * Opens a session (256-bit token; only its SHA-256 is stored) under the epoch at which the password
 * was checked. `undefined` when the account was reset or locked since.
 */
export async function openSession(
  tx: Tx,
  accountNo: bigint,
  epoch: number,
): Promise<OpenedSession | undefined> {
  const token = randomBytes(32).toString('base64url')
  const expiresAt = await store.insertSession(tx, {
    accountNo,
    epoch,
    tokenHash: sha256(token),
    hours: SESSION_HOURS,
  })
  return expiresAt && { token, expiresAt }
}

/** The account of a session that is neither expired, revoked nor older than the account's epoch. */
export const findLiveSession = (tx: Tx, token: string): Promise<bigint | undefined> =>
  store.findLiveSession(tx, sha256(token))

/** Stores a hash made by `hashPassword`, outside any transaction. The caller audits. */
export const setPassword = (tx: Tx, accountNo: bigint, passwordHash: string): Promise<void> =>
  store.upsertPassword(tx, accountNo, passwordHash)

/** Stores the same password under today's parameters, unless it was changed meanwhile. */
export const rehashPassword = (
  tx: Tx,
  accountNo: bigint,
  hash: { from: string; to: string },
): Promise<void> => store.replaceHash(tx, accountNo, hash)

/**
 * The new password works; value stays held for `holdHours` more, or until a review ends. Returns
 * the end of the hold, `null` while people review the account.
 */
export async function restoreAfterReset(
  tx: Tx,
  accountNo: bigint,
  credential: { passwordHash: string; holdHours: number },
): Promise<Date | null> {
  await store.upsertPassword(tx, accountNo, credential.passwordHash)
  return store.holdUntil(tx, accountNo, credential.holdHours)
}

export type TotpEnrolment = { accountNo: bigint; accountId: string; secret: string; code: string }

/**
 * Binds an authenticator once its first code is right, and returns ten recovery codes to show once.
 * `undefined` when the code is wrong. `seconds` is the database's clock.
 */
export async function enrolTotp(
  tx: Tx,
  cipher: Cipher,
  { enrolment, seconds }: { enrolment: TotpEnrolment; seconds: number },
): Promise<string[] | undefined> {
  const { accountNo, accountId, secret, code } = enrolment
  const step = matchTotp(secret, code, { seconds, lastStep: -1 })
  if (step === undefined) return undefined
  const codes = mintRecoveryCodes(randomBytes(RECOVERY_CODES * RECOVERY_CODE_BYTES))
  const sealedSecret = cipher.seal(secret, totpContext(accountNo))
  await store.upsertTotp(tx, { accountNo, sealedSecret, step, recoveryHashes: codes.hashes })
  await record(tx, {
    kind: 'second_factor.enrolled',
    actor: `account:${accountId}`,
    subject: `account:${accountId}`,
    detail: { factor: 'totp', recoveryCodes: codes.hashes.length },
  })
  return codes.plain
}

/**
 * Spends a TOTP code or a recovery code. Each works once: of parallel callers exactly one gets `true`
 * (RFC 6238 §5.2, ASVS V6.5.1). Roll the transaction back to leave the code unspent.
 */
export async function spendSecondFactor(
  tx: Tx,
  cipher: Cipher,
  factor: { accountNo: bigint; code: string },
): Promise<boolean> {
  const { accountNo } = factor
  const code = factor.code.replace(/\s/g, '')
  const credential = await store.findCredential(tx, accountNo)
  if (!credential) return false
  if (isRecoveryCode(code)) {
    return store.spendRecoveryCode(tx, accountNo, hashRecoveryCode(code))
  }
  if (credential.totpSecret === null) return false
  const secret = cipher.open(credential.totpSecret, totpContext(accountNo))
  const clock = { seconds: credential.seconds, lastStep: credential.totpLastStep }
  const step = matchTotp(secret, code, clock)
  return step !== undefined && (await store.spendTotpStep(tx, accountNo, step))
}

const totpContext = (accountNo: bigint) => `totp:${accountNo}`

const SESSION_KEPT_DAYS = 30

/** Forgets sessions of account holders that ran out long ago. At most `limit`; returns how many. */
export const forgetSessions = (db: Db, limit: number): Promise<number> =>
  store.forgetSessions(db, SESSION_KEPT_DAYS, limit)
