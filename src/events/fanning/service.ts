import { type Db, inTx, type Tx } from '../../platform/db.js'
import { mappingOf } from '../endpoint.js'
import * as store from './store.js'

const PAGE = 5_000

/**
 * Makes deliveries of what was recorded since each endpoint's cursor, page by page; a page and its
 * cursor commit together, so that nothing is lost and nothing made twice. Any number of processes
 * may do this at once. Returns how many deliveries were made.
 */
export async function fanOut({ db }: { db: Db }): Promise<number> {
  let made = 0
  for (const { no } of await store.behindCursor(db)) {
    for (;;) {
      const page = await inTx(db, (tx) => fanPage(tx, no))
      made += page.made
      if (page.read < PAGE) break
    }
  }
  return made
}

async function fanPage(tx: Tx, no: number): Promise<{ read: number; made: number }> {
  const cursor = await store.takeCursor(tx, no)
  if (!cursor) return { read: 0, made: 0 }
  return store.fanPage(tx, cursor, mappingOf(cursor.format, cursor.types), PAGE)
}
