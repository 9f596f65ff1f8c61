import { caseOf, FINISHED, no, PAUSED, PLANNED, type Saboteur, told } from './sabotage.js'

/** One for each question that the larger sabotage does not answer: a single row that is wrong. */
export const SMALL_FAULTS: readonly Saboteur[] = [
  {
    does: 'plans an account twice',
    breaks: ['I1', 'I10'],
    sql: `ALTER TABLE action DROP CONSTRAINT action_sweep_id_account_no_key;
      INSERT INTO action SELECT sweep_id, 99, account_no, verdict_no, batches, first_exposed_at, hostile_attempts,
        hostile_successes, hostile_sources, last_hostile_at FROM action WHERE sweep_id = ${PLANNED};
      UPDATE chunk SET last_seq = 99 WHERE sweep_id = ${PLANNED} AND phase = 'canary'`,
  },
  {
    does: 'leaves a finished sweep without its end',
    breaks: ['I2'],
    sql: `UPDATE sweep SET finished_at = NULL WHERE id = ${FINISHED}`,
  },
  {
    does: 'ends an account in a way that nobody knows',
    breaks: ['I2', 'I20'],
    sql: "UPDATE outcome SET outcome = 'forgotten' WHERE outcome = 'review_opened'",
  },
  {
    does: 'forgets who decided a case',
    breaks: ['I2'],
    sql: `UPDATE review_case SET decided_by = NULL WHERE id = ${caseOf('taken-2')}`,
  },
  {
    does: 'forgets when a mail was accepted',
    breaks: ['I2'],
    sql: `UPDATE mail SET accepted_at = NULL WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'orders a reset at another moment than its outcome',
    breaks: ['I3'],
    sql: `UPDATE reset SET ordered_at = ordered_at - interval '1 microsecond' WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'gives a session an epoch of the future',
    breaks: ['I3'],
    sql: `UPDATE session SET epoch = 7 WHERE account_no = ${no('outsider-1')}`,
  },
  {
    does: 'loses a notice',
    breaks: ['I4', 'I8', 'I20'],
    sql: `DELETE FROM mail WHERE account_no = ${no('safe-1')}`,
  },
  {
    does: 'gives a seed two mailboxes',
    breaks: ['I5'],
    sql: `ALTER TABLE mail_seed DROP CONSTRAINT mail_seed_recipient_check;
      INSERT INTO mail_seed (sweep_id, wave, recipient, purpose, locale) VALUES ('none', 0, 'a@b.example, c@d.example', 'reset', 'en')`,
  },
  {
    does: 'mails somebody who has no account',
    breaks: ['I5'],
    sql: "INSERT INTO mail (sweep_id, account_no, purpose, recipient, wave) VALUES ('none', 999, 'notice', 'a@b.example', 0)",
  },
  {
    does: 'sends one text to two accounts',
    breaks: ['I5'],
    sql: `UPDATE mail SET wire_sha256 = 'same' WHERE account_no IN (${no('reset-1')}, ${no('reset-2')})`,
  },
  {
    does: 'drops the index of tokens and shares one',
    breaks: ['I6'],
    sql: `DROP INDEX reset_token;
      UPDATE reset SET token_hash = sha256('shared'), token_expires_at = now() WHERE account_no IN (${no('reset-1')}, ${no('reset-2')})`,
  },
  {
    does: 'spends a token after its end',
    breaks: ['I6'],
    sql: `UPDATE reset SET token_expires_at = token_spent_at - interval '1 second' WHERE status = 'completed'`,
  },
  {
    does: 'answers before the commit is on disk',
    breaks: ['I7'],
    sql: 'SET LOCAL synchronous_commit = off',
  },
  {
    does: 'records a withdrawal that never was',
    breaks: ['I8'],
    sql: told('reset.cancelled', "'account:outsider-1'"),
  },
  {
    does: 'records a superseded action that never was',
    breaks: ['I8'],
    sql: told('sweep.action_superseded', "'account:outsider-1'"),
  },
  {
    does: 'records an act of the watch that never was',
    breaks: ['I8'],
    sql: told('watch.applied', "'account:outsider-1'"),
  },
  {
    does: 'records a lock that never was',
    breaks: ['I8'],
    sql: told('account.locked', "'account:outsider-1'"),
  },
  {
    does: 'opens an incident without a record',
    breaks: ['I8'],
    sql: "INSERT INTO incident (id, title, kind, occurred_at, detected_at) VALUES ('inc_x', 'x', 'x', now(), now())",
  },
  {
    does: 'approves without a record',
    breaks: ['I10'],
    sql: `INSERT INTO approval (sweep_id, approver, plan_digest, expected_resets) VALUES (${PLANNED}, 'os:eve', 'x', 1)`,
  },
  {
    does: 'carries out a step of a sweep that nobody started',
    breaks: ['I1', 'I10'],
    sql: `UPDATE chunk SET done_at = now() WHERE sweep_id = ${PLANNED}`,
  },
  {
    does: 'counts a report twice',
    breaks: ['I11'],
    sql: `ALTER TABLE mail_return DROP CONSTRAINT mail_return_pkey;
      INSERT INTO mail_return (mail_no, digest, kind) SELECT min(no), sha256('x'), 'delayed' FROM mail, generate_series(1, 2) GROUP BY generate_series`,
  },
  {
    does: 'takes a list twice',
    breaks: ['I8', 'I12'],
    sql: `ALTER TABLE list DROP CONSTRAINT list_incident_id_sha256_key;
      INSERT INTO list SELECT 'lst_x', incident_id, sha256, name, format, entries, accepted, duplicates, rejected FROM list WHERE name = 'second.txt'`,
  },
  {
    does: 'moves a fence without a claim',
    breaks: ['I13'],
    sql: `UPDATE review_case SET fence = fence + 1 WHERE id = ${caseOf('taken-2')}`,
  },
  {
    does: 'leases a case that nobody is at',
    breaks: ['I13'],
    sql: `UPDATE review_case SET lease_until = now() WHERE id = ${caseOf('taken-2')}`,
  },
  {
    does: 'sends a mail without a lease',
    breaks: ['I13'],
    sql: "UPDATE mail SET status = 'sending' WHERE status = 'staged'",
  },
  {
    does: 'lets a running sweep stand still, and fail for ever',
    breaks: ['I14'],
    sql: `${told('sweep.resumed', `'sweep:' || ${PAUSED}`)}
      UPDATE audit_event SET at = now() - interval '40 minutes' WHERE id = (SELECT max(id) FROM audit_event);
      UPDATE approval SET at = now() - interval '2 hours' WHERE sweep_id = ${PAUSED};
      UPDATE chunk SET failures = 30, done_at = done_at - interval '30 minutes' WHERE sweep_id = ${PAUSED};
      UPDATE sweep SET status = 'running', started_at = now() - interval '1 hour' WHERE id = ${PAUSED}`,
  },
  {
    does: 'plans for an hour',
    breaks: ['I8', 'I14'],
    sql: `INSERT INTO sweep (id, incident_id, status, policy_version, list_ids, mail_revision, window_start, four_eyes, requested_by, created_at)
      SELECT 'swp_x', incident_id, 'planning', policy_version, list_ids, mail_revision, now(), false, 'os:test', now() - interval '1 hour'
      FROM sweep WHERE id = ${PLANNED}`,
  },
  {
    does: 'sends nothing of a lane',
    breaks: ['I14'],
    sql: `INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap, changed_at) VALUES ('slow', 1, 1, 1, 1, now() - interval '1 hour');
      UPDATE mail SET lane = 'slow', not_before = now() - interval '1 hour' WHERE status = 'staged'`,
  },
  {
    does: 'sorts no mail into lanes',
    breaks: ['I14'],
    sql: "UPDATE mail SET lane = NULL, wave = 0, created_at = now() - interval '1 hour', not_before = now() - interval '1 hour' WHERE status = 'staged'",
  },
  {
    does: 'delivers no event',
    breaks: ['I14'],
    sql: `INSERT INTO event_endpoint (id, format, url, types, cursor_tx, cursor_event) VALUES ('end_x', 'webhook', 'https://a.example', '{x}', '0', 0);
      INSERT INTO event_delivery (event_id, endpoint_no, type, not_before) SELECT 1, no, 'x', now() - interval '2 hours' FROM event_endpoint`,
  },
  {
    does: 'stops a sweep for a reason with an address',
    breaks: ['I16'],
    sql: `UPDATE sweep SET status_reason = 'ann@shop.example called' WHERE id = ${PAUSED}`,
  },
  {
    does: 'stretches the offer of an authenticator',
    breaks: ['I18'],
    sql: "UPDATE reset SET enrolment_expires_at = completed_at + interval '2 hours' WHERE status = 'completed'",
  },
  {
    does: 'stretches the lease of a mail',
    breaks: ['I18'],
    sql: `UPDATE mail SET status = 'sending', lease_owner = 'x', lease_until = now() + interval '1 hour' WHERE status = 'staged'`,
  },
  {
    does: 'stretches what staff sign in by',
    breaks: ['I8', 'I18'],
    sql: `INSERT INTO staff (id, email, name, roles) VALUES ('x', 'x@y.example', 'x', '{auditor}');
      INSERT INTO staff_invitation (token_hash, staff_id, sealed_secret, expires_at) VALUES ('x', 'x', 'x', now() + interval '2 days');
      INSERT INTO staff_session (token_hash, id, staff_id, ip, user_agent, factor, created_at) VALUES ('x', 'x', 'x', '::1', '', 'totp', now() + interval '1 hour');
      INSERT INTO passkey_challenge (challenge, purpose, expires_at) VALUES ('x', 'sign_in', now() + interval '1 hour')`,
  },
  {
    does: 'records something tomorrow',
    breaks: ['I18'],
    sql: `INSERT INTO audit_event (at, kind, actor, subject, detail) VALUES (now() + interval '1 day', 'case.viewed', 'os:ana', 'case:none', '{}')`,
  },
  {
    does: 'holds value for a year after a reset',
    breaks: ['I18'],
    sql: `UPDATE standing SET held_until = now() + interval '1 year' WHERE account_no = ${no('done')}`,
  },
  {
    does: 'loses a case that a verdict asked for',
    breaks: ['I8', 'I20'],
    sql: `DELETE FROM review_case WHERE id = ${caseOf('safe-2')}`,
  },
]
