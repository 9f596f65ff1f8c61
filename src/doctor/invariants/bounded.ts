import type { Invariant } from '../invariant.js'

const TOO_MANY = 1_000_000

export const bounded: Invariant = {
  id: 'I15',
  name: 'bounded',
  says: 'Connections, memory and queues stay within their bounds.',
  rules: [
    {
      finds: 'More than nine in ten of the connections that Postgres allows are taken.',
      names: 'guard',
      sql: `SELECT 'max_connections' AS id WHERE (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')
        > 0.9 * current_setting('max_connections')::int`,
    },
    {
      finds:
        'A transaction that writes has been open for more than twenty minutes: nothing behind it can be sealed.',
      names: 'guard',
      sql: `SELECT 'backend ' || pid AS id FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL
          AND xact_start < now() - interval '20 minutes'`,
    },
    {
      finds: 'A queue holds more than a million rows.',
      names: 'queue',
      sql: `SELECT q.id FROM (
          SELECT 'arrival' AS id, (SELECT count(*) FROM (SELECT FROM arrival LIMIT ${TOO_MANY + 1}) x) AS waiting
          UNION ALL SELECT 'reassessment', (SELECT count(*) FROM (SELECT FROM reassessment LIMIT ${TOO_MANY + 1}) x)
          UNION ALL SELECT 'mail_tally', (SELECT count(*) FROM (SELECT FROM mail_tally LIMIT ${TOO_MANY + 1}) x)
          UNION ALL SELECT c.relname, c.reltuples FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'cordon_queue' AND c.relkind = 'r') q
        WHERE q.waiting > ${TOO_MANY}`,
    },
    {
      finds: 'What is forgotten after a while is still there: nobody keeps house.',
      names: 'queue',
      sql: `SELECT 'idempotency_key' AS id FROM idempotency_key WHERE created_at < now() - interval '2 days'
        UNION SELECT 'passkey_challenge' FROM passkey_challenge WHERE expires_at < now() - interval '2 days'
        UNION SELECT 'event_delivery' FROM event_delivery WHERE status <> 'pending' AND settled_at < now() - interval '40 days'`,
    },
  ],
  unseen:
    'Seen: connections and the depth of queues now. Memory over time is shown by the metrics of each process and by benchmarks.',
  shownBy: ['test/flows/flood.test.ts', 'test/unit/platform'],
  remedy:
    'Look at which process holds the connections (`pg_stat_activity`), and whether a worker runs: it empties the queues and keeps house every hour.',
}
