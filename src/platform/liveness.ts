import type pg from 'pg'

/** A proof that somebody is alive, which the database withdraws by itself when they die. */
export type Proof = {
  /** Told of every NOTIFY on the channel, in the order of its commits. */
  hear(channel: string, heard: (payload: string) => void): Promise<void>
  /**
   * A statement on the same session, which waits for nobody else's: locks taken with it end when the
   * proof does, and whoever gets no answer here cannot be sure to be still taken for alive.
   */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** Called once, when the connection broke and with it the proof. */
  onBroken(then: () => void): void
  end(): Promise<void>
}

/**
 * Holds an advisory lock named after `owner` on a connection of its own. When this process dies, so
 * does the connection, and whoever can take the same lock knows at once
 * that the owner is gone, long before any lease runs out.
 */
export async function proveAlive(pool: pg.Pool, owner: string): Promise<Proof> {
  const client = await pool.connect()
  let broken: Error | undefined
  let tell: () => void = () => undefined
  const breaks = (error: Error) => {
    broken ??= error
    tell()
  }
  client.on('error', breaks)
  let listener: ((message: pg.Notification) => void) | undefined
  await client
    .query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [owner])
    .catch((error: Error) => {
      client.release(error)
      throw error
    })
  return {
    async hear(channel, heard) {
      listener = (message) => {
        if (message.channel === channel) heard(message.payload ?? '')
      }
      client.on('notification', listener)
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`)
    },
    query: async (text, values = []) => (await client.query(text, values)).rows,
    onBroken(then) {
      tell = then
      if (broken) then()
    },
    async end() {
      if (listener) client.off('notification', listener)
      const ended = broken
        ? Promise.reject(broken)
        : client.query('UNLISTEN *').then(() => client.query('SELECT pg_advisory_unlock_all()'))
      await ended.then(
        () => {
          client.off('error', breaks)
          client.release()
        },
        (error: Error) => client.release(error), // a broken connection took the lock with it
      )
    },
  }
}
