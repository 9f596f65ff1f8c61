import { endReview, holdAll, killCredentials, lockAll, releaseAll } from '../../accounts/service.js'
import { recordAll } from '../../audit/service.js'
import { stageAll } from '../../mail/service.js'
import type { Tx } from '../../platform/db.js'
import { cancelAll, orderAll } from '../../resets/service.js'
import type { Decision } from '../state.js'
import type { ReviewCase } from '../store.js'

/** What a decision does to the account, in the transaction that makes the decision. */
export async function carryOut(
  tx: Tx,
  subject: ReviewCase,
  { actor, holdHours }: { actor: string; holdHours: number },
): Promise<void> {
  await endReview(tx, subject.accountNo, holdHours)
  await EFFECTS[subject.decision as Decision](tx, subject, actor)
}

type Effect = (tx: Tx, subject: ReviewCase, actor: string) => Promise<void>

const EFFECTS: Record<Decision, Effect> = {
  keep_reset: async () => undefined,
  release: async (tx, { accountNo }, actor) => {
    await cancelAll(tx, [accountNo], actor)
    await recordChange(tx, 'account.released', await releaseAll(tx, [accountNo], actor), actor)
  },
  reset: async (tx, { accountNo, sweepId, id, fence }, actor) => {
    const ordered = await orderAll(tx, [{ accountNo }], sweepId)
    const mails = ordered.map(({ resetNo }) => ({
      sweepId: `case:${id}:${fence}`, // each order is mailed, also when the case was opened again
      accountNo,
      resetNo,
      purpose: 'reset' as const,
    }))
    await stageAll(tx, mails)
    await recordChange(tx, 'reset.ordered', [accountNo], actor)
  },
  lock: lockAndHold,
  confirm_takeover: async (tx, subject, actor) => {
    await lockAndHold(tx, subject, actor)
    await killCredentials(tx, [subject.accountNo])
  },
}

async function lockAndHold(tx: Tx, { accountNo }: ReviewCase, actor: string): Promise<void> {
  await recordChange(tx, 'account.held', await holdAll(tx, [accountNo], actor), actor)
  await recordChange(tx, 'account.locked', await lockAll(tx, [accountNo]), actor)
}

type AccountChange = 'account.held' | 'account.locked' | 'account.released' | 'reset.ordered'

async function recordChange(
  tx: Tx,
  kind: AccountChange,
  changed: readonly bigint[],
  actor: string,
): Promise<void> {
  const where = { no: { in: [...changed] } }
  const accounts = await tx.account.findMany({ where, select: { id: true } })
  await recordAll(
    tx,
    accounts.map(({ id }) => ({ kind, actor, subject: `account:${id}` })),
  )
}
