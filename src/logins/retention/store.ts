import type { Tx } from '../../platform/db.js'

/** Makes the weeks that attempts may fall into. Returns how many were missing. */
export async function ensureWeeks(tx: Tx, days: { back: number; ahead: number }): Promise<number> {
  const [row] = await tx.$queryRaw<{ made: number }[]>`
    SELECT ensure_attempt_partitions(now() - make_interval(days => ${days.back}::int),
                                     now() + make_interval(days => ${days.ahead}::int)) AS made`
  return row?.made ?? 0
}

/** Drops the weeks that lie wholly before so many days ago. */
export async function dropWeeks(tx: Tx, days: number): Promise<number> {
  const [row] = await tx.$queryRaw<{ dropped: number }[]>`
    SELECT drop_attempt_partitions(now() - make_interval(days => ${days}::int)) AS dropped`
  return row?.dropped ?? 0
}

/** Webhook ids are kept for 30 days; a message as old is refused for its timestamp long before. */
export const forgetMessages = (tx: Tx, days: number): Promise<number> =>
  tx.$executeRaw`
    DELETE FROM webhook_message WHERE (source_no, id) IN (
      SELECT source_no, id FROM webhook_message
      WHERE received_at < now() - make_interval(days => ${days}::int) LIMIT 50000)`

export const forgetTallies = (tx: Tx, days: number): Promise<number> =>
  tx.$executeRaw`
    DELETE FROM platform_tally WHERE start_at < now() - make_interval(days => ${days}::int)`
