import { randomBytes } from 'node:crypto'
import {
  builtInDirectory,
  enrolTotp,
  lockStanding,
  restoreAfterReset,
  restorePasswords,
  spendSecondFactor,
} from '../accounts/service.js'
import { record, recordAll } from '../audit/service.js'
import { stageAll } from '../mail/service.js'
import type { Cipher } from '../platform/cipher.js'
import { hashOwed, hashPassword, verifyPassword } from '../platform/credentials/password.js'
import { checkPassword } from '../platform/credentials/password-policy.js'
import { mintTotpSecret, totpUri } from '../platform/credentials/totp.js'
import { type Db, inTx, type Tx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import type { ChoiceProblem } from './choice-problem.js'
import * as store from './store.js'
import { hashOfToken, mintToken, TOKEN_BYTES } from './token.js'

export type { LiveReset } from './store.js'

/** NIST SP 800-63B-4 §4.2.1.1: a recovery code sent by e-mail lives at most 24 hours. */
export const TOKEN_HOURS_AT_MOST = 24

export type ResetTerms = { holdHours: number; enrolmentMinutes: number; serviceName: string }
export const DEFAULT_TERMS: ResetTerms = {
  holdHours: 24,
  enrolmentMinutes: 30,
  serviceName: 'Cordon',
}

export type ResetDeps = { db: Db; cipher: Cipher; resetTerms: ResetTerms }

/**
 * Orders resets: the old passwords and all sessions are dead when the caller's transaction commits.
 * A reset still waiting for its account is replaced, with its own audit row. Returns the orders; the
 * caller records `reset.ordered` for its chunk, and stages the mail.
 */
export async function orderAll(
  tx: Tx,
  orders: readonly { accountNo: bigint }[],
  sweepId: string | null,
): Promise<store.OrderedReset[]> {
  if (orders.length === 0) return []
  const accountNos = orders.map((order) => order.accountNo)
  // The standing first: two orders for one account then wait here, not at the unique live reset.
  const killed = await builtInDirectory.reset(tx, accountNos)
  await recordCancelled(tx, await store.cancelAll(tx, accountNos), 'replaced')
  return store.insertAll(tx, killed, sweepId)
}

/**
 * Mints a fresh token for each reset that is still ordered, good for `hours` (24 at most), and
 * returns the plain tokens: the only time they exist. A token minted earlier stops working.
 */
export async function mintTokens(
  tx: Tx,
  resetNos: readonly bigint[],
  hours = TOKEN_HOURS_AT_MOST,
): Promise<Map<bigint, string>> {
  const minted = [...new Set(resetNos)].map((resetNo) => ({
    resetNo,
    ...mintToken(randomBytes(TOKEN_BYTES)),
  }))
  const saved = await store.saveTokens(tx, minted, Math.min(hours, TOKEN_HOURS_AT_MOST))
  const isSaved = new Set(saved)
  return new Map(
    minted.flatMap(({ resetNo, plain }) => (isSaved.has(resetNo) ? [[resetNo, plain]] : [])),
  )
}

/**
 * Withdraws the unspent resets of these accounts: their tokens die and the old passwords work again.
 * Sessions stay dead; holds are released separately. Records each. Returns what was withdrawn.
 */
export async function cancelAll(
  tx: Tx,
  accountNos: readonly bigint[],
  actor: string,
): Promise<store.CancelledReset[]> {
  const cancelled = await store.cancelAll(tx, accountNos)
  const restored = cancelled.map((reset) => reset.accountNo)
  await restorePasswords(tx, restored)
  await recordCancelled(tx, cancelled, 'withdrawn', actor)
  return cancelled
}

const recordCancelled = (
  tx: Tx,
  cancelled: readonly store.CancelledReset[],
  because: 'replaced' | 'withdrawn',
  actor = 'cordon',
) =>
  recordAll(
    tx,
    cancelled.map(({ accountId, resetNo }) => ({
      kind: 'reset.cancelled',
      actor,
      subject: `account:${accountId}`,
      detail: { reset: String(resetNo), because },
    })),
  )

/** Ends every link that works, after a restore. Mails that leave later carry new ones. */
export const forgetTokens = (tx: Tx): Promise<number> => store.forgetTokens(tx)

/** The reset a token is good for. Looking changes nothing: mail scanners follow links. */
export async function findReset(
  deps: ResetDeps,
  token: string,
): Promise<store.LiveReset | undefined> {
  const hash = hashOfToken(token)
  return hash && inTx(deps.db, (tx) => store.findLive(tx, hash))
}

export type ResetChoice = { token: string; password: string; passwordAgain?: string; code?: string }

/** What a completed reset offers next: an authenticator, when the account has no second factor. */
export type EnrolmentOffer = { token: string; secret: string; uri: string }
export type CompletedReset = {
  locale: string | null
  heldUntil: Date | null
  offer?: EnrolmentOffer
}

/**
 * Sets the new password and spends the token, once. An account with an authenticator must give a
 * code or a recovery code as well. Refuses with `token_invalid` (unknown, expired, spent: the same
 * answer), `password_refused` (each error names a field and a `ChoiceProblem`), `second_factor_wrong`
 * (ten times per token) or `throttled`; then nothing has changed and the token still works.
 */
export async function completeReset(deps: ResetDeps, choice: ResetChoice): Promise<CompletedReset> {
  const hash = hashOfToken(choice.token)
  const reset = hash && (await inTx(deps.db, (tx) => openReset(tx, hash)))
  if (!hash || !reset) throw tokenInvalid()
  await refuseBadChoice(deps, reset, choice)
  const hasTry = reset.canVerifyFactor && (await inTx(deps.db, (tx) => store.takeTry(tx, hash)))
  if (reset.canVerifyFactor && !hasTry) throw tokenInvalid()
  const passwordHash = await (hasTry ? hashOwed : hashPassword)(choice.password)
  return inTx(deps.db, (tx) => applyChoice(tx, deps, { reset, hash, passwordHash, choice }))
}

async function openReset(tx: Tx, hash: store.TokenHash): Promise<store.LiveReset | undefined> {
  const reset = await store.findLive(tx, hash)
  if (reset) await store.markOpened(tx, reset.no)
  return reset
}

async function refuseBadChoice(
  { resetTerms }: ResetDeps,
  reset: store.LiveReset,
  choice: ResetChoice,
): Promise<void> {
  const problem = checkPassword(choice.password, {
    hasSecondFactor: hasSecondFactor(reset),
    words: [reset.address, reset.name ?? '', reset.accountId, resetTerms.serviceName],
  })
  if (problem) throw passwordRefused('password', problem)
  const { password, passwordAgain = password, code = '' } = choice
  if (passwordAgain !== password) throw passwordRefused('passwordAgain', 'mismatch')
  if (reset.canVerifyFactor && code === '') throw passwordRefused('code', 'code_missing')
  if (reset.passwordHash !== null && (await verifyPassword(reset.passwordHash, password))) {
    throw passwordRefused('password', 'unchanged')
  }
}

const hasSecondFactor = (reset: store.LiveReset) =>
  reset.canVerifyFactor || reset.factors.length > 0

type Judged = {
  reset: store.LiveReset
  hash: store.TokenHash
  passwordHash: string
  choice: ResetChoice
}

async function applyChoice(tx: Tx, deps: ResetDeps, judged: Judged): Promise<CompletedReset> {
  const { reset, hash, passwordHash, choice } = judged
  const { accountNo, accountId, locale } = reset
  const offer = hasSecondFactor(reset) ? undefined : makeOffer(deps, reset)
  await lockStanding(tx, accountNo) // in the order of `orderAll`, which would deadlock otherwise
  if (!(await store.spend(tx, hash, offer?.stored))) throw tokenInvalid()
  if (reset.canVerifyFactor) await spendFactor(tx, deps.cipher, accountNo, choice.code ?? '')
  const heldUntil = await restoreAfterReset(tx, accountNo, {
    passwordHash,
    holdHours: deps.resetTerms.holdHours,
  })
  await record(tx, {
    kind: 'reset.completed',
    actor: `account:${accountId}`,
    subject: `account:${accountId}`,
    detail: { reset: String(reset.no), heldUntil: heldUntil?.toISOString() ?? 'reviewed' },
  })
  const sweepId = reset.sweepId ?? `reset:${reset.no}`
  await stageAll(tx, [{ sweepId, accountNo, purpose: 'confirmation', resetNo: null }])
  return { locale, heldUntil, ...(offer ? { offer: offer.shown } : {}) }
}

async function spendFactor(tx: Tx, cipher: Cipher, accountNo: bigint, code: string): Promise<void> {
  if (await spendSecondFactor(tx, cipher, { accountNo, code })) return
  throw new Refusal('second_factor_wrong', 'That code is not right, or was used already.')
}

function makeOffer(
  { cipher, resetTerms }: ResetDeps,
  reset: store.LiveReset,
): { shown: EnrolmentOffer; stored: store.Enrolment } {
  const token = mintToken(randomBytes(TOKEN_BYTES))
  const secret = mintTotpSecret()
  const uri = totpUri(resetTerms.serviceName, reset.address, secret)
  const sealedSecret = cipher.seal(secret, enrolmentContext(reset.no))
  return {
    shown: { token: token.plain, secret, uri },
    stored: { hash: token.hash, sealedSecret, minutes: resetTerms.enrolmentMinutes },
  }
}

/**
 * Binds the authenticator offered after a reset and returns ten recovery codes to show once.
 * Refuses with `token_invalid`, or with `second_factor_wrong` when the first code is not right.
 */
export async function enrolSecondFactor(
  deps: ResetDeps,
  attempt: { token: string; code: string },
): Promise<{ locale: string | null; recoveryCodes: string[] }> {
  return inTx(deps.db, async (tx) => {
    const taken = await takeOffer(tx, deps, attempt.token)
    if (!taken) throw tokenInvalid()
    const { accountNo, accountId, locale, seconds, resetNo } = taken.open
    const code = attempt.code.replace(/\s/g, '')
    const enrolment = { accountNo, accountId, secret: taken.secret, code }
    const recoveryCodes = await enrolTotp(tx, deps.cipher, { enrolment, seconds })
    if (!recoveryCodes) {
      throw new Refusal('second_factor_wrong', 'That code does not belong to this QR code.')
    }
    await store.closeEnrolment(tx, resetNo)
    return { locale, recoveryCodes }
  })
}

/** The offer behind an enrolment token, to show it again after a wrong code. */
export async function findOffer(
  deps: ResetDeps,
  token: string,
): Promise<{ locale: string | null; offer: EnrolmentOffer } | undefined> {
  const taken = await inTx(deps.db, (tx) => takeOffer(tx, deps, token))
  if (!taken) return undefined
  const { open, secret } = taken
  const uri = totpUri(deps.resetTerms.serviceName, open.address, secret)
  return { locale: open.locale, offer: { token, secret, uri } }
}

async function takeOffer(tx: Tx, { cipher }: ResetDeps, token: string) {
  const hash = hashOfToken(token)
  const open = hash && (await store.takeEnrolment(tx, hash))
  return open && { open, secret: cipher.open(open.sealedSecret, enrolmentContext(open.resetNo)) }
}

const enrolmentContext = (resetNo: bigint) => `enrolment:${resetNo}`

const tokenInvalid = () =>
  new Refusal('token_invalid', 'This link does not work any more. Ask support for a new one.')

const passwordRefused = (path: string, problem: ChoiceProblem) =>
  new Refusal('password_refused', 'The new password was not accepted.', {
    errors: [{ path, message: problem }],
  })

/** The resets of one account, the newest first; never their tokens. */
export const resetsOf = (tx: Tx, accountNo: bigint): Promise<store.SeenReset[]> =>
  store.resetsOf(tx, accountNo)
