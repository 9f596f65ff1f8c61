import type { Tx } from '../platform/db.js'

export type Counted = { metric: string; label: string; kind: string; value: number }

/**
 * Everything worth watching, in one statement: `metric`, up to two labels, and the number. Ages are in
 * seconds. What is counted here is bounded by a partial index or by being small.
 */
export const readNumbers = (tx: Tx): Promise<Counted[]> =>
  tx.$queryRaw<Counted[]>`
    SELECT 'sweeps' AS metric, status AS label, '' AS kind, count(*)::float8 AS value FROM sweep GROUP BY status
    UNION ALL SELECT 'cases', status, tier, count(*)::float8 FROM review_case WHERE status <> 'decided' GROUP BY status, tier
    UNION ALL SELECT 'cases_overdue', '', '', count(*)::float8 FROM review_case
      WHERE status IN ('open', 'snoozed', 'claimed') AND due_at < now()
    UNION ALL SELECT 'cases_escalated', '', '', count(*)::float8 FROM review_case
      WHERE status <> 'decided' AND escalated_at IS NOT NULL
    UNION ALL SELECT 'mails', status, purpose, count(*)::float8 FROM mail
      WHERE status IN ('staged', 'sending', 'unknown') GROUP BY status, purpose
    UNION ALL SELECT 'mail_oldest_due_seconds', '', '', coalesce(extract(epoch FROM now() - min(not_before)), 0)::float8
      FROM mail WHERE status = 'staged' AND not_before <= now()
    UNION ALL SELECT 'mail_valve_open', scope, '', (state = 'open')::int::float8 FROM valve
    UNION ALL SELECT 'mail_returns', kind, coalesce(class, ''), count(*)::float8 FROM mail_return GROUP BY kind, class
    UNION ALL SELECT 'mail_returns_refused', reason, '', messages::float8 FROM mail_intake
    UNION ALL SELECT 'mail_seed_copies', coalesce(problem, 'none'), '', count(*)::float8 FROM mail_seed_copy GROUP BY problem
    UNION ALL SELECT 'chunks_due', '', '', count(*)::float8 FROM chunk c JOIN sweep s ON s.id = c.sweep_id
      WHERE s.status = 'running' AND c.done_at IS NULL
    UNION ALL SELECT 'arrivals_waiting', '', '', count(*)::float8 FROM arrival WHERE NOT is_narrow_done
    UNION ALL SELECT 'arrivals_oldest_seconds', '', '', coalesce(extract(epoch FROM now() - min(received_at)), 0)::float8
      FROM arrival WHERE NOT is_narrow_done
    UNION ALL SELECT 'reassessments_waiting', '', '', count(*)::float8 FROM reassessment
    UNION ALL SELECT 'watch_seconds', 'median', '', coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM applied_at - received_at)), 0)::float8
      FROM watch_action WHERE applied_at > now() - interval '10 minutes'
    UNION ALL SELECT 'watch_seconds', 'p99', '', coalesce(percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM applied_at - received_at)), 0)::float8
      FROM watch_action WHERE applied_at > now() - interval '10 minutes'
    UNION ALL SELECT 'watch_actions', status, '', count(*)::float8 FROM watch_action GROUP BY status
    UNION ALL SELECT 'signals', kind, '', count(*)::float8 FROM signal GROUP BY kind
    UNION ALL SELECT 'audit_unsealed', '', '', count(*)::float8 FROM audit_event e
      WHERE e.id > coalesce((SELECT event_id FROM audit_seal ORDER BY index DESC LIMIT 1), 0)`
