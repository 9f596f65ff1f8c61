import { followRecord } from '../../audit/lineage/service.js'
import { record } from '../../audit/service.js'
import { openAll } from '../../cases/service.js'
import { type DoubtedMail, doubtWaiting } from '../../mail/restoring/service.js'
import { closeValve } from '../../mail/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import type { Log } from '../../platform/log.js'
import { forgetTokens } from '../../resets/service.js'
import { endEverything } from '../../staff/sessions/service.js'
import { pauseSweep } from '../control/service.js'
import * as store from './store.js'

export type RestoreDeps = {
  db: Db
  log: Log
  databaseUrl: string
  mailRevision: string
  fourEyes: boolean
}

export type Restored = {
  /** Whether the record had to be taken over from another cluster. */
  tookOver: boolean
  paused: string[]
  /** Sweeps whose mail is stopped until two people let it go. */
  stopped: string[]
  linksEnded: number
  sessionsEnded: number
  doubted: number
  waiting: number
}

export type RestoreOrder = {
  actor: string
  reason: string
  /** Whether a mail to this address may have left since the backup: what the mail server's log says. */
  mayHaveLeft: (recipient: string) => boolean
}

/**
 * Makes a database that was restored from a backup safe to go on with. It does not know what
 * happened since, so everything that could happen twice is stopped until people have looked: all
 * mail and that of each unfinished sweep, running sweeps, live reset links, sessions and invitations
 * of staff. Each step only stops something, so one person may; and each may be repeated.
 */
export async function settleRestored(deps: RestoreDeps, order: RestoreOrder): Promise<Restored> {
  const { actor, reason } = order
  const tookOver = await followRecord(deps.databaseUrl)
  await closeValve(deps, { actor, reason })
  const sweeps = await store.unfinished(deps.db)
  for (const { id } of sweeps) await closeValve(deps, { actor, reason, scope: `sweep:${id}` })
  const running = sweeps.filter(({ status }) => status === 'running')
  for (const { id } of running) await pauseSweep(deps, id, { actor, reason })
  const ended = await endWhatLived(deps, { actor, reason })
  const mails = await doubtWaiting(deps, { ...order, onDoubted: askPeople })
  const ids = (found: readonly store.Unfinished[]) => found.map(({ id }) => id)
  return { tookOver, paused: ids(running), stopped: ids(sweeps), ...ended, ...mails }
}

const endWhatLived = ({ db }: RestoreDeps, { actor, reason }: { actor: string; reason: string }) =>
  inTx(db, async (tx) => {
    const linksEnded = await forgetTokens(tx)
    const sessionsEnded = await endEverything(tx, actor)
    await record(tx, {
      kind: 'database.restored',
      actor,
      subject: 'database:all',
      detail: { reason, linksEnded, sessionsEnded },
    })
    return { linksEnded, sessionsEnded }
  })

/** One case for each account of a sweep, however many of its mails are in doubt. */
const askPeople = (tx: Tx, mails: readonly DoubtedMail[]): Promise<void> => {
  const each = new Map(mails.map((mail) => [`${mail.sweepId} ${mail.accountNo}`, mail]))
  return openAll(
    tx,
    [...each.values()].map(({ accountNo, sweepId }) => ({
      accountNo,
      sweepId,
      tier: 'undelivered',
      priority: 'normal',
      score: 50,
      because: ['mail_unknown'],
    })),
    'cordon',
  )
}
