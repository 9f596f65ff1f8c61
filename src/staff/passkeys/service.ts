import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { record } from '../../audit/service.js'
import type { Assertion, Registration } from '../../contract/passkeys.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { getPerson } from '../people/service.js'
import {
  failed,
  openSession,
  type Place,
  recordFailure,
  renewSession,
  type SessionDeps,
  signInWith,
} from '../sessions/service.js'
import {
  claimedChallenge,
  creationOptions,
  type Proof,
  readAssertion,
  readRegistration,
  relyingParty,
  requestOptions,
  userHandleOf,
} from './ceremony.js'
import * as store from './store.js'

export type { Passkey } from './store.js'
export { forgetChallenges } from './store.js'

export type PasskeyDeps = SessionDeps & { origins: () => { staff: string } }

type Shown = z.output<typeof Assertion>

const NOBODY = 'nobody'
const CHALLENGE_BYTES = 32

/** A challenge that can be answered once, within five minutes of the database's clock. */
async function newChallenge(
  db: Db,
  purpose: store.Purpose,
  staffId: string | null,
): Promise<string> {
  const challenge = randomBytes(CHALLENGE_BYTES).toString('base64url')
  await store.insertChallenge(db, { challenge, purpose, staffId })
  return challenge
}

/** The challenge an answer claims, spent by claiming it; `undefined` when it cannot be. */
async function spend(
  db: Db,
  clientDataJSON: string,
  given: Omit<store.Challenge, 'challenge'>,
): Promise<string | undefined> {
  const challenge = claimedChallenge(clientDataJSON)
  if (challenge === undefined) return undefined
  return (await store.spendChallenge(db, { challenge, ...given })) ? challenge : undefined
}

/** What a browser needs to make one more passkey for somebody. */
export async function offerRegistration({ db, origins }: PasskeyDeps, staffId: string) {
  const person = await getPerson(db, staffId)
  const known = await store.listOf(db, staffId)
  const challenge = await newChallenge(db, 'register', staffId)
  return creationOptions(relyingParty(origins().staff), { challenge, person, known })
}

/**
 * Keeps a passkey that a browser made. Refuses with `second_factor_wrong` what was not made for this
 * site, this person and a challenge of the last five minutes, and passkeys known already.
 */
export async function addPasskey(
  { db, origins }: PasskeyDeps,
  made: { staffId: string; name: string; credential: z.output<typeof Registration> },
): Promise<store.Passkey> {
  const { staffId, name, credential } = made
  const given = { purpose: 'register', staffId } as const
  const challenge = await spend(db, credential.response.clientDataJSON, given)
  const read =
    challenge === undefined
      ? undefined
      : await readRegistration(relyingParty(origins().staff), challenge, credential)
  if (!read) throw unusable()
  return inTx(db, async (tx) => {
    const kept = await store.insert(tx, { ...read, staffId, name })
    if (!kept) throw unusable()
    await recordOf(tx, 'staff.passkey_added', { id: kept.id, staffId })
    return kept
  })
}

const unusable = () =>
  new Refusal('second_factor_wrong', 'This passkey was not accepted. Start again to make one.')

export const listPasskeys = (tx: Tx, staffId: string): Promise<store.Passkey[]> =>
  store.listOf(tx, staffId)

/** Refuses with `not_found` passkeys that are not theirs. */
export async function renamePasskey(
  tx: Tx,
  own: store.Own & { name: string },
): Promise<store.Passkey> {
  const renamed = await store.rename(tx, own)
  if (!renamed) throw notTheirs()
  return renamed
}

/** Ends a passkey at once. Refuses with `not_found` passkeys that are not theirs. */
export async function removePasskey(tx: Tx, own: store.Own): Promise<void> {
  if (!(await store.remove(tx, own))) throw notTheirs()
  await recordOf(tx, 'staff.passkey_removed', own)
}

const notTheirs = () => new Refusal('not_found', 'None of your passkeys has this id.')

/** What a browser needs to show any passkey of this site: nobody is named, so nobody is confirmed. */
export async function offerSignIn({ db, origins }: PasskeyDeps) {
  const challenge = await newChallenge(db, 'sign_in', null)
  return requestOptions(relyingParty(origins().staff), challenge, [])
}

/**
 * Opens a session with a passkey: alone when it checked who holds it (two factors that cannot be
 * phished, so guesses at the password delay nobody), or beside the password. Returns the token.
 * Refuses with `sign_in_failed`, and, beside a password, with `throttled`.
 */
export async function signInByPasskey(
  deps: PasskeyDeps,
  asked: { credential: Shown; byPassword?: { email: string; password: string }; from: Place },
): Promise<string> {
  const { credential, byPassword, from } = asked
  const shown = await proofOf(deps, credential, { purpose: 'sign_in', staffId: null })
  if (byPassword) {
    return signInWith(deps, { ...byPassword, from }, async (tx, { id, isPasswordRight }) => {
      const isUsed = await use(tx, shown, isPasswordRight ? id : NOBODY)
      return isUsed ? 'passkey' : undefined
    })
  }
  const token = await inTx(deps.db, async (tx) => {
    if (shown?.isUserVerified && (await use(tx, shown, shown.staffId))) {
      return openSession(tx, { staffId: shown.staffId, factor: 'passkey', from })
    }
    await recordFailure(tx, shown?.staffId, from)
    return undefined
  })
  if (token === undefined) throw failed()
  return token
}

/** What a browser needs to show one of somebody's passkeys again. */
export async function offerStepUp({ db, origins }: PasskeyDeps, staffId: string) {
  const known = await store.listOf(db, staffId)
  const challenge = await newChallenge(db, 'step_up', staffId)
  return requestOptions(relyingParty(origins().staff), challenge, known)
}

/** Shows a passkey in a session that lives: it gets a new token. Refuses with `sign_in_failed`. */
export async function stepUpByPasskey(
  deps: PasskeyDeps,
  session: { sessionId: string; staffId: string },
  { credential, from }: { credential: Shown; from: Place },
): Promise<string> {
  const { staffId } = session
  const shown = await proofOf(deps, credential, { purpose: 'step_up', staffId })
  const token = await inTx(deps.db, async (tx) => {
    if (await use(tx, shown, staffId)) return renewSession(tx, { ...session, factor: 'passkey' })
    await recordFailure(tx, staffId, from)
    return undefined
  })
  if (token === undefined) throw failed()
  return token
}

type Proven = Proof & store.Own

/** What was shown, by whom; `undefined` for whatever does not hold. The challenge is spent either way. */
async function proofOf(
  { db, origins }: PasskeyDeps,
  credential: Shown,
  given: Omit<store.Challenge, 'challenge'>,
): Promise<Proven | undefined> {
  const { clientDataJSON, userHandle } = credential.response
  const challenge = await spend(db, clientDataJSON, given)
  const found = await store.find(db, credential.id)
  if (challenge === undefined || !found) return undefined
  if (userHandle && userHandle !== userHandleOf(found.staffId)) return undefined
  const rp = relyingParty(origins().staff)
  const proof = await readAssertion(rp, challenge, credential, found.publicKey)
  return proof && { ...proof, id: credential.id, staffId: found.staffId }
}

/** Whether `staffId` showed a passkey of theirs. A counter that did not grow is refused and written down. */
async function use(tx: Tx, shown: Proven | undefined, staffId: string): Promise<boolean> {
  const { id, counter } = shown ?? { id: '', counter: 0 }
  if (await store.countUse(tx, { id, counter, staffId })) return true
  const stored = await store.counterOf(tx, { id, staffId })
  if (stored !== undefined) {
    const detail = { passkey: id, counter, stored, because: 'counter_not_grown' }
    const who = `staff:${staffId}`
    await record(tx, { kind: 'staff.passkey_refused', actor: who, subject: who, detail })
  }
  return false
}

function recordOf(
  tx: Tx,
  kind: 'staff.passkey_added' | 'staff.passkey_removed',
  { id, staffId }: store.Own,
): Promise<unknown> {
  const who = `staff:${staffId}`
  return record(tx, { kind, actor: who, subject: who, detail: { passkey: id } })
}
