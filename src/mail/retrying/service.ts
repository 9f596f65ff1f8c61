import { recordAll } from '../../audit/service.js'
import type { Tx } from '../../platform/db.js'
import { Refusal } from '../../platform/errors.js'
import { stageAll } from '../service.js'
import { MAIL_PURPOSES } from '../state.js'
import { isSweep } from '../valve/store.js'
import * as store from './store.js'

/** All unknown mails of a sweep, one mail, or one mail that must belong to the sweep. */
export type RetryOrder = {
  sweepId?: string
  mailId?: string | undefined
  actor: string
  reason: string
}

const AT_ONCE = 5_000
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Sends again what may or may not have arrived, because a person says so: another round of each
 * unknown mail is staged, to the address stored for the account now. The unknown mail stays as it
 * is. A reset mail's token is made as the new round leaves, and the one before stops working. Asking
 * twice makes one round; when that ends unknown too, asking once more makes the next. Returns how
 * many were staged. Refuses with `not_found` when there is no such sweep or mail.
 */
export async function retryUnknown(tx: Tx, order: RetryOrder): Promise<number> {
  const unknown = await store.takeUnknown(tx, await asked(tx, order))
  let retried = 0
  for (const purpose of MAIL_PURPOSES) {
    const ofPurpose = unknown.filter((mail) => mail.purpose === purpose)
    for (let from = 0; from < ofPurpose.length; from += AT_ONCE) {
      retried += await retrySome(tx, ofPurpose.slice(from, from + AT_ONCE), order)
    }
  }
  return retried
}

async function asked(tx: Tx, { sweepId, mailId }: RetryOrder): Promise<store.Asked> {
  if (mailId !== undefined) {
    const found = UUID.test(mailId) ? await store.sweepOf(tx, mailId) : undefined
    if (found !== undefined && (sweepId ?? found) === found) return { sweepId: found, mailId }
    throw new Refusal('not_found', `There is no mail ${mailId}.`)
  }
  if (sweepId !== undefined && (await isSweep(tx, sweepId))) return { sweepId, mailId: null }
  throw new Refusal('not_found', `There is no sweep ${sweepId ?? ''}.`)
}

async function retrySome(
  tx: Tx,
  mails: readonly store.UnknownMail[],
  { actor, reason }: RetryOrder,
): Promise<number> {
  const next = mails.map(({ id: _, ...mail }) => ({ ...mail, round: mail.round + 1 }))
  const staged = new Set(await stageAll(tx, next))
  const retried = mails.filter(({ accountNo }) => staged.has(accountNo))
  await recordAll(
    tx,
    retried.map(({ id, accountNo, sweepId, purpose, round }) => ({
      kind: 'mail.retried' as const,
      actor,
      subject: `mail:${id}`,
      detail: { account: String(accountNo), sweep: sweepId, purpose, round: round + 1, reason },
    })),
  )
  return retried.length
}
