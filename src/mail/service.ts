import type { AuditDetail } from '../audit/event.js'
import { record } from '../audit/service.js'
import { type Db, inTx, type Tx } from '../platform/db.js'
import { Refusal } from '../platform/errors.js'
import { MAIL_STATUSES, type MailStatus } from './state.js'
import * as store from './store.js'
import * as valve from './valve/store.js'
import { GLOBAL, type Scope, subjectOf } from './valve.js'

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

const CORDON = 'cordon'

/** `scope` is what is stopped or let go again: all mail when left out. */
export type ValveTurn = { reason: string; actor: string; scope?: Scope }

/**
 * Stops all mail, or that of one sweep or lane; one person is enough. False when it was already
 * stopped and nobody had asked for it to be opened: then nothing changed and nothing is recorded.
 * Refuses with `not_found` when there is no such sweep or lane.
 */
export const closeValve = (deps: { db: Db }, turn: ValveTurn): Promise<boolean> =>
  inTx(deps.db, async (tx) => {
    const scope = await knownScope(tx, turn)
    const isClosed = await valve.closeValve(tx, { ...turn, scope })
    if (isClosed) await recordTurn(tx, 'valve.closed', turn)
    return isClosed
  })

export type Stop = { scope: Scope; reason: string }

/**
 * What Cordon stops by itself, in the transaction that saw why. A scope that is closed already stays
 * as it is, with the wish of whoever wants it open, so that nothing that repeats can keep people from
 * opening it. Returns the scopes that were open until now.
 */
export async function stopScopes(tx: Tx, stops: readonly Stop[]): Promise<Scope[]> {
  const reasons = new Map(stops.toReversed().map(({ scope, reason }) => [scope, reason]))
  if (reasons.size === 0) return []
  const each = [...reasons].map(([scope, reason]) => ({ scope, reason }))
  const stopped = await valve.stopScopes(tx, each, CORDON)
  for (const scope of stopped) {
    const reason = reasons.get(scope) ?? ''
    await recordTurn(tx, 'valve.closed', { actor: CORDON, scope, reason })
  }
  return stopped
}

/** `waiting_for_second`: another person has to ask for the same within 15 minutes. */
export type Opening = 'open' | 'waiting_for_second'

/** A scope that was misspelt must not look like one that was stopped. */
async function knownScope(tx: Tx, { scope = GLOBAL }: ValveTurn): Promise<Scope> {
  const subject = subjectOf(scope)
  if (subject === undefined) return scope
  const isKnown = subject.kind === 'sweep' ? valve.isSweep : valve.isLane
  if (await isKnown(tx, subject.id)) return scope
  throw new Refusal('not_found', `There is no ${subject.kind} ${subject.id}.`)
}

/**
 * Lets mail flow again once two different people want it; with four eyes off one is enough. Of two
 * who ask at once one waits, and the other opens. Refuses as `closeValve` does.
 */
export const openValve = (deps: { db: Db; fourEyes: boolean }, turn: ValveTurn): Promise<Opening> =>
  inTx(deps.db, async (tx) => {
    const scope = await knownScope(tx, turn)
    for (;;) {
      const opened = await valve.openValve(tx, { ...turn, scope, alone: !deps.fourEyes })
      if (opened) {
        const { askedBy } = opened
        await recordTurn(tx, 'valve.opened', turn, { askedBy, fourEyes: deps.fourEyes })
        return 'open'
      }
      if ((await valveState(tx, scope)).state === 'open') return 'open'
      if ((await valve.askToOpen(tx, { ...turn, scope })) > 0) {
        await recordTurn(tx, 'valve.opening_asked', turn)
        return 'waiting_for_second'
      }
    }
  })

const recordTurn = (
  tx: Tx,
  kind: 'valve.closed' | 'valve.opened' | 'valve.opening_asked',
  { actor, reason, scope = GLOBAL }: ValveTurn,
  more: AuditDetail = {},
) => record(tx, { kind, actor, subject: `valve:${scope}`, detail: { reason, ...more } })

/** A valve as stored. Where nothing is stored the global one is closed, and every other is open. */
export async function valveState(tx: Tx, scope: Scope = GLOBAL): Promise<valve.StoredValve> {
  return (await valve.readValve(tx, scope)) ?? neverTurned(scope)
}

const neverTurned = (scope: Scope): valve.StoredValve => ({
  scope,
  ...(scope === GLOBAL
    ? { state: 'closed', reason: 'no valve is stored' }
    : { state: 'open', reason: 'never closed' }),
  changedBy: 'cordon',
  changedByName: null,
  changedAt: new Date(0),
  opening: null,
})

/** Every valve that is closed now, whatever its scope, the latest first. */
export const closedValves = (tx: Tx): Promise<valve.StoredValve[]> => valve.closedValves(tx)

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
