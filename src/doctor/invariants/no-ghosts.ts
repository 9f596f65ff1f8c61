import { writtenOnce } from '../guards.js'
import type { Invariant, Rule } from '../invariant.js'

/** How often each account was told of in the record, against how often it happened. */
const balance = (finds: string, kind: string, happened: string): Rule => ({
  finds,
  names: 'subject',
  sql: `SELECT coalesce(told.subject, done.subject) AS id
    FROM (SELECT subject, count(*) AS times FROM audit_event WHERE kind = '${kind}' GROUP BY subject) told
    FULL JOIN (SELECT 'account:' || a.id AS subject, h.times FROM (${happened}) h JOIN account a ON a.no = h.account_no) done
      ON done.subject = told.subject
    WHERE coalesce(told.times, 0) <> coalesce(done.times, 0)`,
})

const resets = (condition: string) =>
  `SELECT account_no, count(*) AS times FROM reset WHERE ${condition} GROUP BY account_no`

export const noGhosts: Invariant = {
  id: 'I8',
  name: 'no ghosts',
  says: 'Nothing changed without its audit row, and no audit row tells of a change that is not there.',
  rules: [
    balance('Resets and what the record says of them differ.', 'reset.ordered', resets('true')),
    balance(
      'Completed resets and what the record says of them differ.',
      'reset.completed',
      resets("status = 'completed'"),
    ),
    balance(
      'Resets taken back and what the record says of them differ.',
      'reset.cancelled',
      resets("status = 'cancelled'"),
    ),
    balance(
      'Superseded actions and what the record says of them differ.',
      'sweep.action_superseded',
      "SELECT account_no, count(*) AS times FROM outcome WHERE outcome = 'superseded' GROUP BY account_no",
    ),
    balance(
      'What the watch did and what the record says of it differ.',
      'watch.applied',
      "SELECT account_no, count(*) AS times FROM watch_action WHERE status = 'applied' GROUP BY account_no",
    ),
    balance(
      'Locked accounts and what the record says of them differ.',
      'account.locked',
      'SELECT account_no, 1 AS times FROM standing WHERE locked',
    ),
    {
      finds: 'An account is held though the record says released, or the other way round.',
      names: 'subject',
      sql: `SELECT coalesce(told.subject, done.subject) AS id
        FROM (SELECT subject, max(id) FILTER (WHERE kind <> 'account.released') AS held,
                     max(id) FILTER (WHERE kind = 'account.released') AS released
              FROM audit_event WHERE kind IN ('account.held', 'account.released', 'reset.ordered') GROUP BY subject) told
        FULL JOIN (SELECT 'account:' || a.id AS subject, s.value_held FROM standing s JOIN account a ON a.no = s.account_no
                   WHERE s.value_held OR s.held_by IS NOT NULL) done ON done.subject = told.subject
        WHERE coalesce(done.value_held, false) <> coalesce(told.held > coalesce(told.released, 0), false)`,
    },
    {
      finds: 'A mail ended in another way than the record says, or the record does not say.',
      names: 'subject',
      sql: `SELECT coalesce(told.subject, done.subject) AS id
        FROM (SELECT subject, substr(kind, 6) AS status FROM audit_event
              WHERE kind IN ('mail.accepted', 'mail.rejected', 'mail.unknown')) told
        FULL JOIN (SELECT 'mail:' || id AS subject, status FROM mail WHERE status IN ('accepted', 'rejected', 'unknown')) done
          ON done.subject = told.subject AND done.status = told.status
        WHERE told.subject IS NULL OR done.subject IS NULL`,
    },
    {
      finds:
        'A case and what the record says of it differ: whether it was opened, or decided last.',
      names: 'subject',
      sql: `SELECT coalesce(told.subject, done.subject) AS id
        FROM (SELECT subject, bool_or(kind = 'case.opened') AS opened, max(id) FILTER (WHERE kind = 'case.decided') AS decided,
                     max(id) FILTER (WHERE kind = 'case.reopened') AS reopened
              FROM audit_event WHERE kind IN ('case.opened', 'case.decided', 'case.reopened') GROUP BY subject) told
        FULL JOIN (SELECT 'case:' || id AS subject, status = 'decided' AS decided FROM review_case) done
          ON done.subject = told.subject
        WHERE told.subject IS NULL OR done.subject IS NULL OR NOT told.opened
           OR done.decided <> coalesce(told.decided > coalesce(told.reopened, 0), false)`,
    },
    {
      finds:
        'An incident, a list, a key or a person of staff is there, and the record says nothing of it.',
      names: 'subject',
      sql: `SELECT t.subject AS id FROM (
          SELECT 'incident:' || id AS subject, 'incident.opened' AS kind FROM incident
          UNION ALL SELECT 'list:' || id, 'list.taken' FROM list
          UNION ALL SELECT 'sweep:' || id, 'sweep.requested' FROM sweep
          UNION ALL SELECT 'key:' || id, 'key.added' FROM api_key
          UNION ALL SELECT 'staff:' || id, 'staff.invited' FROM staff) t
        WHERE NOT EXISTS (SELECT FROM audit_event e WHERE e.subject = t.subject AND e.kind = t.kind)`,
    },
    {
      finds: 'A valve stands otherwise than the record says.',
      names: 'subject',
      sql: `SELECT 'valve:' || v.scope AS id FROM valve v
        LEFT JOIN LATERAL (SELECT substr(e.kind, 7) AS state FROM audit_event e
          WHERE e.subject = 'valve:' || v.scope AND e.kind IN ('valve.closed', 'valve.opened') ORDER BY e.id DESC LIMIT 1) told ON true
        WHERE coalesce(replace(told.state, 'opened', 'open'), 'open') <> v.state`,
    },
    {
      finds: 'An audit row does not say who did it.',
      names: 'audit event',
      sql: "SELECT id FROM audit_event WHERE actor !~ '^(cordon$|(os|key|account|staff|source):.)' OR detail IS NULL",
    },
    writtenOnce('audit_event', 'audit_seal', 'action', 'verdict', 'outcome', 'approval', 'policy'),
  ],
  unseen: null,
  shownBy: ['test/chaos/kill.test.ts', 'test/flows/audit.test.ts'],
  remedy:
    'Run `cordon audit verify --checkpoints FOLDER --key KEY`. If the record stands, something was changed without it: put the thing back as the record says, or have a person decide anew. If it does not, keep everything as it is and call who investigates.',
}
