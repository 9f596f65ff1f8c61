import type { Invariant } from '../invariant.js'

export const durable: Invariant = {
  id: 'I7',
  name: 'durable',
  says: 'Whatever was answered with success is in the database, also after a crash.',
  rules: [
    {
      finds: 'A setting of Postgres lets a commit be lost that was answered.',
      names: 'guard',
      sql: `SELECT name AS id FROM pg_settings
        WHERE (name IN ('fsync', 'full_page_writes') AND setting <> 'on') OR (name = 'synchronous_commit' AND setting = 'off')`,
    },
    {
      finds: 'A table that must survive a crash is not written to the log.',
      names: 'table',
      sql: `SELECT c.relname AS id FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND c.relpersistence = 'u' AND c.relname NOT IN ('account_intake', 'rate_limit')`,
    },
  ],
  unseen:
    'Seen: that Postgres is set to keep what it commits. What clients were told is in their own ledgers, which the suites compare.',
  shownBy: ['test/chaos/webhook-kill.test.ts'],
  remedy:
    'Set `fsync`, `full_page_writes` and `synchronous_commit` to `on` and restart Postgres; what was lost before, its senders have to send again.',
}
