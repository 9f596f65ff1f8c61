import { doubled, uniqueIndexes } from '../guards.js'
import type { Invariant } from '../invariant.js'

export const idempotent: Invariant = {
  id: 'I12',
  name: 'idempotent',
  says: 'A request with an idempotency key makes one thing, however often it is sent.',
  rules: [
    doubled({
      finds: 'An idempotency key was used for two things.',
      names: 'key',
      table: 'idempotency_key',
      key: 'actor, key',
      guard: 'idempotency_key_pkey',
      id: 'actor',
    }),
    {
      finds: 'An idempotency key was kept without the answer that it stands for.',
      names: 'key',
      sql: 'SELECT actor AS id FROM idempotency_key WHERE answer IS NULL',
    },
    {
      finds: 'An incident holds the same list twice.',
      names: 'list',
      sql: 'SELECT min(id) AS id FROM list GROUP BY incident_id, sha256 HAVING count(*) > 1',
    },
    uniqueIndexes('idempotency_key_pkey', 'list_incident_id_sha256_key'),
  ],
  unseen: 'Seen: the keys of the last day. What callers got for the same key is shown by requests.',
  shownBy: ['test/api/http.test.ts', 'test/api/every-answer.test.ts'],
  remedy:
    'Make the index anew, and compare what the actor made in the last day with what they meant to make.',
}
