import { record } from '../../audit/service.js'
import { type Db, inTx } from '../../platform/db.js'
import * as store from './store.js'

/** How long attempts are evidence. At least the 90 days that a policy may look back. */
export const RETENTION_DAYS = 180
const MESSAGE_DAYS = 30
const AHEAD_DAYS = 14

/**
 * Makes the weeks to come, and forgets what is older than attempts and webhook ids are kept. Safe to
 * run anywhere at any time. Returns how many weeks of attempts it dropped.
 */
export async function keepHouse({ db }: { db: Db }, days = RETENTION_DAYS): Promise<number> {
  return inTx(db, async (tx) => {
    await store.ensureWeeks(tx, { back: days, ahead: AHEAD_DAYS })
    const dropped = await store.dropWeeks(tx, days)
    if (dropped > 0) {
      await record(tx, {
        kind: 'attempts.forgotten',
        actor: 'cordon',
        subject: 'attempts:all',
        detail: { weeks: dropped, olderThanDays: days },
      })
    }
    await store.forgetMessages(tx, MESSAGE_DAYS)
    await store.forgetTallies(tx, days)
    return dropped
  })
}
