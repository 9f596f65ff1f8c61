import type { Cipher } from '../cipher.js'
import { type Db, inTx, type Tx } from '../db.js'
import { Refusal } from '../errors.js'
import { sameBytes, sha256 } from '../hash.js'

export type OnceDeps = { db: Db; cipher: Cipher }
export type Given = { status: number; body: unknown; headers?: Readonly<Record<string, string>> }

type Request = { key: string | undefined; actor: string; what: readonly unknown[] }

const SHAPE = /^[\x21-\x7e]{1,255}$/

/**
 * Runs `make` in one transaction, at most once per actor and `Idempotency-Key` (kept for a day, with
 * the sealed answer). The same request again gets the same answer; two at once run one after the
 * other. Refuses with `idempotency_key_reused` when the key came with another request.
 */
export async function once(
  { db, cipher }: OnceDeps,
  { key, actor, what }: Request,
  make: (tx: Tx) => Promise<Given>,
): Promise<Given> {
  if (key === undefined) return inTx(db, make)
  if (!SHAPE.test(key)) {
    throw new Refusal('input_invalid', 'Idempotency-Key takes 1 to 255 visible ASCII characters.')
  }
  const request = sha256(JSON.stringify(what))
  const context = `answer:${actor}:${key}`
  return inTx(db, async (tx) => {
    const isFirst = await tx.$executeRaw`
      INSERT INTO idempotency_key (actor, key, request) VALUES (${actor}, ${key}, ${request})
      ON CONFLICT DO NOTHING`
    if (isFirst === 0) {
      const [known] = await tx.$queryRaw<{ request: Uint8Array; answer: Uint8Array }[]>`
        SELECT request, answer FROM idempotency_key WHERE actor = ${actor} AND key = ${key}`
      if (!known || !sameBytes(known.request, request)) throw reused()
      return JSON.parse(cipher.open(known.answer, context)) as Given
    }
    const given = await make(tx)
    await tx.$executeRaw`
      UPDATE idempotency_key SET answer = ${cipher.seal(JSON.stringify(given), context)}
      WHERE actor = ${actor} AND key = ${key}`
    return given
  })
}

const reused = () =>
  new Refusal(
    'idempotency_key_reused',
    'This Idempotency-Key came with another request before. Nothing was done. Use a new key.',
  )

/** Forgets keys that are older than a day. */
export const forgetOldKeys = (tx: Tx): Promise<number> =>
  tx.$executeRaw`DELETE FROM idempotency_key WHERE created_at < now() - interval '1 day'`
