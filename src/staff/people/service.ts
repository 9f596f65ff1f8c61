import { randomBytes } from 'node:crypto'
import { record } from '../../audit/service.js'
import type { StaffRole } from '../../contract/acts.js'
import type { Cipher } from '../../platform/cipher.js'
import { hashPassword } from '../../platform/credentials/password.js'
import { checkPassword, LEAST_ALONE, MOST } from '../../platform/credentials/password-policy.js'
import {
  mintRecoveryCodes,
  RECOVERY_CODE_BYTES,
  RECOVERY_CODES,
} from '../../platform/credentials/recovery-code.js'
import { matchTotp, mintTotpSecret, totpUri } from '../../platform/credentials/totp.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { sha256 } from '../../platform/hash.js'
import { parseAddress } from '../../values/address.js'
import { newId } from '../../values/ids.js'
import { endSessions, totpContext } from '../sessions/service.js'
import * as store from './store.js'

export type PeopleDeps = { db: Db; cipher: Cipher }

type NewPerson = { email: string; name: string; roles: readonly StaffRole[]; actor: string }
export type Invited = { id: string; token: string; expiresInHours: number }

const INVITATION_HOURS = 24
const ISSUER = 'Cordon'

/**
 * Invites somebody: they get a one-time token, by which they choose their own password and bind
 * their own authenticator; nobody else learns either (ASVS V6.4.1, V6.4.6). Refuses with
 * `input_invalid` addresses that are none, or that somebody has.
 */
export async function invite(tx: Tx, cipher: Cipher, person: NewPerson): Promise<Invited> {
  const parsed = parseAddress(person.email)
  if ('rejected' in parsed) {
    throw new Refusal('input_invalid', `This is no usable address (${parsed.rejected}).`)
  }
  const id = newId('stf', randomBytes(16))
  const roles = [...new Set(person.roles)]
  if (!(await store.insert(tx, { id, email: parsed.address, name: person.name, roles }))) {
    throw new Refusal('input_invalid', 'Somebody was invited under this address before.')
  }
  await record(tx, {
    kind: 'staff.invited',
    actor: person.actor,
    subject: `staff:${id}`,
    detail: { roles },
  })
  return newInvitation(tx, cipher, id)
}

/**
 * Invites somebody again who lost their password or authenticator: what they had stops working, and
 * their sessions end, at once. Refuses with `staff_not_found`.
 */
export async function inviteAgain(
  tx: Tx,
  cipher: Cipher,
  { id, actor }: { id: string; actor: string },
): Promise<Invited> {
  await getActive(tx, id)
  await store.dropCredentials(tx, id)
  await store.dropPasskeys(tx, id)
  await endSessions(tx, { staffId: id }, actor)
  const detail = { again: true }
  await record(tx, { kind: 'staff.invited', actor, subject: `staff:${id}`, detail })
  return newInvitation(tx, cipher, id)
}

async function newInvitation(tx: Tx, cipher: Cipher, staffId: string): Promise<Invited> {
  const token = randomBytes(32).toString('base64url')
  await store.replaceInvitation(tx, {
    tokenHash: sha256(token),
    staffId,
    sealedSecret: cipher.seal(mintTotpSecret(), totpContext(staffId)),
    hours: INVITATION_HOURS,
  })
  return { id: staffId, token, expiresInHours: INVITATION_HOURS }
}

export type Offer = { email: string; name: string; secret: string; uri: string }

/** What an invitation offers; looking spends nothing. Refuses with `token_invalid`. */
export async function readInvitation({ db, cipher }: PeopleDeps, token: string): Promise<Offer> {
  const found = await findInvitation(db, token)
  const secret = cipher.open(found.sealedSecret, totpContext(found.staffId))
  const { email, name } = found
  return { email, name, secret, uri: totpUri(ISSUER, email, secret) }
}

async function findInvitation(tx: Tx, token: string): Promise<store.Invitation> {
  const found = await store.findInvitation(tx, sha256(token))
  if (found) return found
  throw new Refusal(
    'token_invalid',
    'This invitation was used, has ended, or never was. Ask an admin to invite you again.',
  )
}

/**
 * Enrols whoever holds the invitation, with their own password and the first code of their
 * authenticator. Returns ten recovery codes to show once. Refuses with `token_invalid`,
 * `password_refused` and `second_factor_wrong`; those two leave the invitation as it is.
 */
export async function enrol(
  { db, cipher }: PeopleDeps,
  chosen: { token: string; password: string; code: string },
): Promise<string[]> {
  const found = await findInvitation(db, chosen.token)
  refuseWeak(chosen.password, [found.email, found.name, ISSUER])
  const secret = cipher.open(found.sealedSecret, totpContext(found.staffId))
  const clock = { seconds: found.seconds, lastStep: -1 }
  const step = matchTotp(secret, chosen.code.replace(/\s/g, ''), clock)
  if (step === undefined) {
    throw new Refusal('second_factor_wrong', 'Type the code your authenticator shows now.')
  }
  const passwordHash = await hashPassword(chosen.password)
  const codes = mintRecoveryCodes(randomBytes(RECOVERY_CODES * RECOVERY_CODE_BYTES))
  await inTx(db, async (tx) => {
    if (!(await store.spendInvitation(tx, sha256(chosen.token)))) {
      throw new Refusal('token_invalid', 'This invitation was used a moment ago.')
    }
    const sealedSecret = cipher.seal(secret, totpContext(found.staffId))
    const { staffId } = found
    const recoveryHashes = codes.hashes
    await store.setCredentials(tx, { staffId, passwordHash, sealedSecret, step, recoveryHashes })
    const subject = `staff:${staffId}`
    await record(tx, { kind: 'staff.enrolled', actor: subject, subject })
  })
  return codes.plain
}

/** Staff always have a second factor, and always need a password that would do alone. */
function refuseWeak(password: string, words: readonly string[]): void {
  const problem = checkPassword(password, { hasSecondFactor: false, words })
  if (!problem) return
  throw new Refusal(
    'password_refused',
    `Choose ${LEAST_ALONE} to ${MOST} characters that nobody would guess: this one is ${problem.replace('_', ' ')}.`,
    { errors: [{ path: 'password', message: problem }] },
  )
}

/** Everybody, in the order they were invited. */
export const listPeople = (tx: Tx): Promise<store.Person[]> => store.list(tx, null)

/** Refuses with `staff_not_found`. */
export async function getPerson(tx: Tx, id: string): Promise<store.Person> {
  const [found] = await store.list(tx, id)
  if (!found) throw new Refusal('staff_not_found', 'Nobody has this id.')
  return found
}

async function getActive(tx: Tx, id: string): Promise<store.Person> {
  const person = await getPerson(tx, id)
  if (person.dismissedAt) throw new Refusal('staff_not_found', 'They were dismissed.')
  return person
}

/**
 * Changes what somebody may do, from their next request on. Refuses with `staff_not_found`,
 * `precondition_failed` when somebody changed it since `version`, `illegal_transition` for the last
 * admin, and `forbidden` for oneself: nobody gives themselves power.
 */
export async function changeRoles(
  tx: Tx,
  change: { id: string; roles: readonly StaffRole[]; version: number; actor: string },
): Promise<store.Person> {
  const { id, roles, actor } = change
  refuseOneself(id, actor)
  const before = await getActive(tx, id)
  if ((await store.setRoles(tx, change)) === 0) {
    throw new Refusal('precondition_failed', 'Somebody changed this meanwhile. Read it again.')
  }
  await refuseNoAdmin(tx)
  const detail = { from: before.roles, to: [...new Set(roles)] }
  await record(tx, { kind: 'staff.changed', actor, subject: `staff:${id}`, detail })
  return getPerson(tx, id)
}

/**
 * Ends what somebody may do and all their sessions, at once. Refuses with `staff_not_found`,
 * `illegal_transition` for the last admin, `forbidden` for oneself.
 */
export async function dismiss(tx: Tx, { id, actor }: { id: string; actor: string }): Promise<void> {
  refuseOneself(id, actor)
  if ((await store.dismiss(tx, id)) === 0) {
    throw new Refusal('staff_not_found', 'Nobody with this id works here.')
  }
  await refuseNoAdmin(tx)
  await record(tx, { kind: 'staff.dismissed', actor, subject: `staff:${id}` })
  await endSessions(tx, { staffId: id }, actor)
}

function refuseOneself(id: string, actor: string): void {
  if (actor === `staff:${id}`) {
    throw new Refusal('forbidden', 'Somebody else must change what you may do.')
  }
}

async function refuseNoAdmin(tx: Tx): Promise<void> {
  if ((await store.countAdmins(tx)) > 0) return
  throw new Refusal('illegal_transition', 'Cordon needs an admin. Make somebody else one first.')
}
