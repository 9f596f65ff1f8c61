import type { Tx } from '../../platform/db.js'
import type { NewPasskey } from './ceremony.js'

export type Purpose = 'register' | 'sign_in' | 'step_up'
/** `staffId`: whom it was given to, unless nobody is known yet. */
export type Challenge = { challenge: string; purpose: Purpose; staffId: string | null }

export const insertChallenge = (tx: Tx, made: Challenge): Promise<number> =>
  tx.$executeRaw`
    INSERT INTO passkey_challenge (challenge, staff_id, purpose) VALUES (${made.challenge}, ${made.staffId}, ${made.purpose})`

/** Of all who answer one challenge exactly one finds it. */
export async function spendChallenge(tx: Tx, claimed: Challenge): Promise<boolean> {
  const spent = await tx.$queryRaw<unknown[]>`
    DELETE FROM passkey_challenge
    WHERE challenge = ${claimed.challenge} AND purpose = ${claimed.purpose}
      AND staff_id IS NOT DISTINCT FROM ${claimed.staffId}::text AND expires_at > clock_timestamp()
    RETURNING 1`
  return spent.length === 1
}

export const forgetChallenges = (tx: Tx): Promise<number> =>
  tx.$executeRaw`DELETE FROM passkey_challenge WHERE expires_at < now()`

export type Passkey = {
  id: string
  name: string
  transports: string[]
  createdAt: Date
  usedAt: Date | null
}

export const listOf = (tx: Tx, staffId: string): Promise<Passkey[]> =>
  tx.$queryRaw<Passkey[]>`
    SELECT id, name, transports, created_at AS "createdAt", used_at AS "usedAt"
    FROM staff_passkey WHERE staff_id = ${staffId} ORDER BY created_at, id`

/** `undefined` when the passkey is known already, whoever's it is. */
export async function insert(
  tx: Tx,
  made: NewPasskey & { staffId: string; name: string },
): Promise<Passkey | undefined> {
  const [inserted] = await tx.$queryRaw<Passkey[]>`
    INSERT INTO staff_passkey (id, staff_id, name, public_key, counter, transports)
    VALUES (${made.id}, ${made.staffId}, ${made.name}, ${made.publicKey}, ${made.counter}, ${made.transports}::text[])
    ON CONFLICT (id) DO NOTHING
    RETURNING id, name, transports, created_at AS "createdAt", used_at AS "usedAt"`
  return inserted
}

export type Own = { id: string; staffId: string }

export async function rename(tx: Tx, own: Own & { name: string }): Promise<Passkey | undefined> {
  const [renamed] = await tx.$queryRaw<Passkey[]>`
    UPDATE staff_passkey SET name = ${own.name} WHERE id = ${own.id} AND staff_id = ${own.staffId}
    RETURNING id, name, transports, created_at AS "createdAt", used_at AS "usedAt"`
  return renamed
}

export async function remove(tx: Tx, own: Own): Promise<boolean> {
  const removed = await tx.$executeRaw`
    DELETE FROM staff_passkey WHERE id = ${own.id} AND staff_id = ${own.staffId}`
  return removed === 1
}

export async function find(
  tx: Tx,
  id: string,
): Promise<{ staffId: string; publicKey: Uint8Array } | undefined> {
  const [found] = await tx.$queryRaw<{ staffId: string; publicKey: Uint8Array }[]>`
    SELECT k.staff_id AS "staffId", k.public_key AS "publicKey"
    FROM staff_passkey k JOIN staff s ON s.id = k.staff_id WHERE k.id = ${id} AND s.dismissed_at IS NULL`
  return found
}

/**
 * Counts a use. A counter that does not grow is a copy's (WebAuthn §6.1.1), unless the passkey does
 * not count at all.
 */
export async function countUse(tx: Tx, use: Own & { counter: number }): Promise<boolean> {
  const counted = await tx.$executeRaw`
    UPDATE staff_passkey k SET counter = ${use.counter}, used_at = now()
    FROM staff s
    WHERE k.id = ${use.id} AND k.staff_id = ${use.staffId} AND s.id = k.staff_id AND s.dismissed_at IS NULL
      AND (k.counter < ${use.counter} OR (k.counter = 0 AND ${use.counter} = 0))`
  return counted === 1
}

export async function counterOf(tx: Tx, own: Own): Promise<number | undefined> {
  const [found] = await tx.$queryRaw<{ counter: number }[]>`
    SELECT counter::float8 AS counter FROM staff_passkey WHERE id = ${own.id} AND staff_id = ${own.staffId}`
  return found?.counter
}
