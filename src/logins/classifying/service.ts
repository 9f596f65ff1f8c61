import { type Db, inTx, type Tx } from '../../platform/db.js'
import { classify, type Detect, narrowSignals, wideSignals } from './judging/service.js'
import * as store from './store.js'
import * as tallying from './tallying/store.js'
import type { Scope } from './touched.js'

export type ClassifyDeps = { db: Db }

export type Classified = {
  /** Arrivals that were looked at; 0: nothing waits, or another process is at it. */
  arrivals: number
  raised: number
  /** Accounts with new evidence against them. */
  attacked: number
}

/** So many arrivals (each the whole of one commit) are looked at together. */
export const ARRIVALS_AT_ONCE = 100
/**
 * And so many by whoever waits for all of them. Each look goes on from an account's first arrival to
 * its newest attempt, so many looks at one imported history would take the square of the time.
 */
const ARRIVALS_AT_ONCE_WAITING = 5_000
/** And only what happened within so many days of the oldest: the rest waits for a look of its own. */
const DAYS_AROUND = 1
const ANY_DAYS = 36_500
/** Systems and the platform hold many attempts; they are looked at when something waits as long. */
const WIDE_AFTER_SECONDS = 5

const NOTHING: Classified = { arrivals: 0, raised: 0, attacked: 0 }

/**
 * Looks at the accounts, addresses and networks that arrivals touched: counts them anew, and makes
 * signals and marks what they ought to be, whatever the order of arrival. One transaction; of several
 * processes one does it. `wait`: until nobody else is at it, and at an imported history at once.
 */
export const classifyArrived = ({ db }: ClassifyDeps, { wait = false } = {}): Promise<Classified> =>
  inTx(db, async (tx) => {
    if (wait) await store.lock(tx)
    else if (!(await store.tryLock(tx))) return NOTHING
    return look(tx, await store.takeNarrow(tx, limits(wait)), narrowSignals)
  })

/**
 * The same for autonomous systems and the whole platform, once arrivals have waited for it a while.
 * The platform is counted first and by itself, since nobody should wait for that.
 */
export async function classifyWide(
  { db }: ClassifyDeps,
  { wait = false } = {},
): Promise<Classified> {
  const tallied = await inTx(db, (tx) => tallyWaiting(tx, wait))
  if (tallied.length === 0) return NOTHING
  return inTx(db, async (tx) => {
    await store.lock(tx)
    return look(tx, await store.takeWide(tx, tallied), wideSignals)
  })
}

async function tallyWaiting(tx: Tx, wait: boolean): Promise<bigint[]> {
  if (wait) await store.lockTally(tx)
  else if (!(await store.tryLockTally(tx))) return []
  if (!wait && (await store.wideWaitSeconds(tx)) < WIDE_AFTER_SECONDS) return []
  const { nos, touched } = await store.waitingWide(tx, limits(wait))
  const { distributedSpraying } = await store.activeCatalogue(tx)
  await tallying.tally(tx, { kind: 'touched', touched }, distributedSpraying.windowMinutes)
  return nos
}

/** Everything that waits, and what it shows. Returns how many signals were raised. */
export async function classifyAll(deps: ClassifyDeps): Promise<number> {
  let raised = 0
  for (;;) {
    const narrow = await classifyArrived(deps, { wait: true })
    const wide =
      narrow.arrivals === 0 ? await classifyWide(deps, { wait: true }) : { arrivals: 1, raised: 0 }
    raised += narrow.raised + wide.raised
    if (wide.arrivals === 0) return raised
  }
}

const limits = (wait: boolean): store.Limits =>
  wait
    ? { arrivals: ARRIVALS_AT_ONCE_WAITING, days: ANY_DAYS }
    : { arrivals: ARRIVALS_AT_ONCE, days: DAYS_AROUND }

async function look(tx: Tx, arrived: store.Arrived, detect: Detect): Promise<Classified> {
  if (arrived.arrivals === 0) return NOTHING
  const catalogue = await store.activeCatalogue(tx)
  const scope: Scope = { kind: 'touched', touched: arrived.touched }
  const { raised, attacked } = await classify(tx, { scope, catalogue, detect })
  await store.askReassessment(tx, attacked, arrived.receivedAt)
  return { arrivals: arrived.arrivals, raised, attacked: attacked.length }
}
