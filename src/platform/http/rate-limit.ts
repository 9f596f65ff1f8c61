import type { Db } from '../db.js'
import { Refusal } from '../errors.js'

/** `perSecond` on average, `burst` at once. */
export type Rate = { perSecond: number; burst: number }

/**
 * Takes one request from what a caller may ask, for all processes together: GCRA, in one statement
 * of the database's clock. Refuses with `throttled`, saying when to come back.
 */
export async function takeTurn(db: Db, caller: string, { perSecond, burst }: Rate): Promise<void> {
  const [taken] = await db.$queryRaw<{ wait: number }[]>`
    SELECT cordon_take(${caller}, ${1 / perSecond}::float8, ${burst}::int) AS wait`
  const wait = taken?.wait ?? 0
  if (wait === 0) return
  throw new Refusal('throttled', 'You ask faster than is allowed here. Wait, then go on.', {
    retryAfter: Math.ceil(wait),
  })
}

/** Forgets callers who have not asked for a day. At most `limit`; returns how many. */
export const forgetCallers = (db: Db, limit: number): Promise<number> =>
  db.$executeRaw`
    DELETE FROM rate_limit WHERE caller IN (
      SELECT caller FROM rate_limit WHERE full_at < now() - interval '1 day' LIMIT ${limit})`
