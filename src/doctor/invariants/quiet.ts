import type { Invariant, Rule } from '../invariant.js'

/** An address, a bearer token of ours as a word of its own, a webhook secret, a password's hash. */
const SHAPES = String.raw`(@[a-z0-9-]+\.[a-z]|\$argon2|whsec_|(^|[^A-Za-z0-9_-])[A-Za-z0-9_-]{43}($|[^A-Za-z0-9_=-]))`

const tells = (text: string) => `${text} ~* '${SHAPES}'`

/** What holds no token, secret or hash for sure, found ten times as fast: for millions of rows. */
const mayTell = (text: string) =>
  `position('$argon2' IN ${text}) > 0 OR position('whsec_' IN ${text}) > 0 OR ${text} ~ '[A-Za-z0-9_-]{43}'`

/** Every row of a table of the queue, as text. */
export const queueRule = (table: string): Rule => ({
  finds: 'A job in the queue holds an address or a secret.',
  names: 'queue',
  sql: `SELECT '${table}' AS id FROM cordon_queue."${table}" q WHERE position('@' IN q::text) > 0 AND ${tells('q::text')}`,
})

export const quiet: Invariant = {
  id: 'I16',
  name: 'quiet',
  says: 'No secret and no address stands in logs, queues, the record or error texts.',
  rules: [
    {
      finds: 'The record holds an address or a secret.',
      names: 'audit event',
      sql: `SELECT id FROM (SELECT id, actor, subject, detail::text AS said FROM audit_event OFFSET 0) e
        WHERE position('@' IN subject) > 0 OR position('@' IN actor) > 0
          OR ((position('@' IN said) > 0 OR ${mayTell('said')}) AND ${tells('said')})`,
    },
    {
      finds: 'What a mail server said was kept with an address in it.',
      names: 'mail',
      sql: `SELECT id FROM mail WHERE reply IS NOT NULL AND ${tells('reply')}
        UNION ALL SELECT m.id FROM mail_return r JOIN mail m ON m.no = r.mail_no
          WHERE r.diagnostic IS NOT NULL AND ${tells('r.diagnostic')}`,
    },
    {
      finds: 'Why something failed or was stopped was kept with an address or a secret in it.',
      names: 'subject',
      sql: `SELECT 'sweep:' || sweep_id AS id FROM chunk WHERE last_failure IS NOT NULL AND ${tells('last_failure')}
        UNION ALL SELECT 'sweep:' || id FROM sweep WHERE status_reason IS NOT NULL AND ${tells('status_reason')}
        UNION ALL SELECT 'valve:' || scope FROM valve WHERE ${tells('reason')}
        UNION ALL SELECT 'lane:' || lane FROM mail_lane WHERE pause_reason IS NOT NULL AND ${tells('pause_reason')}`,
    },
  ],
  unseen:
    'Seen: the record, queues in Postgres and texts that are stored. Logs and answers are not in a database, nor is a queue in Redis.',
  shownBy: ['test/api/fuzz.test.ts', 'test/flows/queue.test.ts'],
  remedy:
    'The record cannot be changed, so keep it among what is secret and say so in its export. Find out what wrote it: a reason that somebody typed, or an account id that is an address. Give accounts ids that say nothing.',
}
