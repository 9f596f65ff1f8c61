import { uniqueIndexes } from '../guards.js'
import type { Invariant } from '../invariant.js'

/** What the plan counted, as numbers beside the sweep. */
const COUNTED = `
  SELECT s.id, s.list_ids, (s.counts->>'entries')::bigint AS entries, (s.counts->>'exposed')::bigint AS exposed,
         (s.counts->>'duplicates')::bigint AS duplicates, (s.counts->>'matched')::bigint AS matched,
         (s.counts->>'unknown')::bigint AS unknown, (s.counts->>'rejected')::bigint AS rejected,
         (s.counts->>'accounts')::bigint AS accounts
  FROM sweep s WHERE s.counts IS NOT NULL`

export const complete: Invariant = {
  id: 'I1',
  name: 'complete',
  says: 'Every account of a finished sweep has exactly one outcome, and the counts add up to the lists.',
  rules: [
    {
      finds: 'An account of a finished sweep, or of a step that was carried out, has no outcome.',
      names: 'account',
      sql: `SELECT a.account_no AS id
        FROM action a JOIN chunk c ON c.sweep_id = a.sweep_id AND a.seq BETWEEN c.first_seq AND c.last_seq
        JOIN sweep s ON s.id = c.sweep_id
        LEFT JOIN outcome o ON o.sweep_id = a.sweep_id AND o.account_no = a.account_no
        WHERE c.phase <> 'hold' AND (c.done_at IS NOT NULL OR s.status = 'finished') AND o.account_no IS NULL`,
    },
    {
      finds: 'An account has more than one outcome in a sweep.',
      names: 'account',
      sql: 'SELECT account_no AS id FROM outcome GROUP BY sweep_id, account_no HAVING count(*) > 1',
    },
    {
      finds: 'An account is more than once in the plan of a sweep.',
      names: 'account',
      sql: 'SELECT account_no AS id FROM action GROUP BY sweep_id, account_no HAVING count(*) > 1',
    },
    {
      finds: 'A finished sweep has steps that were never carried out.',
      names: 'sweep',
      sql: `SELECT DISTINCT s.id FROM sweep s JOIN chunk c ON c.sweep_id = s.id
        WHERE s.status = 'finished' AND c.done_at IS NULL`,
    },
    {
      finds: 'The steps of a plan leave out accounts of it, or hold one twice.',
      names: 'sweep',
      sql: `SELECT s.id FROM (${COUNTED}) s
        WHERE s.accounts <> (SELECT count(*) FROM action a WHERE a.sweep_id = s.id)
           OR s.accounts <> (SELECT coalesce(sum(c.last_seq - c.first_seq + 1), 0) FROM chunk c
                             WHERE c.sweep_id = s.id AND c.phase <> 'hold')`,
    },
    {
      finds: 'What a plan counted does not add up to its lists.',
      names: 'sweep',
      sql: `SELECT s.id FROM (${COUNTED}) s
        WHERE s.entries <> (SELECT coalesce(sum(l.entries), 0) FROM list l WHERE l.id = ANY (s.list_ids))
           OR s.entries <> s.exposed + s.duplicates OR s.exposed <> s.matched + s.unknown + s.rejected`,
    },
    {
      finds: 'A list holds more or fewer entries than were taken.',
      names: 'list',
      sql: `SELECT l.id FROM list l
        JOIN (SELECT list_id, count(*) AS entries FROM entry GROUP BY list_id) e ON e.list_id = l.id
        WHERE e.entries < l.accepted OR e.entries > l.accepted + l.duplicates
           OR l.entries <> l.accepted + l.duplicates + l.rejected`,
    },
    uniqueIndexes('outcome_pkey', 'action_pkey', 'action_sweep_id_account_no_key'),
  ],
  unseen: null,
  shownBy: ['test/chaos/kill.test.ts', 'test/flows/report.test.ts'],
  remedy:
    'Keep the sweep as it is and read its report (`cordon sweeps report ID`): its checks name the sum that is off. Plan the accounts that were left out anew; who is protected already is left alone.',
}
