import pg from 'pg'
import type { Db } from '../../platform/db.js'
import type { Testimony } from '../prefix.js'
import { countLinks } from '../store.js'
import * as store from './store.js'

/**
 * Whether this record came here as a dump of another cluster and was not taken over yet: what is
 * recorded now would never be sealed.
 */
export const cameFromElsewhere = async ({ db }: { db: Db }): Promise<boolean> =>
  (await store.missing(db)) > 0n

/**
 * Lets the record count on from where it stood in the cluster it came from. As the owner of the
 * tables, because Cordon's own role must not be able to. Returns whether anything had to be done.
 */
export async function followRecord(databaseUrl: string): Promise<boolean> {
  const owner = new pg.Client({ connectionString: databaseUrl })
  await owner.connect()
  try {
    const { rows } = await owner.query('SELECT cordon_follow_record() AS missing')
    return Number(rows[0]?.missing) > 0
  } finally {
    await owner.end()
  }
}

/** Whether a checkpoint saw more events than were ever sealed here: then this is an older record. */
export const isOlderThan = async (
  { db }: { db: Db },
  seen: Testimony | undefined,
): Promise<boolean> => seen !== undefined && seen.size > (await countLinks(db))
