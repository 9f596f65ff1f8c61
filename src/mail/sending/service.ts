import type { AuditEvent, AuditKind } from '../../audit/event.js'
import { recordAll } from '../../audit/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { learn } from '../lanes/service.js'
import { closeValveIn } from '../service.js'
import { type MailStatus, opensReset } from '../state.js'
import * as store from '../store.js'
import { lessonsOf, type Outcome } from './outcome.js'
import * as sending from './store.js'

/** A mail that did not arrive, or may not have: somebody has to look at the account. */
export type Undeliverable = {
  mailNo: bigint
  accountNo: bigint
  sweepId: string
  status: 'rejected' | 'unknown'
}

export type MintTokens = (tx: Tx, resetNos: readonly bigint[]) => Promise<Map<bigint, string>>
export type OnUndeliverable = (tx: Tx, mail: Undeliverable) => Promise<void>

export type HeldMail = store.ClaimedMail & {
  token: string | null
  /** Its lane has nothing to learn from acceptances. */
  atItsBest?: boolean
}

/**
 * Claims due mails with their slots, then mints the tokens of their resets. A reset that is no
 * longer ordered gets no token. Two transactions: lanes are never held while resets are waited for,
 * and a mail whose token was not minted is as good as never claimed.
 */
export async function claimMails(
  deps: { db: Db; mint: MintTokens },
  claim: store.Claim,
): Promise<HeldMail[]> {
  const claimed = await store.claim(deps.db, claim)
  const resets = claimed.flatMap((mail) =>
    opensReset(mail.purpose) && mail.resetNo !== null ? [mail.resetNo] : [],
  )
  const tokens =
    resets.length > 0
      ? await inTx(deps.db, (tx) => deps.mint(tx, resets))
      : new Map<bigint, string>()
  return claimed.map((mail) => ({ ...mail, token: tokens.get(mail.resetNo ?? -1n) ?? null }))
}

/**
 * Records what became of many mails in one transaction: their states, the audit rows, what people
 * have to look at, the valves that one of them demands to be closed, and what their lanes learn.
 * Lanes come last, as in every transaction that holds mails too. Returns the mails that were
 * still this owner's; the others belong to somebody else by now and are left alone.
 */
export function recordOutcomes(
  deps: { db: Db; onUndeliverable: OnUndeliverable },
  outcomes: readonly Outcome[],
  owner: string,
): Promise<store.FinishedMail[]> {
  const isPlain = outcomes.every(({ status, lesson }) => status === 'accepted' && lesson === null)
  if (isPlain) return store.finishAccepted(deps.db, outcomes, owner)
  return inTx(deps.db, async (tx) => {
    const finished = await store.finish(tx, outcomes, owner)
    await report(deps, tx, finished)
    const stop = outcomes.find((outcome) => outcome.stop !== null)?.stop
    if (stop) await closeValveIn(tx, { reason: `mail gate: ${stop}`, actor: 'cordon' })
    await closeSweeps(tx, outcomes)
    await learn(tx, lessonsOf(outcomes))
    return finished
  })
}

/** Stops the mail of sweeps of which the server says that something of ours is set up wrongly. */
async function closeSweeps(tx: Tx, outcomes: readonly Outcome[]): Promise<void> {
  const told = outcomes.flatMap(({ closesSweep }) => closesSweep ?? [])
  const reasons = new Map(told.map(({ sweepId, reason }) => [sweepId, reason]))
  if (reasons.size === 0) return
  const sweeps = [...reasons].map(([sweepId, reason]) => ({ sweepId, reason }))
  const closed = await sending.closeSweeps(tx, sweeps, 'cordon')
  const events = closed.map((scope): AuditEvent => {
    const reason = reasons.get(scope.replace(/^sweep:/, '')) ?? ''
    return { kind: 'valve.closed', actor: 'cordon', subject: `valve:${scope}`, detail: { reason } }
  })
  await recordAll(tx, events)
}

/** Settles the mails of senders that vanished, with the same consequences. */
export function settleExpired(deps: {
  db: Db
  onUndeliverable: OnUndeliverable
}): Promise<store.FinishedMail[]> {
  return inTx(deps.db, async (tx) => {
    const settled = await store.settleExpired(tx)
    await report(deps, tx, settled)
    return settled
  })
}

const AUDITED: Partial<Record<MailStatus, AuditKind>> = {
  accepted: 'mail.accepted',
  rejected: 'mail.rejected',
  unknown: 'mail.unknown',
}

async function report(
  deps: { onUndeliverable: OnUndeliverable },
  tx: Tx,
  mails: readonly store.FinishedMail[],
): Promise<void> {
  await recordAll(tx, mails.flatMap(auditOf))
  for (const { no, accountNo, sweepId, status } of mails) {
    if (status !== 'rejected' && status !== 'unknown') continue
    await deps.onUndeliverable(tx, { mailNo: no, accountNo, sweepId, status })
  }
}

function auditOf(mail: store.FinishedMail): AuditEvent[] {
  const kind = AUDITED[mail.status]
  if (kind === undefined) return []
  const detail = { account: String(mail.accountNo), sweep: mail.sweepId, purpose: mail.purpose }
  return [{ kind, actor: 'cordon', subject: `mail:${mail.id}`, detail }]
}
