import { caseOf, FINISHED, no, PLANNED, type Saboteur, told } from './sabotage.js'

/** What is done to accounts, their mail and the record of both: I1 to I8. */
export const OF_ACCOUNTS: readonly Saboteur[] = [
  {
    does: 'takes an outcome away',
    breaks: ['I1'],
    sql: `DELETE FROM outcome WHERE account_no = ${no('safe-1')}`,
  },
  {
    does: 'drops the key of outcomes and writes one twice',
    breaks: ['I1'],
    sql: `ALTER TABLE outcome DROP CONSTRAINT outcome_pkey;
      INSERT INTO outcome SELECT * FROM outcome WHERE account_no = ${no('safe-1')}`,
  },
  {
    does: 'lets a list say that it held more',
    breaks: ['I1'],
    sql: "UPDATE list SET entries = entries + 1, accepted = accepted + 1 WHERE name = 'first.txt'",
  },
  {
    does: 'forgets a step of a finished sweep',
    breaks: ['I1'],
    sql: `UPDATE chunk SET done_at = NULL WHERE sweep_id = ${FINISHED} AND phase = 'hold'`,
  },
  {
    does: 'starts a planned sweep by hand',
    breaks: ['I2', 'I10'],
    sql: `UPDATE sweep SET status = 'running', started_at = now() WHERE id = ${PLANNED}`,
  },
  {
    does: 'lets a finished sweep run again',
    breaks: ['I2'],
    sql: told('sweep.started', `'sweep:' || ${FINISHED}`),
  },
  {
    does: 'completes a reset without its token',
    breaks: ['I2', 'I8'],
    sql: `UPDATE reset SET status = 'completed', completed_at = now() WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'decides a case again that was decided',
    breaks: ['I2'],
    sql: `UPDATE review_case SET fence = fence + 1 WHERE id = ${caseOf('taken-2')};
      ${told('case.claimed', `'case:' || ${caseOf('taken-2')}`, '{"fence": 2}', 'os:ana')}
      ${told('case.decided', `'case:' || ${caseOf('taken-2')}`, '{"fence": 2, "decision": "keep_reset"}', 'os:ana')}`,
  },
  {
    does: 'raises an epoch without a reset',
    breaks: ['I3'],
    sql: `UPDATE standing SET session_epoch = session_epoch + 1 WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'orders a reset and leaves the epoch as it was',
    breaks: ['I3'],
    sql: `UPDATE standing SET session_epoch = session_epoch - 1 WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'lets the old password work while a reset waits',
    breaks: ['I3'],
    sql: `UPDATE standing SET password_usable = true WHERE account_no = ${no('reset-2')}`,
  },
  {
    does: 'brings a session from before a reset back to life',
    breaks: ['I3'],
    sql: `UPDATE session SET created_at = now() - interval '2 hours', expires_at = now() + interval '2 hours'
      WHERE account_no = ${no('done')}`,
  },
  {
    does: 'counts a mail as accepted twice',
    breaks: ['I4', 'I8'],
    sql: `INSERT INTO mail (sweep_id, account_no, purpose, recipient, reset_no, status, round, accepted_at, wire_sha256, body_at)
      SELECT sweep_id, account_no, purpose, recipient, reset_no, status, 1, accepted_at, wire_sha256, body_at
      FROM mail WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'drops the index of mails and stages one twice',
    breaks: ['I4'],
    sql: `DROP INDEX mail_once;
      INSERT INTO mail (sweep_id, account_no, purpose, recipient, reset_no, wave)
      SELECT sweep_id, account_no, purpose, recipient, reset_no, 0 FROM mail WHERE account_no = ${no('watched')} AND purpose = 'reset'`,
  },
  {
    does: 'loses the mail about a reset',
    breaks: ['I4', 'I20'],
    sql: `DELETE FROM mail WHERE account_no = ${no('watched')} AND purpose = 'reset'`,
  },
  {
    does: 'asks nobody about a mail that may not have arrived',
    breaks: ['I4'],
    sql: `UPDATE review_case SET because = '{hostile_logins}' WHERE 'mail_unknown' = ANY (because)`,
  },
  {
    does: 'gives a mail a second recipient',
    breaks: ['I5'],
    sql: `ALTER TABLE mail DROP CONSTRAINT mail_recipient_check;
      UPDATE mail SET recipient = recipient || ',other@shop.example' WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'sends a mail to an address that is not the stored one',
    breaks: ['I5'],
    sql: `UPDATE mail SET recipient = 'someone.else@shop.example' WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'sends a mail past the gate',
    breaks: ['I5'],
    sql: `UPDATE mail SET wire_sha256 = NULL WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'drops the index of live resets and lets two wait',
    breaks: ['I3', 'I6', 'I8'],
    sql: `DROP INDEX reset_one_live;
      INSERT INTO reset (account_no, sweep_id, epoch) SELECT account_no, sweep_id, epoch FROM reset
      WHERE account_no = ${no('reset-1')};
      UPDATE mail SET reset_no = (SELECT max(no) FROM reset) WHERE account_no = ${no('done')} AND purpose = 'confirmation';
      INSERT INTO mail (sweep_id, account_no, purpose, recipient, reset_no, wave)
      SELECT 'watch', account_no, purpose, recipient, (SELECT max(no) FROM reset), 0 FROM mail WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'stores a token as it stands in the mail',
    breaks: ['I6'],
    sql: `UPDATE reset SET token_hash = convert_to('a token as it stands in the mail', 'UTF8') || '!' WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'leaves a cancelled reset its token',
    breaks: ['I6'],
    sql: "UPDATE reset SET token_hash = sha256('token') WHERE no = (SELECT min(no) FROM reset WHERE status = 'cancelled')",
  },
  {
    does: 'keeps mails out of the log that crashes are mended from',
    breaks: ['I7'],
    sql: 'ALTER TABLE reassessment SET UNLOGGED',
  },
  {
    does: 'deletes the audit row of a reset',
    breaks: ['I8', 'I9'],
    sql: `SET LOCAL session_replication_role = replica;
      DELETE FROM audit_event WHERE kind = 'reset.ordered' AND subject = 'account:reset-1'`,
  },
  {
    does: 'records a reset that never was',
    breaks: ['I8'],
    sql:
      told('reset.ordered', "'account:outsider-2'") +
      told('account.released', "'account:outsider-2'"),
  },
  {
    does: 'releases value without a record',
    breaks: ['I8'],
    sql: `UPDATE standing SET value_held = false WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'reopens a case without a record',
    breaks: ['I8'],
    sql: `UPDATE review_case SET status = 'open' WHERE id = ${caseOf('taken-2')}`,
  },
  {
    does: 'closes the valve without a record',
    breaks: ['I8'],
    sql: "UPDATE valve SET state = 'closed'",
  },
  {
    does: "lets Cordon's own role change the record",
    breaks: ['I8'],
    sql: 'GRANT UPDATE ON audit_event TO cordon_app',
  },
  {
    does: 'records something without saying who did it',
    breaks: ['I8'],
    sql: told('case.viewed', "'case:none'", '{}', 'somebody'),
  },
]
