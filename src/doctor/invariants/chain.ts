import { uniqueIndexes } from '../guards.js'
import type { Invariant } from '../invariant.js'

/** The links themselves are recomputed beside these rules: SQL cannot write canonical JSON. */
export const chain: Invariant = {
  id: 'I9',
  name: 'chain',
  says: 'The record has no gap, every link of its chain verifies, and every checkpoint is a beginning of it.',
  rules: [
    {
      finds: 'The chain skips an index or has one twice.',
      names: 'audit event',
      sql: `SELECT t.event_id AS id FROM (
        SELECT event_id, index, row_number() OVER (ORDER BY index) - 1 AS place FROM audit_seal) t WHERE t.index <> t.place`,
    },
    {
      finds: 'A link has no event, or an event has two.',
      names: 'audit event',
      sql: `SELECT s.event_id AS id FROM audit_seal s LEFT JOIN audit_event e ON e.id = s.event_id
        GROUP BY s.event_id HAVING count(*) > 1 OR count(e.id) = 0`,
    },
    uniqueIndexes('audit_seal_pkey', 'audit_seal_event_id_key', 'audit_event_pkey'),
  ],
  unseen: null,
  shownBy: ['test/flows/tampering.test.ts', 'test/flows/checkpoints.test.ts'],
  remedy:
    'Keep the database, its backups and the checkpoints as they are. `cordon audit verify --checkpoints FOLDER --key KEY` says from where on the record proves nothing; an earlier export shows what stood there.',
}
