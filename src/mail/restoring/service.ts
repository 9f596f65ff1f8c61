import { recordAll } from '../../audit/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import * as store from './store.js'

export type { DoubtedMail } from './store.js'

const AT_ONCE = 5_000

export type Doubts = {
  /** Whether a mail to this address may have left since the backup was made. */
  mayHaveLeft: (recipient: string) => boolean
  actor: string
  /** What people have to look at, in the transaction that finds it. */
  onDoubted: (tx: Tx, mails: readonly store.DoubtedMail[]) => Promise<void>
}

/**
 * After a restore: what waits here and may have left since becomes `unknown`, which nothing sends
 * again but people. The rest stays staged. Thousands at a time, each in a transaction of its own;
 * may be repeated after a crash, and at any time.
 */
export async function doubtWaiting(
  { db }: { db: Db },
  { mayHaveLeft, actor, onDoubted }: Doubts,
): Promise<{ doubted: number; waiting: number }> {
  let [after, doubted, looked] = [0n, 0, 0]
  for (;;) {
    const page = await store.waitingAfter(db, after, AT_ONCE)
    const last = page.at(-1)
    if (!last) return { doubted, waiting: looked - doubted }
    after = last.no
    looked += page.length
    const nos = page.filter(({ recipient }) => mayHaveLeft(recipient)).map(({ no }) => no)
    if (nos.length > 0) doubted += await doubtSome(db, nos, { actor, onDoubted })
  }
}

const doubtSome = (
  db: Db,
  nos: readonly bigint[],
  { actor, onDoubted }: Omit<Doubts, 'mayHaveLeft'>,
): Promise<number> =>
  inTx(db, async (tx) => {
    const mails = await store.doubt(tx, nos)
    await recordAll(
      tx,
      mails.map(({ id, accountNo, sweepId, purpose }) => ({
        kind: 'mail.unknown' as const,
        actor,
        subject: `mail:${id}`,
        detail: { account: String(accountNo), sweep: sweepId, purpose },
      })),
    )
    await onDoubted(tx, mails)
    return mails.length
  })
