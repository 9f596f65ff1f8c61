import type { Invariant } from '../invariant.js'

/** So long may something wait that a worker would have taken within seconds. */
const PATIENCE = `interval '10 minutes'`

export const live: Invariant = {
  id: 'I14',
  name: 'live',
  says: 'Everything reaches a final state without hands, and what cannot goes to people.',
  rules: [
    {
      finds: 'A running sweep has not gone on for ten minutes.',
      names: 'sweep',
      sql: `SELECT s.id FROM sweep s WHERE s.status = 'running' AND s.started_at < now() - ${PATIENCE}
        AND NOT EXISTS (SELECT FROM chunk c WHERE c.sweep_id = s.id AND c.done_at > now() - ${PATIENCE})
        AND NOT EXISTS (SELECT FROM audit_event e WHERE e.subject = 'sweep:' || s.id AND e.kind = 'sweep.resumed'
                        AND e.at > now() - ${PATIENCE})`,
    },
    {
      finds: 'A step of a sweep that fails again and again has not paused it.',
      names: 'sweep',
      sql: `SELECT DISTINCT s.id FROM sweep s JOIN chunk c ON c.sweep_id = s.id
        WHERE s.status = 'running' AND c.done_at IS NULL AND c.failures >= 20`,
    },
    {
      finds: 'A plan has been in the making for half an hour.',
      names: 'sweep',
      sql: `SELECT id FROM sweep WHERE status = 'planning' AND created_at < now() - interval '30 minutes'`,
    },
    {
      finds: 'A mail is held by a sender that is gone.',
      names: 'mail',
      sql: `SELECT id FROM mail WHERE status = 'sending' AND lease_until < now() - ${PATIENCE}`,
    },
    {
      finds: 'Mail of a lane may leave, and nobody sends it.',
      names: 'lane',
      sql: `SELECT l.lane AS id FROM mail_lane l
        WHERE l.paused_until < now() AND l.next_at < now() - ${PATIENCE} AND l.changed_at < now() - ${PATIENCE}
          AND EXISTS (SELECT FROM mail m WHERE m.lane = l.lane AND m.status = 'staged' AND m.wave IS NOT NULL
                      AND m.not_before < now() - ${PATIENCE} AND mail_may_leave(m.sweep_id, m.lane))`,
    },
    {
      finds: 'Mail waits for ten minutes for somebody to find its lane.',
      names: 'mail',
      sql: `SELECT id FROM mail WHERE status = 'staged' AND lane IS NULL AND wave IS NOT NULL
        AND created_at < now() - ${PATIENCE} AND not_before < now() - ${PATIENCE}`,
    },
    {
      finds: 'Something that arrived waits for ten minutes.',
      names: 'queue',
      sql: `SELECT 'login attempts' AS id FROM arrival WHERE NOT is_narrow_done AND received_at < now() - ${PATIENCE}
        UNION SELECT 'reassessments' FROM reassessment WHERE received_at < now() - ${PATIENCE}`,
    },
    {
      finds:
        'An audit row waits for ten minutes for its link: nobody seals, or a transaction stays open.',
      names: 'audit event',
      sql: `SELECT e.id FROM audit_event e
        WHERE (e.tx, e.id) > (SELECT coalesce(max(h.tx::text), '0')::xid8, coalesce(max(h.id), 0) FROM (
            SELECT x.tx, x.id FROM audit_seal s JOIN audit_event x ON x.id = s.event_id ORDER BY s.index DESC LIMIT 1) h)
          AND e.at < now() - ${PATIENCE}`,
    },
    {
      finds: 'An event for an endpoint is an hour late, and nobody gave it up.',
      names: 'endpoint',
      sql: `SELECT DISTINCT p.id FROM event_delivery d JOIN event_endpoint p ON p.no = d.endpoint_no
        WHERE d.status = 'pending' AND p.disabled_at IS NULL AND p.format <> 'ssf_poll' AND d.not_before < now() - interval '1 hour'`,
    },
  ],
  unseen: null,
  shownBy: ['test/chaos/kill.test.ts', 'test/chaos/events-kill.test.ts'],
  remedy:
    'Start a worker (`cordon serve` or `cordon serve --role worker`): whatever waits goes on by itself. If one runs, its log says what it runs into.',
}
