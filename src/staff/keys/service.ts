import { randomBytes } from 'node:crypto'
import { record } from '../../audit/service.js'
import type { MachineRole } from '../../contract/acts.js'
import type { Cipher } from '../../platform/cipher.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { sha256 } from '../../platform/hash.js'
import { newId } from '../../values/ids.js'
import { bearerKey, KEY_BYTES, mintKey } from './key.js'
import * as store from './store.js'

export type KeyDeps = { db: Db; cipher: Cipher }

export type NewKey = { role: MachineRole; name: string; actor: string; days?: number | undefined }

const RESERVED_SOURCES = new Set(['sign-in', 'import'])

/** `makeKey` in a transaction of its own. */
export const addKey = (
  { db, cipher }: KeyDeps,
  key: NewKey,
): Promise<{ id: string; key: string }> => inTx(db, (tx) => makeKey(tx, cipher, key))

/**
 * Makes a key for a machine, which ends after `days` (never, when left out). The answer is the only
 * time the key is seen. A second `ingest` key of a name is another live secret of the same source:
 * both sign until one is revoked. Refuses with `input_invalid` names that Cordon uses for its own
 * attempts.
 */
export async function makeKey(
  tx: Tx,
  cipher: Cipher,
  { role, name, actor, days }: NewKey,
): Promise<{ id: string; key: string }> {
  if (role === 'ingest' && RESERVED_SOURCES.has(name)) {
    throw new Refusal('input_invalid', `${name} is Cordon's own source. Choose another name.`)
  }
  const id = newId('key', randomBytes(16))
  const { key, hash, isRecoverable } = mintKey(role, id, randomBytes(KEY_BYTES))
  const sealedSecret = isRecoverable ? cipher.seal(key, `key:${id}`) : null
  await store.insertKey(tx, {
    id,
    name,
    role,
    hash,
    sealedSecret,
    days: days ?? null,
    madeBy: actor,
  })
  const detail = { role, name, days: days ?? null }
  await record(tx, { kind: 'key.added', actor, subject: `key:${id}`, detail })
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
}: KeyDeps): Promise<{ sourceNo: number; secret: string }[]> {
  const sealed = await store.liveIngestKeys(db)
  return sealed.map(({ id, sourceNo, sealedSecret }) => ({
    sourceNo,
    secret: cipher.open(sealedSecret, `key:${id}`),
  }))
}

/** Of an actor that is a key, who made it: the person who answers for it. `null` for anybody else. */
export const makerOf = async (tx: Tx, actor: string): Promise<string | null> =>
  actor.startsWith('key:') ? store.findMaker(tx, actor.slice('key:'.length)) : null

/** The live key in an `Authorization` header, and that it was used; `undefined` alike when there is none. */
export async function findMachine(
  db: Db,
  authorization: string | undefined,
): Promise<store.FoundKey | undefined> {
  const key = bearerKey(authorization)
  const found = key && (await store.findLiveKey(db, sha256(key)))
  if (!found) return undefined
  if (found.isUseNew) await store.noteUse(db, found.id)
  return found
}
