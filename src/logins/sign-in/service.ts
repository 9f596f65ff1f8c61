import { randomUUID } from 'node:crypto'
import { openSession, rehashPassword, spendSecondFactor } from '../../accounts/service.js'
import { record } from '../../audit/service.js'
import type { Cipher } from '../../platform/cipher.js'
import {
  hashPassword,
  needsRehash,
  refuseOverload,
  verifyInTime,
} from '../../platform/credentials/password.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { parseAddress } from '../../values/address.js'
import { matchKey } from '../../values/alias.js'
import { decideSignIn, isThrottled, type SignInFacts, type SignInResult } from '../sign-in.js'
import * as store from './store.js'

export type SignInDeps = { db: Db; cipher: Cipher }

export type SignIn = {
  address: string
  password: string
  totp?: string | undefined
  ip: string
  userAgent: string | null
}

export type SignInAnswer = {
  result: SignInResult
  accountId?: string
  session?: string
  sessionExpiresAt?: string
}

/** Who signs in, as far as it is known: the account (if any) and the address tried (if it is one). */
type Known = { candidate: store.Candidate | undefined; username: string | null }

/**
 * Signs an account in and stores the attempt. An address nobody has takes the same steps and the
 * same time as a wrong password. Refuses with `throttled` when hashing is overloaded.
 */
export async function signIn(deps: SignInDeps, asked: SignIn): Promise<SignInAnswer> {
  refuseOverload()
  const { known, throttled } = await inTx(deps.db, (tx) => lookUp(tx, asked))
  if (throttled) return inTx(deps.db, (tx) => conclude(tx, { known, asked, result: 'throttled' }))
  const hash = known.candidate?.passwordHash ?? null
  const isPasswordRight = await verifyInTime(hash, asked.password)
  const fresh = isPasswordRight ? await freshHash(hash, asked.password) : undefined
  return inTx(deps.db, (tx) => judge(tx, deps, { known, asked, isPasswordRight, fresh }))
}

async function lookUp(tx: Tx, asked: SignIn): Promise<{ known: Known; throttled: boolean }> {
  const parsed = parseAddress(asked.address)
  const address = 'address' in parsed ? parsed.address : null
  const candidate =
    address === null
      ? undefined
      : await store.findCandidate(tx, { address, matchKey: matchKey(address) })
  const recent = await store.countFailures(tx, {
    accountNo: candidate?.accountNo ?? null,
    username: candidate ? null : address,
    ip: asked.ip,
  })
  return { known: { candidate, username: address }, throttled: isThrottled(recent) }
}

type Rehash = { from: string; to: string }

async function freshHash(hash: string | null, password: string): Promise<Rehash | undefined> {
  if (hash === null || !needsRehash(hash)) return undefined
  return { from: hash, to: await hashPassword(password) }
}

type Seen = {
  known: Known
  asked: SignIn
  isPasswordRight: boolean
  fresh: Rehash | undefined
}

async function judge(tx: Tx, deps: SignInDeps, seen: Seen): Promise<SignInAnswer> {
  const { known, asked, isPasswordRight, fresh } = seen
  const { candidate } = known
  if (!candidate || !isPasswordRight) return conclude(tx, { known, asked, result: 'invalid' })
  if (fresh) await rehashPassword(tx, candidate.accountNo, fresh)
  const facts = await factsOf(tx, deps, { candidate, code: asked.totp })
  const result = decideSignIn(facts)
  if (result !== 'ok') {
    const reason = facts.factor === 'wrong' && result === 'invalid' ? 'second_factor_wrong' : result
    return conclude(tx, { known, asked, result, reason })
  }
  return open(tx, candidate, { known, asked })
}

/** The code is only looked at, and spent, when nothing else stands in the way. */
async function factsOf(
  tx: Tx,
  { cipher }: SignInDeps,
  { candidate, code }: { candidate: store.Candidate; code: string | undefined },
): Promise<SignInFacts> {
  const isLocked = candidate.isLocked || candidate.status !== 'active'
  const { isPasswordUsable, accountNo } = candidate
  const base = { isPasswordRight: true, isLocked, isPasswordUsable }
  if (!candidate.hasTotp) {
    return { ...base, factor: candidate.factors.length > 0 ? 'elsewhere' : 'none' }
  }
  if (!code) return { ...base, factor: 'missing' }
  if (isLocked || !isPasswordUsable) return { ...base, factor: 'wrong' }
  const isRight = await spendSecondFactor(tx, cipher, { accountNo, code })
  return { ...base, factor: isRight ? 'right' : 'wrong' }
}

type Context = { known: Known; asked: SignIn }

/** No session when the account was reset or locked while its password was being checked. */
async function open(tx: Tx, candidate: store.Candidate, context: Context): Promise<SignInAnswer> {
  const { accountNo, accountId, epoch } = candidate
  const session = await openSession(tx, accountNo, epoch)
  if (!session) return conclude(tx, { ...context, result: 'reset_required' })
  await record(tx, {
    kind: 'session.opened',
    actor: `account:${accountId}`,
    subject: `account:${accountId}`,
    detail: { epoch },
  })
  const answer = await conclude(tx, { ...context, result: 'ok' })
  return { ...answer, session: session.token, sessionExpiresAt: session.expiresAt.toISOString() }
}

/** Stores the attempt; names the account only to who knew its password. */
async function conclude(
  tx: Tx,
  concluded: Context & { result: SignInResult; reason?: string },
): Promise<SignInAnswer> {
  const { known, asked, result, reason = result } = concluded
  const { candidate } = known
  await store.insertAttempt(tx, {
    id: randomUUID(),
    accountNo: candidate?.accountNo ?? null,
    username: candidate ? null : known.username,
    ip: asked.ip,
    userAgent: asked.userAgent,
    succeeded: result === 'ok',
    reason: result === 'ok' ? null : reason,
  })
  const isStranger = result === 'invalid' || result === 'throttled'
  return candidate && !isStranger ? { result, accountId: candidate.accountId } : { result }
}
