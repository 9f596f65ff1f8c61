import type { AuditEvent, AuditKind } from '../../audit/event.js'
import { recordAll } from '../../audit/service.js'
import { type Db, inTx, type Tx } from '../../platform/db.js'
import { learn } from '../lanes/service.js'
import { type Stop, stopScopes } from '../service.js'
import { type MailStatus, opensReset } from '../state.js'
import * as store from '../store.js'
import { GLOBAL } from '../valve.js'
import { lessonsOf, type Outcome } from './outcome.js'

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
    await stopScopes(tx, outcomes.flatMap(stopsOf))
    await learn(tx, lessonsOf(outcomes))
    return finished
  })
}

/** Bytes that are not what they must be stop all mail; what of ours is set up wrongly, that of its sweep. */
const stopsOf = ({ stop, closesSweep }: Outcome): Stop[] => [
  ...(stop === null ? [] : [{ scope: GLOBAL, reason: `mail gate: ${stop}` }]),
  ...(closesSweep === null
    ? []
    : [{ scope: `sweep:${closesSweep.sweepId}` as const, reason: closesSweep.reason }]),
]

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
