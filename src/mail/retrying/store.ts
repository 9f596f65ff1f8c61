import type { Tx } from '../../platform/db.js'
import type { MailPurpose } from '../state.js'

export type UnknownMail = {
  id: string
  sweepId: string
  accountNo: bigint
  purpose: MailPurpose
  resetNo: bigint | null
  round: number
}

export type Asked = { sweepId: string; mailId: string | null }

/**
 * Unknown mails of the sweep (or the one that is named) that have no later round yet. Left out are
 * those whose reset is over, and reminders: the next one comes by itself. Their rows are locked, so
 * that of two who ask at once the second finds the round the first made.
 */
export const takeUnknown = (tx: Tx, { sweepId, mailId }: Asked): Promise<UnknownMail[]> =>
  tx.$queryRaw<UnknownMail[]>`
    SELECT m.id::text AS id, m.sweep_id AS "sweepId", m.account_no AS "accountNo", m.purpose,
      m.reset_no AS "resetNo", m.round::int AS round
    FROM mail m
    WHERE m.sweep_id = ${sweepId} AND m.status = 'unknown' AND m.purpose <> 'reminder'
      AND (${mailId}::uuid IS NULL OR m.id = ${mailId}::uuid)
      AND (m.purpose <> 'reset' OR EXISTS (SELECT FROM reset r WHERE r.no = m.reset_no AND r.status = 'ordered'))
      AND NOT EXISTS (
        SELECT FROM mail later
        WHERE later.sweep_id = m.sweep_id AND later.account_no = m.account_no
          AND later.purpose = m.purpose AND later.round > m.round)
    ORDER BY m.no FOR UPDATE OF m`

/** The key a mail was staged under, which for most is its sweep. */
export async function sweepOf(tx: Tx, mailId: string): Promise<string | undefined> {
  const [row] = await tx.$queryRaw<{ sweepId: string }[]>`
    SELECT sweep_id AS "sweepId" FROM mail WHERE id = ${mailId}::uuid`
  return row?.sweepId
}
