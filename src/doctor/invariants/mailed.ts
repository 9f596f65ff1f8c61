import { uniqueIndexes } from '../guards.js'
import type { Invariant } from '../invariant.js'

export const mailed: Invariant = {
  id: 'I4',
  name: 'mailed once',
  says: 'Of each purpose a server accepted at most one mail per sweep and account, and every mail that was ordered is accepted, under way, or with people.',
  rules: [
    {
      finds: 'A server accepted more than one mail of the same purpose for an account.',
      names: 'account',
      sql: `SELECT account_no AS id FROM mail WHERE status = 'accepted'
        GROUP BY sweep_id, account_no, purpose, CASE purpose WHEN 'reminder' THEN round END HAVING count(*) > 1`,
    },
    {
      finds: 'The same mail was staged twice.',
      names: 'account',
      sql: `SELECT account_no AS id FROM mail GROUP BY sweep_id, account_no, purpose, round HAVING count(*) > 1`,
    },
    {
      finds: 'A reset was ordered and no mail about it was.',
      names: 'account',
      sql: `SELECT r.account_no AS id FROM reset r LEFT JOIN mail m ON m.reset_no = r.no AND m.purpose = 'reset'
        WHERE m.no IS NULL`,
    },
    {
      finds: 'A sweep says that it informed an account, and no mail was staged.',
      names: 'account',
      sql: `SELECT a.account_no AS id FROM outcome o
        JOIN action a ON a.sweep_id = o.sweep_id AND a.account_no = o.account_no
        JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no
        LEFT JOIN mail m ON m.sweep_id = o.sweep_id AND m.account_no = o.account_no AND m.purpose IN ('notice', 'hold')
        WHERE o.outcome NOT IN ('superseded', 'reset_ordered') AND m.no IS NULL
          AND ('notify' = ANY (v.effects) OR 'hold' = ANY (v.effects))`,
    },
    {
      finds: 'A mail did not arrive, or may not have, and nobody was asked about it.',
      names: 'mail',
      sql: `SELECT m.id FROM mail m WHERE m.status IN ('unknown', 'rejected') AND NOT EXISTS (
        SELECT FROM review_case c WHERE c.account_no = m.account_no AND 'mail_' || m.status = ANY (c.because))`,
    },
    uniqueIndexes('mail_once', 'mail_pkey'),
  ],
  unseen:
    'Seen: what Cordon recorded. What a mail server took is in its own log, which the suites compare.',
  shownBy: ['test/chaos/mail-kill.test.ts', 'test/flows/mail.test.ts'],
  remedy:
    'Close the valve (`cordon mail valve close --reason …`), compare the mails with the log of your mail server, and send what is missing by `cordon mail retry-unknown`.',
}
