import { randomBytes } from 'node:crypto'
import { record } from '../audit/service.js'
import type { Cipher } from '../platform/cipher.js'
import { type Db, inTx, type Tx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { sha256 } from '../platform/hash.js'
import { newId } from '../values/ids.js'
import { bearerKey, KEY_BYTES, mintKey } from './keys.js'
import { type MachineRole, may } from './policy.js'
import * as store from './store.js'

export type StaffDeps = { db: Db; cipher: Cipher }

export type NewKey = { role: MachineRole; name: string; actor: string }

const RESERVED_SOURCES = new Set(['sign-in', 'import'])

/**
 * Makes a key for a machine. The answer is the only time the key is seen. A second `ingest` key of a
 * name is another live secret of the same source: both sign until one is revoked. Refuses with
 * `input_invalid` names that Cordon uses for its own attempts.
 */
export async function addKey(
  { db, cipher }: StaffDeps,
  { role, name, actor }: NewKey,
): Promise<{ id: string; key: string }> {
  if (role === 'ingest' && RESERVED_SOURCES.has(name)) {
    throw new Refusal('input_invalid', `${name} is Cordon's own source. Choose another name.`)
  }
  const id = newId('key', randomBytes(16))
  const { key, hash, isRecoverable } = mintKey(role, id, randomBytes(KEY_BYTES))
  const sealedSecret = isRecoverable ? cipher.seal(key, `key:${id}`) : null
  await inTx(db, async (tx) => {
    await store.insertKey(tx, { id, name, role, hash, sealedSecret })
    await record(tx, { kind: 'key.added', actor, subject: `key:${id}`, detail: { role, name } })
  })
  return { id, key }
}

/** Ends a key at once. Refuses with `not_found` when no live key has this id. */
export async function revokeKey(
  { db }: { db: Db },
  { id, actor }: { id: string; actor: string },
): Promise<void> {
  await inTx(db, async (tx) => {
    if (!(await store.revokeKey(tx, id))) {
      throw new Refusal('not_found', 'No live key has this id.')
    }
    await record(tx, { kind: 'key.revoked', actor, subject: `key:${id}` })
  })
}

/** Ends every key of a source at once. Refuses with `not_found` when it has no live one. */
export async function revokeSource(
  { db }: { db: Db },
  { source, actor }: { source: string; actor: string },
): Promise<string[]> {
  return inTx(db, async (tx) => {
    const ids = await store.revokeSource(tx, source)
    if (ids.length === 0) throw new Refusal('not_found', 'No live key signs for this source.')
    for (const id of ids) await record(tx, { kind: 'key.revoked', actor, subject: `key:${id}` })
    return ids
  })
}

/** All keys, never their secrets, in the order they were made. */
export const listKeys = ({ db }: { db: Db }) => store.listKeys(db)

/** The secrets that sign attempts now, opened, with the source each one proves. */
export async function liveSecrets({
  db,
  cipher,
}: StaffDeps): Promise<{ sourceNo: number; secret: string }[]> {
  const sealed = await store.liveIngestKeys(db)
  return sealed.map(({ id, sourceNo, sealedSecret }) => ({
    sourceNo,
    secret: cipher.open(sealedSecret, `key:${id}`),
  }))
}

export type Machine = { id: string; role: MachineRole }

/**
 * The machine behind an `Authorization` header. Refuses with `unauthenticated` alike when there is
 * no key, or it is unknown or revoked.
 */
export async function authenticate(tx: Tx, authorization: string | undefined): Promise<Machine> {
  const key = bearerKey(authorization)
  const found = key && (await store.findLiveKey(tx, sha256(key)))
  if (!found) {
    throw new Refusal('unauthenticated', 'Send a live key as Authorization: Bearer <key>.')
  }
  return { id: `key:${found.id}`, role: found.role }
}

/** Authenticates, and refuses with `forbidden` what the role may not do. */
export async function authorise(
  { db }: { db: Db },
  authorization: string | undefined,
  act: string,
): Promise<Machine> {
  const machine = await inTx(db, (tx) => authenticate(tx, authorization))
  if (!may(machine.role, act)) {
    throw new Refusal('forbidden', `A key of role ${machine.role} may not do this.`)
  }
  return machine
}
