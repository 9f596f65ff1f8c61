import { uniqueIndexes } from '../guards.js'
import type { Invariant } from '../invariant.js'

export const fenced: Invariant = {
  id: 'I13',
  name: 'fenced',
  says: 'A claim that ran out, or was overtaken, commits nothing.',
  rules: [
    {
      finds: 'A case was decided by a claim that a newer one had overtaken.',
      names: 'subject',
      sql: `SELECT DISTINCT t.subject AS id FROM (
          SELECT subject, kind, (detail->>'fence')::bigint AS fence,
                 max((detail->>'fence')::bigint) FILTER (WHERE kind = 'case.claimed')
                   OVER (PARTITION BY subject ORDER BY id) AS newest
          FROM audit_event WHERE kind IN ('case.claimed', 'case.proposed', 'case.decided')) t
        WHERE t.kind <> 'case.claimed' AND t.fence IS DISTINCT FROM t.newest`,
    },
    {
      finds: 'A case was decided by somebody who did not hold its claim.',
      names: 'subject',
      sql: `SELECT DISTINCT d.subject AS id FROM audit_event d
        LEFT JOIN (SELECT subject, actor, detail->>'fence' AS fence FROM audit_event WHERE kind = 'case.claimed') c
          ON c.subject = d.subject AND c.fence = d.detail->>'fence' AND c.actor = coalesce(d.detail->>'proposedBy', d.actor)
        WHERE d.kind IN ('case.proposed', 'case.decided') AND c.subject IS NULL`,
    },
    {
      finds: 'The fence of a case is not the number of its claims.',
      names: 'case',
      sql: `SELECT c.id FROM review_case c
        LEFT JOIN (SELECT subject, count(*) AS claims FROM audit_event WHERE kind = 'case.claimed' GROUP BY subject) e
          ON e.subject = 'case:' || c.id
        WHERE c.fence <> coalesce(e.claims, 0)`,
    },
    {
      finds: 'A case that nobody is at has a lease.',
      names: 'case',
      sql: `SELECT id FROM review_case WHERE status <> 'claimed' AND lease_until IS NOT NULL`,
    },
    {
      finds: 'A mail that nobody is sending has a lease, or one that is being sent has none.',
      names: 'mail',
      sql: `SELECT id FROM mail WHERE (status = 'sending') <> (lease_owner IS NOT NULL) OR (status = 'sending') <> (lease_until IS NOT NULL)`,
    },
    uniqueIndexes('review_case_once', 'review_case_id_key', 'mail_id_key'),
  ],
  unseen:
    'Seen: who decided under which claim. That a sleeper wakes up and gets nothing done is shown by processes that were stopped.',
  shownBy: ['test/flows/cases.test.ts', 'test/chaos/mail-kill.test.ts'],
  remedy:
    'Have another person look at the case again: `cordon cases` shows it, and new evidence opens it. Then find out what wrote past the fence.',
}
