import type { Invariant } from '../invariant.js'

/** What was recorded of each sweep, with the step before. Written under the sweep's row lock: ids are its order. */
export const SWEEP_STEPS = `
  SELECT s.id AS sweep_id, s.status, e.id AS event_id, substr(e.kind, 7) AS step, e.at,
         lag(substr(e.kind, 7)) OVER steps AS before, lead(e.at) OVER steps AS until,
         lead(e.id) OVER steps IS NULL AS is_last
  FROM sweep s JOIN audit_event e ON e.subject = 'sweep:' || s.id
  WHERE e.kind IN ('sweep.requested', 'sweep.planned', 'sweep.failed', 'sweep.approved', 'sweep.started',
                   'sweep.paused', 'sweep.resumed', 'sweep.finished', 'sweep.aborted')
  WINDOW steps AS (PARTITION BY s.id ORDER BY e.id)`

/** Which step may follow which, and in which states a sweep may be after each. */
const MAY_FOLLOW = `(VALUES
  ('', 'requested'), ('requested', 'planned'), ('requested', 'failed'), ('planned', 'approved'), ('planned', 'aborted'),
  ('approved', 'approved'), ('approved', 'started'), ('approved', 'aborted'), ('started', 'paused'),
  ('started', 'finished'), ('started', 'aborted'), ('paused', 'resumed'), ('paused', 'aborted'), ('resumed', 'paused'),
  ('resumed', 'finished'), ('resumed', 'aborted')) AS allowed (before, step)`
const MAY_BE = `(VALUES
  ('requested', 'planning'), ('planned', 'planned'), ('approved', 'planned'), ('approved', 'approved'),
  ('started', 'running'), ('resumed', 'running'), ('paused', 'paused'), ('finished', 'finished'),
  ('aborted', 'aborted'), ('failed', 'failed')) AS allowed (step, status)`

export const oneWay: Invariant = {
  id: 'I2',
  name: 'one way',
  says: 'Sweeps, resets, cases and mails move only along their states, and never out of a final one.',
  rules: [
    {
      finds: 'A sweep took a step that may not follow the one before.',
      names: 'sweep',
      sql: `SELECT DISTINCT t.sweep_id AS id FROM (${SWEEP_STEPS}) t
        WHERE (coalesce(t.before, ''), t.step) NOT IN (SELECT allowed.before, allowed.step FROM ${MAY_FOLLOW})`,
    },
    {
      finds: 'A sweep is in another state than its last recorded step led to.',
      names: 'sweep',
      sql: `SELECT t.sweep_id AS id FROM (${SWEEP_STEPS}) t
        WHERE t.is_last AND (t.step, t.status) NOT IN (SELECT allowed.step, allowed.status FROM ${MAY_BE})`,
    },
    {
      finds: 'A sweep has not what its state needs: a digest, a start, an end.',
      names: 'sweep',
      sql: `SELECT id FROM sweep
        WHERE (status IN ('planned', 'approved', 'running', 'paused', 'finished') AND (plan_digest IS NULL OR planned_at IS NULL))
           OR (status IN ('running', 'paused', 'finished')) > (started_at IS NOT NULL)
           OR (status = 'finished') <> (finished_at IS NOT NULL)`,
    },
    {
      finds: 'An outcome is none that a sweep knows.',
      names: 'account',
      sql: `SELECT account_no AS id FROM outcome WHERE outcome NOT IN
        ('reset_ordered', 'held', 'review_opened', 'notified', 'already_protected', 'superseded')`,
    },
    {
      finds:
        'A reset has not what its state needs: a completed one is spent, a cancelled one is not.',
      names: 'account',
      sql: `SELECT account_no AS id FROM reset
        WHERE (status = 'completed') <> (completed_at IS NOT NULL) OR (status = 'completed') <> (token_spent_at IS NOT NULL)`,
    },
    {
      finds: 'A case has not what its state needs: who decided and when, or who proposed.',
      names: 'case',
      sql: `SELECT id FROM review_case
        WHERE (status = 'decided' AND (decision IS NULL OR decided_by IS NULL OR decided_at IS NULL))
           OR (status = 'awaiting_second' AND (decision IS NULL OR proposed_by IS NULL))
           OR (status = 'claimed' AND (claimed_by IS NULL OR lease_until IS NULL OR fence = 0))
           OR (status = 'snoozed' AND snoozed_until IS NULL)`,
    },
    {
      finds: 'A decided case was worked on without being opened again.',
      names: 'subject',
      sql: `SELECT DISTINCT t.subject AS id FROM (
          SELECT subject, kind, lag(kind) OVER (PARTITION BY subject ORDER BY id) AS before FROM audit_event
          WHERE kind IN ('case.opened', 'case.reopened', 'case.raised', 'case.claimed', 'case.released', 'case.snoozed',
                         'case.proposed', 'case.declined', 'case.decided')) t
        WHERE t.before = 'case.decided' AND t.kind <> 'case.reopened'`,
    },
    {
      finds: 'A mail has not what its state needs, or went on from a final one.',
      names: 'mail',
      sql: `SELECT id FROM mail
        WHERE (status = 'accepted') <> (accepted_at IS NOT NULL)
           OR (status IN ('staged', 'withdrawn') AND body_at IS NOT NULL) OR (status = 'unknown' AND body_at IS NULL)`,
    },
  ],
  unseen: null,
  shownBy: ['test/flows/control.test.ts', 'test/flows/cases.test.ts', 'test/flows/mail.test.ts'],
  remedy:
    'Somebody or something wrote past the program. `cordon audit verify` says whether the record still stands; then read what it says of the thing (`GET /v1/audit?subject=…`) and take back by hand what it does not say.',
}
