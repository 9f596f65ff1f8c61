import type { AuditEvent, AuditKind } from '../../audit/event.js'
import { recordAll } from '../../audit/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { closeValveIn } from '../service.js'
import { type MailStatus, opensReset } from '../state.js'
import * as store from '../store.js'
import type { Outcome } from './outcome.js'

/** A mail that did not arrive, or may not have: somebody has to look at the account. */
export type Undeliverable = {
  mailNo: bigint
  accountNo: bigint
  sweepId: string
  status: 'rejected' | 'unknown'
}

export type MintTokens = (tx: Tx, resetNos: readonly bigint[]) => Promise<Map<bigint, string>>
export type OnUndeliverable = (tx: Tx, mail: Undeliverable) => Promise<void>

export type HeldMail = store.ClaimedMail & { token: string | null }

/**
 * Claims due mails and mints the tokens of their resets in one transaction. A reset that is no
 * longer ordered gets no token.
 */
export function claimMails(
  deps: { db: Db; mint: MintTokens },
  owner: string,
  limit: number,
): Promise<HeldMail[]> {
  return inTx(deps.db, async (tx) => {
    const claimed = await store.claim(tx, owner, limit)
    const resets = claimed.flatMap((mail) =>
      opensReset(mail.purpose) && mail.resetNo !== null ? [mail.resetNo] : [],
    )
    const tokens = resets.length > 0 ? await deps.mint(tx, resets) : new Map<bigint, string>()
    return claimed.map((mail) => ({ ...mail, token: tokens.get(mail.resetNo ?? -1n) ?? null }))
  })
}

/**
 * Records what became of many mails in one transaction: their states, the audit rows, what people
 * have to look at, and the closed valve when one of them demands it. Returns the mails that were
 * still this owner's; the others belong to somebody else by now and are left alone.
 */
export function recordOutcomes(
  deps: { db: Db; onUndeliverable: OnUndeliverable },
  outcomes: readonly Outcome[],
  owner: string,
): Promise<store.FinishedMail[]> {
  return inTx(deps.db, async (tx) => {
    const finished = await store.finish(tx, outcomes, owner)
    await report(deps, tx, finished)
    const stop = outcomes.find((outcome) => outcome.stop !== null)?.stop
    if (stop) await closeValveIn(tx, { reason: `mail gate: ${stop}`, actor: 'cordon' })
    return finished
  })
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
