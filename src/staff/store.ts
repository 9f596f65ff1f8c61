import type { Tx } from '../platform/db.js'
import type { MachineRole } from './policy.js'

export type NewKey = {
  id: string
  name: string
  role: MachineRole
  hash: Uint8Array<ArrayBuffer>
  sealedSecret: Uint8Array<ArrayBuffer> | null
}

export async function insertKey(tx: Tx, key: NewKey): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO api_key (id, name, role, key_hash, sealed_secret)
    VALUES (${key.id}, ${key.name}, ${key.role}, ${key.hash}, ${key.sealedSecret}::bytea)`
}

export type FoundKey = { id: string; role: MachineRole }

export async function findLiveKey(
  tx: Tx,
  hash: Uint8Array<ArrayBuffer>,
): Promise<FoundKey | undefined> {
  const [found] = await tx.$queryRaw<FoundKey[]>`
    SELECT id, role FROM api_key WHERE key_hash = ${hash} AND revoked_at IS NULL`
  return found
}

export async function revokeKey(tx: Tx, id: string): Promise<boolean> {
  const revoked = await tx.$executeRaw`
    UPDATE api_key SET revoked_at = now() WHERE id = ${id} AND revoked_at IS NULL`
  return revoked === 1
}
