import type { Tx } from '../../platform/db.js'
import type { MailPurpose } from '../state.js'

export type WaitingMail = { no: bigint; recipient: string }

/** Mails that have not ended, in the order of their numbers. */
export const waitingAfter = (tx: Tx, after: bigint, limit: number): Promise<WaitingMail[]> =>
  tx.$queryRaw<WaitingMail[]>`
    SELECT no, recipient FROM mail
    WHERE no > ${after} AND status IN ('staged', 'sending') ORDER BY no LIMIT ${limit}`

export type DoubtedMail = {
  id: string
  accountNo: bigint
  sweepId: string
  purpose: MailPurpose
}

/** From now on they may have arrived; who still holds one gets no stamp for it. */
export const doubt = (tx: Tx, mailNos: readonly bigint[]): Promise<DoubtedMail[]> =>
  tx.$queryRaw<DoubtedMail[]>`
    UPDATE mail SET status = 'unknown', body_at = coalesce(body_at, now()), lease_owner = NULL, lease_until = NULL,
      reply = 'restored from a backup: it may have left after that was made'
    WHERE no IN (
      SELECT no FROM mail WHERE no = ANY(${[...mailNos]}::bigint[]) AND status IN ('staged', 'sending')
      ORDER BY no FOR UPDATE)
    RETURNING id::text AS id, account_no AS "accountNo", sweep_id AS "sweepId", purpose`
