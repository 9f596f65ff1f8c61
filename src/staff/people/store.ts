import type { StaffRole } from '../../contract/acts.js'
import type { Tx } from '../../platform/db.js'

export type Person = {
  id: string
  email: string
  name: string
  roles: StaffRole[]
  version: number
  createdAt: Date
  enrolledAt: Date | null
  dismissedAt: Date | null
  passkeys: number
}

/** Nobody who was dismissed is invited under the same address again; `undefined` when it is taken. */
export async function insert(
  tx: Tx,
  person: Pick<Person, 'id' | 'email' | 'name' | 'roles'>,
): Promise<boolean> {
  const inserted = await tx.$executeRaw`
    INSERT INTO staff (id, email, name, roles) VALUES (${person.id}, ${person.email}, ${person.name}, ${person.roles}::text[])
    ON CONFLICT (email) DO NOTHING`
  return inserted === 1
}

export const list = (tx: Tx, id: string | null): Promise<Person[]> =>
  tx.$queryRaw<Person[]>`
    SELECT s.id, s.email, s.name, s.roles, s.version, s.created_at AS "createdAt", s.enrolled_at AS "enrolledAt",
           s.dismissed_at AS "dismissedAt",
           (SELECT count(*) FROM staff_passkey k WHERE k.staff_id = s.id)::int AS passkeys
    FROM staff s WHERE ${id}::text IS NULL OR s.id = ${id} ORDER BY s.created_at, s.id`

type NewInvitation = {
  tokenHash: Uint8Array<ArrayBuffer>
  staffId: string
  sealedSecret: Uint8Array<ArrayBuffer>
  hours: number
}

/** One live invitation per person: a new one ends the one before, and what it would have replaced. */
export async function replaceInvitation(tx: Tx, invitation: NewInvitation): Promise<void> {
  const { tokenHash, staffId, sealedSecret, hours } = invitation
  await tx.$executeRaw`
    UPDATE staff_invitation SET spent_at = now() WHERE staff_id = ${staffId} AND spent_at IS NULL`
  await tx.$executeRaw`
    INSERT INTO staff_invitation (token_hash, staff_id, sealed_secret, expires_at)
    VALUES (${tokenHash}, ${staffId}, ${sealedSecret}, now() + make_interval(hours => ${hours}::int))`
}

export type Invitation = {
  staffId: string
  email: string
  name: string
  sealedSecret: Uint8Array
  seconds: number
}

export async function findInvitation(
  tx: Tx,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<Invitation | undefined> {
  const [found] = await tx.$queryRaw<Invitation[]>`
    SELECT s.id AS "staffId", s.email, s.name, i.sealed_secret AS "sealedSecret",
           floor(extract(epoch FROM clock_timestamp()))::float8 AS seconds
    FROM staff_invitation i JOIN staff s ON s.id = i.staff_id
    WHERE i.token_hash = ${tokenHash} AND i.spent_at IS NULL AND i.expires_at > now() AND s.dismissed_at IS NULL`
  return found
}

/** Of two who follow one link exactly one enrols. */
export async function spendInvitation(
  tx: Tx,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const spent = await tx.$executeRaw`
    UPDATE staff_invitation SET spent_at = now()
    WHERE token_hash = ${tokenHash} AND spent_at IS NULL AND expires_at > now()`
  return spent === 1
}

type Credentials = {
  staffId: string
  passwordHash: string
  sealedSecret: Uint8Array<ArrayBuffer>
  step: number
  recoveryHashes: string[]
}

export const setCredentials = (tx: Tx, set: Credentials): Promise<number> =>
  tx.$executeRaw`
    UPDATE staff SET password_hash = ${set.passwordHash}, totp_secret = ${set.sealedSecret}, totp_last_step = ${set.step},
           recovery_codes = ${set.recoveryHashes}::text[], enrolled_at = now()
    WHERE id = ${set.staffId}`

export const dropCredentials = (tx: Tx, staffId: string): Promise<number> =>
  tx.$executeRaw`
    UPDATE staff SET password_hash = NULL, totp_secret = NULL, totp_last_step = -1, recovery_codes = '{}', enrolled_at = NULL
    WHERE id = ${staffId}`

export const dropPasskeys = (tx: Tx, staffId: string): Promise<number> =>
  tx.$executeRaw`DELETE FROM staff_passkey WHERE staff_id = ${staffId}`

/** Changes roles if nobody changed them since this version was read. */
export const setRoles = (
  tx: Tx,
  change: { id: string; roles: readonly StaffRole[]; version: number },
): Promise<number> =>
  tx.$executeRaw`
    UPDATE staff SET roles = ${change.roles}::text[], version = version + 1
    WHERE id = ${change.id} AND version = ${change.version} AND dismissed_at IS NULL`

export const dismiss = (tx: Tx, id: string): Promise<number> =>
  tx.$executeRaw`UPDATE staff SET dismissed_at = now(), version = version + 1 WHERE id = ${id} AND dismissed_at IS NULL`

/** Locks the last admins against each other: of two who dismiss one another one stays. */
export async function countAdmins(tx: Tx): Promise<number> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('staff admins', 0))`
  const [row] = await tx.$queryRaw<{ admins: number }[]>`
    SELECT count(*)::int AS admins FROM staff WHERE 'admin' = ANY (roles) AND dismissed_at IS NULL`
  return row?.admins ?? 0
}
