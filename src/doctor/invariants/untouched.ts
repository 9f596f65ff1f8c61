import type { Invariant } from '../invariant.js'

export const untouched: Invariant = {
  id: 'I19',
  name: 'untouched',
  says: 'Accounts that are on no list, or were left out, are not touched.',
  rules: [
    {
      finds: 'An account was held, reset or locked that no sweep, watch or case knows.',
      names: 'account',
      sql: `SELECT t.account_no AS id FROM (
          SELECT account_no FROM standing
            WHERE value_held OR locked OR under_review OR NOT password_usable OR session_epoch <> 0
          UNION SELECT account_no FROM reset) t
        LEFT JOIN (SELECT account_no FROM action UNION SELECT account_no FROM review_case) known
          ON known.account_no = t.account_no
        WHERE known.account_no IS NULL`,
    },
    {
      finds: 'A sweep acted on an account that is not in its plan.',
      names: 'account',
      sql: `SELECT t.account_no AS id FROM (
          SELECT sweep_id, account_no FROM outcome
          UNION ALL SELECT m.sweep_id, m.account_no FROM mail m JOIN sweep s ON s.id = m.sweep_id
            WHERE m.purpose IN ('notice', 'hold', 'reset')
          UNION ALL SELECT sweep_id, account_no FROM watch_action) t
        LEFT JOIN action a ON a.sweep_id = t.sweep_id AND a.account_no = t.account_no
        WHERE a.seq IS NULL`,
    },
    {
      finds: 'An account that was left out of a plan is in it.',
      names: 'account',
      sql: `SELECT a.account_no AS id FROM sweep s CROSS JOIN unnest(s.exclude) AS left_out (id)
        JOIN account c ON c.id = left_out.id JOIN action a ON a.sweep_id = s.id AND a.account_no = c.no`,
    },
    {
      // Only where entries are addresses, and of accounts whose row is older than the plan.
      finds: 'An account is in a plan though no list of its sweep names it.',
      names: 'account',
      sql: `SELECT a.account_no AS id FROM (
          SELECT t.id, t.created_at FROM sweep t CROSS JOIN unnest(t.list_ids) AS l (id)
          JOIN entry e ON e.list_id = l.id GROUP BY t.id HAVING count(e.sha256) = 0) s
        JOIN action a ON a.sweep_id = s.id JOIN account c ON c.no = a.account_no
        WHERE c.updated_at <= s.created_at
          AND NOT EXISTS (SELECT FROM (
            SELECT DISTINCT t.id AS sweep_id, e.match_key FROM sweep t CROSS JOIN unnest(t.list_ids) AS l (id)
            JOIN entry e ON e.list_id = l.id) x WHERE x.sweep_id = a.sweep_id AND x.match_key = c.match_key)`,
    },
  ],
  unseen:
    'Seen: everything Cordon writes about accounts. That columns of the platform stay as they were is shown by comparing them before and after.',
  shownBy: ['test/flows/innocents.test.ts'],
  remedy:
    'Release the account by a case (decision `release`), tell its owner if mail went out, and find out what wrote past the plan.',
}
