import { doubled, uniqueIndexes } from '../guards.js'
import type { Invariant } from '../invariant.js'

export const once: Invariant = {
  id: 'I11',
  name: 'once',
  says: 'A webhook message, and each attempt in it, has one effect, however often it is sent.',
  rules: [
    doubled({
      finds: 'A webhook id was taken twice.',
      names: 'source',
      table: 'webhook_message',
      key: 'source_no, id',
      guard: 'webhook_message_pkey',
      id: "source_no || ' ' || left(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 12)",
    }),
    doubled({
      finds: 'A login attempt was stored twice.',
      names: 'source',
      table: 'attempt',
      key: 'source_no, id, at',
      guard: 'attempt_pkey',
      id: "source_no || ' ' || left(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 12)",
    }),
    {
      finds:
        'A report about a mail was counted twice, or one event went twice to the same endpoint.',
      names: 'guard',
      sql: `SELECT 'mail_return' AS id FROM mail_return GROUP BY mail_no, digest HAVING count(*) > 1
        UNION SELECT 'event_delivery' FROM event_delivery GROUP BY endpoint_no, event_id, type HAVING count(*) > 1`,
    },
    uniqueIndexes(
      'webhook_message_pkey',
      'attempt_pkey',
      'mail_return_pkey',
      'event_delivery_endpoint_no_event_id_type_key',
    ),
  ],
  unseen:
    'Seen: what was taken in. That a wrong signature or an old timestamp changes nothing is shown by requests.',
  shownBy: ['test/api/webhook.test.ts', 'test/chaos/webhook-kill.test.ts'],
  remedy:
    'Have the owner of the database remove the doubled rows and make the index anew: until then an attempt can weigh twice in what detection finds.',
}
