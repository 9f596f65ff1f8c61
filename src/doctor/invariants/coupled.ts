import type { Invariant } from '../invariant.js'

/** Everything that raises an epoch: resets, the one lock, and takeovers that people confirmed. */
const RAISED = `
  SELECT account_no, count(*) AS times FROM reset GROUP BY account_no
  UNION ALL SELECT account_no, 1 FROM standing WHERE locked
  UNION ALL SELECT c.account_no, count(*) FROM audit_event e JOIN review_case c ON e.subject = 'case:' || c.id
    WHERE e.kind = 'case.decided' AND e.detail->>'decision' = 'confirm_takeover' GROUP BY c.account_no`

export const coupled: Invariant = {
  id: 'I3',
  name: 'coupled',
  says: 'A reset raises the credential epoch by one in its own transaction, and no session from before is accepted.',
  rules: [
    {
      finds: 'The credential epoch is not what resets, locks and confirmed takeovers made it.',
      names: 'account',
      sql: `SELECT coalesce(s.account_no, r.account_no) AS id
        FROM (SELECT account_no, sum(times) AS times FROM (${RAISED}) each GROUP BY account_no) r
        FULL JOIN standing s ON s.account_no = r.account_no
        WHERE coalesce(s.session_epoch, 0) <> coalesce(r.times, 0)`,
    },
    {
      finds:
        'Two resets of an account raised its epoch to the same number, or one to a number it never had.',
      names: 'account',
      sql: `SELECT r.account_no AS id FROM reset r LEFT JOIN standing s ON s.account_no = r.account_no
        GROUP BY r.account_no
        HAVING count(DISTINCT r.epoch) <> count(*) OR max(r.epoch) > coalesce(max(s.session_epoch), 0)`,
    },
    {
      finds: 'A sweep says that it ordered a reset, and there is none of its transaction.',
      names: 'account',
      sql: `SELECT o.account_no AS id FROM outcome o
        LEFT JOIN reset r ON r.account_no = o.account_no AND r.sweep_id = o.sweep_id AND r.ordered_at = o.at
        WHERE o.outcome = 'reset_ordered' AND r.no IS NULL`,
    },
    {
      finds: 'The old password works although a reset waits.',
      names: 'account',
      sql: `SELECT r.account_no AS id FROM reset r LEFT JOIN standing s ON s.account_no = r.account_no
        WHERE r.status = 'ordered' AND coalesce(s.password_usable, true)`,
    },
    {
      finds: 'A session from before a reset would be accepted.',
      names: 'account',
      sql: `SELECT DISTINCT x.account_no AS id FROM session x LEFT JOIN standing s ON s.account_no = x.account_no
        WHERE x.revoked_at IS NULL AND x.expires_at > now() AND x.epoch = coalesce(s.session_epoch, 0)
          AND EXISTS (SELECT FROM reset r WHERE r.account_no = x.account_no AND r.ordered_at > x.created_at)`,
    },
    {
      finds: 'A session carries an epoch that its account has not reached.',
      names: 'account',
      sql: `SELECT DISTINCT x.account_no AS id FROM session x LEFT JOIN standing s ON s.account_no = x.account_no
        WHERE x.epoch > coalesce(s.session_epoch, 0)`,
    },
  ],
  unseen: null,
  shownBy: ['test/chaos/kill.test.ts', 'test/flows/running.test.ts', 'test/api/reset.test.ts'],
  remedy:
    'Treat the account as taken over: open a case on it and decide `reset`, which kills its password and every session. Then find out who wrote to `standing`, `reset` or `session`.',
}
