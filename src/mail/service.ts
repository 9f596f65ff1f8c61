import type { AuditDetail } from '../audit/event.js'
import { record } from '../audit/service.js'
import { type Db, inTx, type Tx } from '../platform/db.js'
import { MAIL_STATUSES, type MailStatus } from './state.js'
import * as store from './store.js'
import * as valve from './valve/store.js'

/**
 * Stages one mail per line, each to the address stored for its account. Joins the caller's
 * transaction. A mail that the sweep already staged for that account and purpose is left as it is.
 * Returns the numbers of the accounts whose mail was staged now.
 */
export async function stageAll(tx: Tx, mails: readonly store.StagedMail[]): Promise<bigint[]> {
  return mails.length > 0 ? store.stage(tx, mails) : []
}

/** Takes back every mail of the sweep that no server can have accepted yet. Returns how many. */
export const withdrawForSweep = (tx: Tx, sweepId: string): Promise<number> =>
  store.withdraw(tx, sweepId)

export type ValveTurn = { reason: string; actor: string }

/**
 * Stops all mail; one person is enough. False when it was already stopped and nobody had asked for
 * it to be opened: then nothing changed and nothing is recorded.
 */
export const closeValve = (deps: { db: Db }, turn: ValveTurn): Promise<boolean> =>
  inTx(deps.db, (tx) => closeValveIn(tx, turn))

/** The same in the caller's transaction. */
export async function closeValveIn(tx: Tx, turn: ValveTurn): Promise<boolean> {
  const isClosed = await valve.closeValve(tx, turn)
  if (isClosed) await recordTurn(tx, 'valve.closed', turn)
  return isClosed
}

/** `waiting_for_second`: another person has to ask for the same within 15 minutes. */
export type Opening = 'open' | 'waiting_for_second'

/**
 * Lets mail flow again once two different people want it; with four eyes off one is enough. Of two
 * who ask at once one waits, and the other opens.
 */
export const openValve = (deps: { db: Db; fourEyes: boolean }, turn: ValveTurn): Promise<Opening> =>
  inTx(deps.db, async (tx) => {
    for (;;) {
      const opened = await valve.openValve(tx, { ...turn, alone: !deps.fourEyes })
      if (opened) {
        const { askedBy } = opened
        await recordTurn(tx, 'valve.opened', turn, { askedBy, fourEyes: deps.fourEyes })
        return 'open'
      }
      if ((await valveState(tx)).state === 'open') return 'open'
      if ((await valve.askToOpen(tx, turn)) > 0) {
        await recordTurn(tx, 'valve.opening_asked', turn)
        return 'waiting_for_second'
      }
    }
  })

const recordTurn = (
  tx: Tx,
  kind: 'valve.closed' | 'valve.opened' | 'valve.opening_asked',
  { actor, reason }: ValveTurn,
  more: AuditDetail = {},
) => record(tx, { kind, actor, subject: 'valve:global', detail: { reason, ...more } })

/** The valve as stored. A missing row is a closed valve. */
export async function valveState(tx: Tx): Promise<valve.StoredValve> {
  return (await valve.readValve(tx)) ?? NO_VALVE
}

const NO_VALVE: valve.StoredValve = {
  state: 'closed',
  reason: 'no valve is stored',
  changedBy: 'cordon',
  changedAt: new Date(0),
  opening: null,
}

/** How many mails there are of each purpose in each state. */
export const countAllMail = (tx: Tx) => store.countByPurpose(tx)

/** How many mails of the sweep are in each state; states without mails count zero. */
export async function mailCounts(tx: Tx, sweepId: string): Promise<Record<MailStatus, number>> {
  const counted = await store.countByStatus(tx, sweepId)
  const counts = Object.fromEntries(MAIL_STATUSES.map((status) => [status, 0]))
  for (const { status, mails } of counted) counts[status] = mails
  return counts as Record<MailStatus, number>
}

/** One page of mails in the order they were staged. Rows name accounts, never addresses. */
export const listMail = (tx: Tx, filter: store.MailFilter): Promise<store.MailRow[]> =>
  store.list(tx, filter)

/** The mails to one account, the newest first; never where they went. */
export const mailsOf = (tx: Tx, accountNo: bigint): Promise<store.SeenMail[]> =>
  store.mailsOf(tx, accountNo)
