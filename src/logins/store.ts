import type { Tx } from '../platform/db.js'

/** What is hostile about one account: signals on it, and on sources that tried it. */
export const signalsOf = (tx: Tx, accountNo: bigint) =>
  tx.$queryRaw<{ kind: string; at: Date; says: string }[]>`
    SELECT DISTINCT s.kind, s.last_at AS at, s.says FROM signal s
    WHERE s.account_no = ${accountNo}
       OR EXISTS (SELECT FROM attempt t WHERE t.account_no = ${accountNo} AND t.hostile
                  AND t.at BETWEEN s.first_at AND s.last_at AND s.account_no IS NULL
                  AND (t.ip <<= s.ip OR t.asn = s.asn OR (s.ip IS NULL AND s.asn IS NULL)))
    ORDER BY at LIMIT 100`
