import { randomBytes } from 'node:crypto'
import { record } from '../../audit/service.js'
import type { Cipher } from '../../platform/cipher.js'
import { refuseOverload, verifyInTime } from '../../platform/credentials/password.js'
import { hashRecoveryCode, isRecoveryCode } from '../../platform/credentials/recovery-code.js'
import { matchTotp } from '../../platform/credentials/totp.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { sameBytes, sha256 } from '../../platform/hash.js'
import { newId } from '../../values/ids.js'
import { SESSION_BYTES } from '../session.js'
import { FREE_FAILURES, type WaitKind, waitAfter } from '../wait.js'
import * as store from './store.js'

export type SessionDeps = { db: Db; cipher: Cipher }
export type Place = { ip: string; userAgent: string }
export type Factor = 'totp' | 'recovery_code' | 'passkey'
export type { LiveSession, SeenSession } from './store.js'

type ByPassword = { email: string; password: string; from: Place }

/** Spends the second factor of somebody; without the right password everything is looked at, nothing spent. */
export type Spend = (
  tx: Tx,
  holder: Holder & { isPasswordRight: boolean },
) => Promise<Factor | undefined>

/** What an address nobody has is compared with: the same steps, ending nowhere. */
const NOBODY = { id: 'nobody', passwordHash: null, secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' }

export const totpContext = (staffId: string) => `staff-totp:${staffId}`

/**
 * Opens a session for somebody who knows their password and has their authenticator (or one of
 * their recovery codes, each once). Returns the token, of which only the SHA-256 is stored. Refuses
 * with `sign_in_failed`, in the same time and with the same words for unknown addresses, and with
 * `throttled` after too many failures.
 */
export const signIn = (deps: SessionDeps, asked: ByPassword & { code: string }): Promise<string> =>
  signInWith(deps, asked, (tx, holder) => spendFactor(tx, holder, asked.code))

/** `signIn` with any second factor. */
export async function signInWith(
  deps: SessionDeps,
  asked: ByPassword,
  spend: Spend,
): Promise<string> {
  refuseOverload()
  const known = await inTx(deps.db, (tx) => lookUp(tx, deps.cipher, asked))
  if (known.wait > 0) throw waiting(known.wait)
  const isPasswordRight = await verifyInTime(known.passwordHash, asked.password)
  const token = await inTx(deps.db, async (tx) => {
    const factor = await spend(tx, { ...known, isPasswordRight })
    if (factor) {
      await store.forgetFailures(tx, [known.keys.pair, known.keys.account])
      return openSession(tx, { staffId: known.id, factor, from: asked.from })
    }
    await noteFailure(tx, known, asked.from)
    return undefined
  })
  if (token === undefined) throw failed()
  return token
}

export const failed = () =>
  new Refusal('sign_in_failed', 'The address, the password or the code is not right.')

const waiting = (wait: number) =>
  new Refusal('throttled', 'Too many attempts failed. Wait, then try again.', { retryAfter: wait })

type Keys = Record<WaitKind, Uint8Array<ArrayBuffer>>
type Known = {
  id: string
  passwordHash: string | null
  secret: string
  lastStep: number
  seconds: number
  isNetworkKnown: boolean
  keys: Keys
  wait: number
}

async function lookUp(
  tx: Tx,
  cipher: Cipher,
  { email, from }: Pick<ByPassword, 'email' | 'from'>,
): Promise<Known> {
  const found = await store.findCandidate(tx, { email, ip: from.ip })
  const { network, seconds } = await store.surroundings(tx, from.ip)
  const keys = {
    pair: sha256(`pair:${email}:${network}`),
    network: sha256(`network:${network}`),
    account: sha256(`account:${email}`),
  }
  const isNetworkKnown = found?.isNetworkKnown ?? false
  const wait = await store.waitOf(
    tx,
    kindsFor(isNetworkKnown).map((kind) => keys[kind]),
  )
  const who = found
    ? {
        id: found.id,
        passwordHash: found.passwordHash,
        secret: cipher.open(found.totpSecret, totpContext(found.id)),
        lastStep: Number(found.totpLastStep),
      }
    : { ...NOBODY, lastStep: -1 }
  return { ...who, seconds, isNetworkKnown, keys, wait }
}

/** From where somebody signed in before, other people's failures do not keep them out. */
const kindsFor = (isNetworkKnown: boolean): WaitKind[] =>
  isNetworkKnown ? ['pair'] : ['pair', 'network', 'account']

type Holder = Pick<Known, 'id' | 'passwordHash' | 'secret' | 'lastStep' | 'seconds'>

/** Spends what was shown; without the right password nothing is spent, but everything is looked at. */
async function spendFactor(
  tx: Tx,
  holder: Holder & { isPasswordRight: boolean },
  shown: string,
): Promise<Factor | undefined> {
  const code = shown.replace(/\s/g, '')
  const spent = {
    staffId: holder.isPasswordRight ? holder.id : NOBODY.id,
    passwordHash: holder.passwordHash ?? '',
  }
  if (isRecoveryCode(code)) {
    const hash = hashRecoveryCode(code)
    return (await store.spendRecoveryCode(tx, { ...spent, hash })) ? 'recovery_code' : undefined
  }
  const step = matchTotp(holder.secret, code, holder) ?? -1
  return (await store.spendStep(tx, { ...spent, step })) ? 'totp' : undefined
}

/** As many statements for every network, so that nobody hears by the clock whose it is. */
async function noteFailure(tx: Tx, known: Known, from: Place): Promise<void> {
  const kinds = kindsFor(known.isNetworkKnown)
  const keys = kinds.map((kind) => known.keys[kind])
  const counted = await store.addFailures(tx, keys)
  const waits = kinds.map((kind) => {
    const found = counted.find(({ key }) => sameBytes(key, known.keys[kind]))
    return waitAfter(found?.failures ?? 1, FREE_FAILURES[kind])
  })
  await store.setWaits(tx, keys, waits)
  await recordFailure(tx, known.id === NOBODY.id ? undefined : known.id, from)
}

export async function recordFailure(
  tx: Tx,
  staffId: string | undefined,
  { ip }: Place,
): Promise<void> {
  const who = `staff:${staffId ?? 'unknown'}`
  await record(tx, { kind: 'staff.sign_in_failed', actor: who, subject: who, detail: { ip } })
}

/** Opens a session for somebody whose second factor was checked just now. Returns its token. */
export async function openSession(
  tx: Tx,
  { staffId, factor, from }: { staffId: string; factor: Factor; from: Place },
): Promise<string> {
  const token = randomBytes(SESSION_BYTES).toString('base64url')
  const id = newId('ses', randomBytes(16))
  await store.insertSession(tx, { id, tokenHash: sha256(token), staffId, factor, ...from })
  await record(tx, {
    kind: 'staff.signed_in',
    actor: `staff:${staffId}`,
    subject: `staff:${staffId}`,
    detail: { session: id, factor, ip: from.ip },
  })
  return token
}

/**
 * Shows the second factor again, in a session that lives: what grave acts want. The session gets a
 * new token. Refuses with `sign_in_failed`, and with `throttled` after too many failures.
 */
export async function stepUp(
  deps: SessionDeps,
  session: { sessionId: string; email: string },
  shown: { code: string; from: Place },
): Promise<string> {
  const asked = { email: session.email, from: shown.from }
  const known = await inTx(deps.db, (tx) => lookUp(tx, deps.cipher, asked))
  if (known.wait > 0) throw waiting(known.wait)
  const token = await inTx(deps.db, async (tx) => {
    const factor = await spendFactor(tx, { ...known, isPasswordRight: true }, shown.code)
    if (factor) return renewSession(tx, { ...session, staffId: known.id, factor })
    await noteFailure(tx, known, shown.from)
    return undefined
  })
  if (token === undefined) throw failed()
  return token
}

/** A new token for a session whose holder showed a factor just now. Refuses with `unauthenticated`. */
export async function renewSession(
  tx: Tx,
  { sessionId, staffId, factor }: { sessionId: string; staffId: string; factor: Factor },
): Promise<string> {
  const token = randomBytes(SESSION_BYTES).toString('base64url')
  if ((await store.renewFactor(tx, { sessionId, tokenHash: sha256(token), factor })) === 0) {
    throw new Refusal('unauthenticated', 'This session has ended. Sign in again.')
  }
  await record(tx, {
    kind: 'staff.stepped_up',
    actor: `staff:${staffId}`,
    subject: `staff:${staffId}`,
    detail: { session: sessionId, factor },
  })
  return token
}

/** The session of a token, if it still counts; looking keeps it from idling out. */
export async function findSession(db: Db, token: string): Promise<store.LiveSession | undefined> {
  const found = await store.byToken(db, sha256(token))
  if (found?.isSeenLongAgo) await store.touch(db, found.id)
  return found
}

/** The session with this id. Refuses with `unauthenticated` when it does not count any more. */
export async function getSession(tx: Tx, id: string): Promise<store.LiveSession> {
  const found = await store.byId(tx, id)
  if (!found) throw new Refusal('unauthenticated', 'This session has ended. Sign in again.')
  return found
}

/** Ends one session at once. Refuses with `not_found` when it does not live, or is somebody else's. */
export async function endSession(
  tx: Tx,
  which: { id: string; staffId?: string },
  actor: string,
): Promise<void> {
  const ended = await store.end(tx, which)
  if (ended.length === 0) throw new Refusal('not_found', 'No live session has this id.')
  await recordEnds(tx, ended, actor)
}

/** Ends every session of somebody at once, but for `except`. */
export async function endSessions(
  tx: Tx,
  which: { staffId: string; except?: string },
  actor: string,
): Promise<void> {
  await recordEnds(tx, await store.end(tx, which), actor)
}

/**
 * Ends every session and every open invitation: a restored database does not know which of them were
 * ended since, nor who was dismissed. Returns how many sessions.
 */
export async function endEverything(tx: Tx, actor: string): Promise<number> {
  const ended = await store.end(tx, {})
  await recordEnds(tx, ended, actor)
  await store.endInvitations(tx)
  return ended.length
}

async function recordEnds(tx: Tx, ids: readonly string[], actor: string): Promise<void> {
  for (const id of ids) {
    await record(tx, { kind: 'staff.session_ended', actor, subject: `session:${id}` })
  }
}

/** Sessions that count now: one person's, or everybody's. */
export const listSessions = (tx: Tx, staffId: string | null): Promise<store.SeenSession[]> =>
  store.listLive(tx, staffId)

const KEPT_DAYS = { sessions: 90, invitations: 30 }

/** Forgets old sessions, invitations and failures to sign in. At most `limit` of each; returns the most of one kind. */
export async function forgetOldSessions(db: Db, limit: number): Promise<number> {
  return Math.max(
    await store.forgetSessions(db, KEPT_DAYS.sessions, limit),
    await store.forgetInvitations(db, KEPT_DAYS.invitations, limit),
    await store.forgetOldFailures(db, limit),
  )
}
