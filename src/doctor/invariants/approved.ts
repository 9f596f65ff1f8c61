import { uniqueIndexes } from '../guards.js'
import type { Invariant } from '../invariant.js'
import { SWEEP_STEPS } from './one-way.js'

const WITHIN = `interval '2 seconds'`

export const approved: Invariant = {
  id: 'I10',
  name: 'approved',
  says: 'Nothing runs without the approvals for exactly its plan, and nothing goes on after a stop.',
  rules: [
    {
      finds:
        'A sweep was started without enough approvals of exactly its plan by people who did not ask for it.',
      names: 'sweep',
      sql: `SELECT s.id FROM sweep s WHERE s.started_at IS NOT NULL AND (
        SELECT count(*) FROM approval a WHERE a.sweep_id = s.id AND a.at <= s.started_at
          AND a.plan_digest = s.plan_digest AND a.expected_resets = s.resets
          AND (NOT s.four_eyes OR (a.approver <> s.requested_by AND a.approver IS DISTINCT FROM s.key_maker))
        ) < greatest(coalesce(s.approvals_needed, 1), 1)`,
    },
    {
      finds: 'An approval is not in the record.',
      names: 'sweep',
      sql: `SELECT DISTINCT a.sweep_id AS id FROM approval a WHERE NOT EXISTS (
        SELECT FROM audit_event e WHERE e.subject = 'sweep:' || a.sweep_id AND e.kind = 'sweep.approved'
          AND e.actor = a.approver AND e.detail->>'planDigest' = a.plan_digest)`,
    },
    {
      finds: 'The accounts of a step are not those that were approved.',
      names: 'chunk',
      sql: `SELECT c.sweep_id || ' ' || c.no AS id FROM chunk c LEFT JOIN LATERAL (
          SELECT encode(sha256(convert_to(string_agg(
            a.seq || ' ' || a.account_no || ' ' || a.verdict_no, E'\\n' ORDER BY a.seq), 'UTF8')), 'hex') AS digest
          FROM action a WHERE a.sweep_id = c.sweep_id AND a.seq BETWEEN c.first_seq AND c.last_seq) now ON true
        WHERE now.digest IS DISTINCT FROM c.digest`,
    },
    {
      finds: 'A sweep did something before it was started.',
      names: 'sweep',
      sql: `SELECT DISTINCT s.id FROM sweep s JOIN chunk c ON c.sweep_id = s.id
        WHERE c.done_at IS NOT NULL AND (s.started_at IS NULL OR c.done_at < s.started_at)`,
    },
    {
      finds: 'A step was carried out while its sweep was stopped.',
      names: 'chunk',
      sql: `SELECT c.sweep_id || ' ' || c.no AS id FROM chunk c JOIN (${SWEEP_STEPS}) t ON t.sweep_id = c.sweep_id
        WHERE t.step IN ('paused', 'aborted') AND c.done_at > t.at + ${WITHIN} AND (t.until IS NULL OR c.done_at < t.until)`,
    },
    {
      finds: 'A sweep that was stopped is running again, or finished, and nobody let it go on.',
      names: 'sweep',
      sql: `SELECT t.sweep_id AS id FROM (${SWEEP_STEPS}) t
        WHERE t.is_last AND t.step IN ('paused', 'aborted') AND t.status IN ('running', 'finished')`,
    },
    uniqueIndexes('approval_pkey', 'sweep_pkey', 'chunk_pkey'),
  ],
  unseen: null,
  shownBy: [
    'test/flows/approval-binds.test.ts',
    'test/flows/four-eyes.test.ts',
    'test/flows/control.test.ts',
  ],
  remedy:
    'Stop what runs (`cordon sweeps pause ID`, `cordon mail valve close --reason …`). Compare the plan with what was approved, and plan anew; what was done to accounts outside of it has to be taken back by cases.',
}
