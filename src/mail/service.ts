import { record } from '../audit/service.js'
import { type Db, inTx, type Tx } from '../platform/db.js'
import { MAIL_STATUSES, type MailStatus } from './state.js'
import * as store from './store.js'
import type { ValveState } from './valve.js'

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

/** Stops all mail. False when it was already stopped: then nothing changed and nothing is recorded. */
export const closeValve = (deps: { db: Db }, turn: ValveTurn): Promise<boolean> =>
  inTx(deps.db, (tx) => turnValve(tx, 'closed', turn))

/** Lets mail flow again. False when it already did. */
export const openValve = (deps: { db: Db }, turn: ValveTurn): Promise<boolean> =>
  inTx(deps.db, (tx) => turnValve(tx, 'open', turn))

/** Turns the valve in the caller's transaction, with its audit row. */
export async function turnValve(tx: Tx, state: ValveState, turn: ValveTurn): Promise<boolean> {
  const turned = await store.turnValve(tx, { state, ...turn })
  if (!turned) return false
  const kind = state === 'open' ? 'valve.opened' : 'valve.closed'
  await record(tx, {
    kind,
    actor: turn.actor,
    subject: 'valve:global',
    detail: { reason: turn.reason },
  })
  return true
}

/** The valve as stored. A missing row is a closed valve. */
export async function valveState(tx: Tx): Promise<store.StoredValve> {
  const closed = { reason: 'no valve is stored', changedBy: 'cordon', changedAt: new Date(0) }
  return (await store.readValve(tx)) ?? { state: 'closed', ...closed }
}

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
