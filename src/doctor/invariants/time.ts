import type { Invariant, Rule } from '../invariant.js'

/** A few seconds for statements that ran long between two readings of the same clock. */
const SLACK = `interval '5 seconds'`

const longer = (
  finds: string,
  names: Rule['names'],
  { id, table, condition }: { id: string; table: string; condition: string },
): Rule => ({ finds, names, sql: `SELECT ${id} AS id FROM ${table} WHERE ${condition}` })

export const time: Invariant = {
  id: 'I18',
  name: 'time',
  says: "Every lifetime is measured by the database's clock, and no jump of another clock lengthens one.",
  rules: [
    longer('A reset token lives for more than 24 hours.', 'account', {
      id: 'account_no',
      table: 'reset',
      condition: `token_expires_at > coalesce(token_spent_at, now()) + interval '24 hours' + ${SLACK}`,
    }),
    longer('The offer of an authenticator lives for more than an hour.', 'account', {
      id: 'account_no',
      table: 'reset',
      condition: `enrolment_expires_at > completed_at + interval '1 hour' + ${SLACK}`,
    }),
    longer('A session of an account holder lives for more than 12 hours.', 'account', {
      id: 'account_no',
      table: 'session',
      condition: `expires_at > created_at + interval '12 hours' + ${SLACK}`,
    }),
    longer('A claim of a case lives for more than 15 minutes without a sign of life.', 'case', {
      id: 'id',
      table: 'review_case',
      condition: `lease_until > now() + interval '15 minutes' + ${SLACK}`,
    }),
    longer('A sender holds a mail for more than a minute without a sign of life.', 'mail', {
      id: 'id',
      table: 'mail',
      condition: `status = 'sending' AND lease_until > now() + interval '60 seconds' + ${SLACK}`,
    }),
    longer('An invitation of staff lives for more than 24 hours.', 'subject', {
      id: "'staff:' || staff_id",
      table: 'staff_invitation',
      condition: `expires_at > created_at + interval '24 hours' + ${SLACK}`,
    }),
    longer('A challenge for a passkey lives for more than five minutes.', 'guard', {
      id: "'passkey_challenge ' || purpose",
      table: 'passkey_challenge',
      condition: `expires_at > now() + interval '5 minutes' + ${SLACK}`,
    }),
    longer('A session of staff began in the future.', 'subject', {
      id: "'staff:' || staff_id",
      table: 'staff_session',
      condition: `greatest(created_at, factor_at, seen_at) > now() + ${SLACK}`,
    }),
    longer(
      'An audit row is from the future: the clock of the database was put back.',
      'audit event',
      {
        id: 'id',
        table: 'audit_event',
        condition: `at > now() + interval '1 minute'`,
      },
    ),
    longer('A hold after a reset lasts for more than 30 days.', 'account', {
      id: 'account_no',
      table: 'standing',
      condition: `held_until > now() + interval '30 days' + ${SLACK}`,
    }),
  ],
  unseen:
    'Seen: no lifetime is longer than may be set. What a jumping clock does is shown by processes with one.',
  shownBy: ['test/flows/staff.test.ts', 'test/api/webhook.test.ts'],
  remedy:
    'End what lives too long: order another reset, sign the person out, claim the case anew. Then compare the clocks of all machines with the database, and find out what wrote the time.',
}
