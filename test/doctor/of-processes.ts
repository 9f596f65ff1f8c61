import { caseOf, FINISHED, no, PAUSED, type Saboteur, told } from './sabotage.js'

/** What is done past approvals, claims, clocks and lists: I9 to I20. */
export const OF_PROCESSES: readonly Saboteur[] = [
  {
    does: 'changes a sealed audit row',
    breaks: ['I9'],
    sql: `UPDATE audit_event SET detail = detail || '{"n": 1}' WHERE kind = 'list.taken'`,
  },
  {
    does: 'takes a link out of the chain',
    breaks: ['I9'],
    sql: 'DELETE FROM audit_seal WHERE index = 10',
  },
  {
    does: 'takes the approval of a sweep back after it ran',
    breaks: ['I10'],
    sql: `DELETE FROM approval WHERE sweep_id = ${FINISHED}`,
  },
  {
    does: 'approves as the requester, under four eyes',
    breaks: ['I10'],
    sql: `UPDATE sweep SET four_eyes = true WHERE id = ${FINISHED}`,
  },
  {
    does: 'puts another account in the place of an approved one',
    breaks: ['I10', 'I19'],
    sql: `UPDATE action SET account_no = ${no('outsider-2')} WHERE sweep_id = ${PAUSED}`,
  },
  {
    does: 'changes a verdict after the approval',
    breaks: ['I10'],
    sql: `UPDATE verdict SET score = 1 WHERE sweep_id = ${FINISHED} AND no = 1`,
  },
  {
    does: 'lets a retry undo a pause',
    breaks: ['I2', 'I10'],
    sql: `UPDATE sweep SET status = 'running' WHERE id = ${PAUSED}`,
  },
  {
    does: 'carries out a step of a paused sweep',
    breaks: ['I1', 'I10'],
    sql: `UPDATE chunk SET done_at = clock_timestamp() + interval '3 seconds' WHERE sweep_id = ${PAUSED} AND done_at IS NULL`,
  },
  {
    does: 'drops the key of webhooks and takes one twice',
    breaks: ['I11'],
    sql: `ALTER TABLE webhook_message DROP CONSTRAINT webhook_message_pkey;
      INSERT INTO webhook_message SELECT * FROM webhook_message`,
  },
  {
    does: 'drops the key of attempts and stores one twice',
    breaks: ['I11'],
    sql: `ALTER TABLE attempt DROP CONSTRAINT attempt_pkey;
      INSERT INTO attempt SELECT * FROM attempt WHERE id = 'a1'`,
  },
  {
    does: 'drops the key of idempotency keys and uses one twice',
    breaks: ['I12'],
    sql: `ALTER TABLE idempotency_key DROP CONSTRAINT idempotency_key_pkey;
      INSERT INTO idempotency_key SELECT * FROM idempotency_key`,
  },
  {
    does: 'keeps an idempotency key without its answer',
    breaks: ['I12'],
    sql: 'UPDATE idempotency_key SET answer = NULL',
  },
  {
    does: 'decides without looking at the fence',
    breaks: ['I13'],
    sql: `UPDATE review_case SET status = 'decided', lease_until = NULL, fence = fence + 1, decision = 'keep_reset',
        decided_by = 'os:ben', decided_at = now() WHERE id = ${caseOf('taken-6')};
      ${told('case.claimed', `'case:' || ${caseOf('taken-6')}`, '{"fence": 2}', 'os:eve')}
      ${told('case.decided', `'case:' || ${caseOf('taken-6')}`, '{"fence": 1, "decision": "keep_reset"}', 'os:ana')}`,
  },
  {
    does: 'decides a case that somebody else holds',
    breaks: ['I13'],
    sql: `UPDATE review_case SET status = 'decided', lease_until = NULL, decision = 'keep_reset',
        decided_by = 'os:ben', decided_at = now() WHERE id = ${caseOf('taken-6')};
      ${told('case.decided', `'case:' || ${caseOf('taken-6')}`, '{"fence": 1, "decision": "keep_reset"}', 'os:ben')}`,
  },
  {
    does: 'leaves a mail with a sender that is gone',
    breaks: ['I14'],
    sql: `UPDATE mail SET status = 'sending', lease_owner = 'gone', lease_until = now() - interval '1 hour'
      WHERE account_no = ${no('watched')} AND purpose = 'reset'`,
  },
  {
    does: 'lets an attempt wait for its judgement',
    breaks: ['I14'],
    sql: `INSERT INTO arrival (received_at, from_at, until_at, account_nos, addresses, asns)
      VALUES (now() - interval '1 hour', now(), now(), '{}', '{}', '{}')`,
  },
  {
    does: 'seals nothing for an hour',
    breaks: ['I14'],
    sql: `INSERT INTO audit_event (at, kind, actor, subject, detail)
      VALUES (now() - interval '1 hour', 'case.viewed', 'os:ana', 'case:none', '{}')`,
  },
  {
    does: 'forgets nothing',
    breaks: ['I15'],
    sql: "UPDATE idempotency_key SET created_at = now() - interval '3 days'",
  },
  {
    does: 'writes an address into the record',
    breaks: ['I16'],
    sql: told('case.viewed', "'case:none'", '{"note": "ann@shop.example called"}'),
  },
  {
    does: 'writes a token into the record',
    breaks: ['I16'],
    sql: told(
      'case.viewed',
      "'case:none'",
      '{"link": "/reset/Zm9yIHRlc3RzIG9ubHkgLSBub3QgYSB0b2tlbiBhdCA"}',
    ),
  },
  {
    does: 'puts an address into the queue',
    breaks: ['I16'],
    sql: `CREATE SCHEMA IF NOT EXISTS cordon_queue; CREATE TABLE cordon_queue.job (id text, payload jsonb);
      INSERT INTO cordon_queue.job VALUES ('1', '{"to": "ann@shop.example"}')`,
  },
  {
    does: 'keeps what a server said of an address',
    breaks: ['I16'],
    sql: `UPDATE mail SET reply = '550 no such user ann@shop.example' WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'stretches the life of a token',
    breaks: ['I18'],
    sql: `UPDATE reset SET token_expires_at = now() + interval '25 hours' WHERE account_no = ${no('reset-1')}`,
  },
  {
    does: 'stretches a session',
    breaks: ['I18'],
    sql: `UPDATE session SET expires_at = created_at + interval '13 hours' WHERE account_no = ${no('outsider-1')}`,
  },
  {
    does: 'stretches the claim of a case',
    breaks: ['I18'],
    sql: `UPDATE review_case SET lease_until = now() + interval '1 day' WHERE id = ${caseOf('taken-6')}`,
  },
  {
    does: 'touches an account that is on no list',
    breaks: ['I19'],
    sql: `INSERT INTO standing (account_no, under_review) VALUES (${no('outsider-1')}, true)`,
  },
  {
    does: 'tells somebody who is on no list',
    breaks: ['I19', 'I20'],
    sql: `INSERT INTO mail (sweep_id, account_no, purpose, recipient, wave)
      SELECT ${FINISHED}, no, 'notice', address, 0 FROM account WHERE id = 'outsider-1';
      DELETE FROM mail_tally WHERE status = 'staged'`,
  },
  {
    does: 'plans an account that was left out',
    breaks: ['I10', 'I19'],
    sql: `UPDATE sweep SET exclude = '{reset-1}' WHERE id = ${FINISHED}`,
  },
  {
    does: 'ends an account otherwise than its verdict says',
    breaks: ['I20'],
    sql: `UPDATE outcome SET outcome = 'notified' WHERE outcome = 'review_opened'`,
  },
]
