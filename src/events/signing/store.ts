import type { JWK } from 'jose'
import type { Tx } from '../../platform/db.js'

export type StoredKey = { kid: string; publicJwk: JWK; sealedPrivate: Uint8Array }

export async function currentKey(tx: Tx): Promise<StoredKey | undefined> {
  const [found] = await tx.$queryRaw<StoredKey[]>`
    SELECT kid, public_jwk AS "publicJwk", sealed_private AS "sealedPrivate" FROM signing_key
    WHERE retired_at IS NULL`
  return found
}

export type NewKey = { kid: string; publicJwk: JWK; sealedPrivate: Uint8Array<ArrayBuffer> }

/** False when another key signs already. */
export async function insertKey(tx: Tx, key: NewKey): Promise<boolean> {
  const made = await tx.$executeRaw`
    INSERT INTO signing_key (kid, public_jwk, sealed_private)
    VALUES (${key.kid}, ${JSON.stringify(key.publicJwk)}::jsonb, ${key.sealedPrivate}) ON CONFLICT DO NOTHING`
  return made === 1
}

export const retireKey = (tx: Tx): Promise<number> =>
  tx.$executeRaw`UPDATE signing_key SET retired_at = now() WHERE retired_at IS NULL`

/** The key that signs and those that did within so many days, the newest first. */
export async function publishedKeys(tx: Tx, days: number): Promise<JWK[]> {
  const found = await tx.$queryRaw<{ publicJwk: JWK }[]>`
    SELECT public_jwk AS "publicJwk" FROM signing_key
    WHERE retired_at IS NULL OR retired_at > now() - make_interval(days => ${days})
    ORDER BY created_at DESC`
  return found.map(({ publicJwk }) => publicJwk)
}
