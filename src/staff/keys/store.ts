import type { MachineRole } from '../../contract/acts.js'
import type { Tx } from '../../platform/db.js'

export type NewKey = {
  id: string
  name: string
  role: MachineRole
  hash: Uint8Array<ArrayBuffer>
  sealedSecret: Uint8Array<ArrayBuffer> | null
  days: number | null
  madeBy: string
}

/** A key that signs belongs to a source of attempts, which is made when it is new. */
export async function insertKey(tx: Tx, key: NewKey): Promise<void> {
  if (key.role === 'ingest') {
    await tx.$executeRaw`INSERT INTO attempt_source (name) VALUES (${key.name}) ON CONFLICT DO NOTHING`
  }
  await tx.$executeRaw`
    INSERT INTO api_key (id, name, role, key_hash, sealed_secret, source_no, made_by, expires_at)
    VALUES (${key.id}, ${key.name}, ${key.role}, ${key.hash}, ${key.sealedSecret}::bytea,
            CASE WHEN ${key.role} = 'ingest' THEN (SELECT no FROM attempt_source WHERE name = ${key.name}) END,
            ${key.madeBy}, now() + make_interval(days => ${key.days}::int))`
}

export type FoundKey = { id: string; role: MachineRole; isUseNew: boolean }

/** `isUseNew`: nobody noted a use of it in the last minute. */
export async function findLiveKey(
  tx: Tx,
  hash: Uint8Array<ArrayBuffer>,
): Promise<FoundKey | undefined> {
  const [found] = await tx.$queryRaw<FoundKey[]>`
    SELECT id, role, used_at IS NULL OR used_at < now() - interval '1 minute' AS "isUseNew"
    FROM api_key WHERE key_hash = ${hash} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`
  return found
}

/** Who made a key; `null` when nobody knows. */
export async function findMaker(tx: Tx, id: string): Promise<string | null> {
  const found = await tx.apiKey.findUnique({ where: { id }, select: { madeBy: true } })
  return found?.madeBy ?? null
}

export const noteUse = (tx: Tx, id: string): Promise<number> =>
  tx.$executeRaw`UPDATE api_key SET used_at = now() WHERE id = ${id}`

export async function revokeKey(tx: Tx, id: string): Promise<boolean> {
  const revoked = await tx.$executeRaw`
    UPDATE api_key SET revoked_at = now() WHERE id = ${id} AND revoked_at IS NULL`
  return revoked === 1
}

/** Every live key that signs for a source; returns their ids. */
export async function revokeSource(tx: Tx, source: string): Promise<string[]> {
  const revoked = await tx.$queryRaw<{ id: string }[]>`
    UPDATE api_key SET revoked_at = now()
    WHERE role = 'ingest' AND name = ${source} AND revoked_at IS NULL RETURNING id`
  return revoked.map(({ id }) => id)
}

export type SealedKey = { id: string; sourceNo: number; sealedSecret: Uint8Array }

export const liveIngestKeys = (tx: Tx): Promise<SealedKey[]> =>
  tx.$queryRaw<SealedKey[]>`
    SELECT id, source_no AS "sourceNo", sealed_secret AS "sealedSecret" FROM api_key
    WHERE role = 'ingest' AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    ORDER BY created_at, id`

export const listKeys = (tx: Tx) =>
  tx.apiKey.findMany({
    orderBy: { createdAt: 'asc' },
    select: {
      id: true,
      name: true,
      role: true,
      madeBy: true,
      createdAt: true,
      expiresAt: true,
      usedAt: true,
      revokedAt: true,
    },
  })
