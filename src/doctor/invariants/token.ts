import { uniqueIndexes } from '../guards.js'
import type { Invariant } from '../invariant.js'

export const token: Invariant = {
  id: 'I6',
  name: 'one live token',
  says: 'An account has at most one live reset token, which works once and is stored as its digest only.',
  rules: [
    {
      finds: 'An account has more than one reset that waits.',
      names: 'account',
      sql: `SELECT account_no AS id FROM reset WHERE status = 'ordered' GROUP BY account_no HAVING count(*) > 1`,
    },
    {
      finds: 'Two resets share a token.',
      names: 'account',
      sql: `SELECT min(account_no) AS id FROM reset WHERE token_hash IS NOT NULL GROUP BY token_hash HAVING count(*) > 1`,
    },
    {
      finds: 'A reset that was taken back still has a token.',
      names: 'account',
      sql: "SELECT account_no AS id FROM reset WHERE status = 'cancelled' AND token_hash IS NOT NULL",
    },
    {
      finds: 'A token is stored as something else than its digest.',
      names: 'account',
      sql: `SELECT account_no AS id FROM reset
        WHERE length(token_hash) <> 32 OR length(enrolment_hash) <> 32 OR (token_hash IS NOT NULL) > (token_expires_at IS NOT NULL)`,
    },
    {
      finds: 'A token was spent after its end.',
      names: 'account',
      sql: 'SELECT account_no AS id FROM reset WHERE token_spent_at > token_expires_at',
    },
    uniqueIndexes('reset_one_live', 'reset_token', 'reset_enrolment'),
  ],
  unseen:
    'Seen: what is stored. That fifty at once get one answer, and that looking changes nothing, is shown by requests.',
  shownBy: ['test/api/reset.test.ts'],
  remedy:
    'Order a new reset for the account (a case, decision `reset`): every token before it stops working.',
}
