import type pg from 'pg'

/** A proof that somebody is alive, which the database withdraws by itself when they die. */
export type Proof = {
  /** A statement on the same session: locks taken with it end when the proof does. */
  query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]>
  end(): Promise<void>
}

/**
 * Holds an advisory lock named after `owner` on a connection of its own. When this process dies, so
 * does the connection, and whoever can take the same lock knows at once
 * that the owner is gone, long before any lease runs out.
 */
export async function proveAlive(pool: pg.Pool, owner: string): Promise<Proof> {
  const client = await pool.connect()
  await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [owner])
  return {
    query: async (statement, values) => (await client.query(statement, values)).rows,
    async end() {
      const unlocked = client.query('SELECT pg_advisory_unlock_all()')
      await unlocked.then(
        () => client.release(),
        (error: Error) => client.release(error), // a broken connection took the lock with it
      )
    },
  }
}
