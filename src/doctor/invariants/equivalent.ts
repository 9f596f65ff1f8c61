import type { Invariant } from '../invariant.js'

export const equivalent: Invariant = {
  id: 'I20',
  name: 'equivalent',
  says: 'Whatever went wrong on the way, the end is the one of a run that nothing disturbed.',
  rules: [
    {
      finds: 'What became of an account is not what its verdict said, and no reason is given.',
      names: 'account',
      sql: `SELECT o.account_no AS id FROM outcome o
        JOIN action a ON a.sweep_id = o.sweep_id AND a.account_no = o.account_no
        JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no
        WHERE o.outcome <> v.outcome AND NOT (o.outcome = 'superseded' AND o.reason IS NOT NULL)`,
    },
    {
      finds: 'A step of a finished sweep opened fewer cases than its verdicts asked for.',
      names: 'account',
      sql: `SELECT o.account_no AS id FROM outcome o
        JOIN action a ON a.sweep_id = o.sweep_id AND a.account_no = o.account_no
        JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no
        LEFT JOIN review_case c ON c.sweep_id = o.sweep_id AND c.account_no = o.account_no
        WHERE o.outcome <> 'superseded' AND 'review' = ANY (v.effects) AND c.no IS NULL`,
    },
    {
      finds: 'Mails by state are not what was counted as they moved.',
      names: 'sweep',
      sql: `SELECT coalesce(t.sweep_id, m.sweep_id) AS id
        FROM (SELECT sweep_id, status, sum(mails) AS mails FROM mail_tally GROUP BY 1, 2) t
        FULL JOIN (SELECT coalesce(s.id, '') AS sweep_id, m.status, count(*) AS mails
                   FROM mail m LEFT JOIN sweep s ON s.id = m.sweep_id GROUP BY 1, 2) m
          ON m.sweep_id = t.sweep_id AND m.status = t.status
        WHERE coalesce(t.mails, 0) <> coalesce(m.mails, 0)`,
    },
  ],
  unseen:
    'Seen: that the end is what the plan said. That two runs end alike is shown by running both.',
  shownBy: ['test/chaos/kill.test.ts'],
  remedy:
    'Compare the plan and the outcomes of the sweep (`cordon sweeps report ID --format csv`); have people decide about the accounts that are named.',
}
