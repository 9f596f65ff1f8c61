import type { Tx } from '../../platform/db.js'

/**
 * Accounts whose value was held in an incident, each once: by its sweeps, by their watches, and by the
 * people who decided their cases. Every reset holds value too, whoever ordered it.
 */
export async function countHeld(tx: Tx, incidentId: string): Promise<number> {
  const [row] = await tx.$queryRaw<[{ held: number }]>`
    WITH swept AS (SELECT id FROM sweep WHERE incident_id = ${incidentId})
    SELECT count(*)::int AS held FROM (
      SELECT a.account_no FROM swept
        JOIN chunk c ON c.sweep_id = swept.id AND c.phase = 'hold' AND c.done_at IS NOT NULL
        JOIN action a ON a.sweep_id = c.sweep_id AND a.seq BETWEEN c.first_seq AND c.last_seq
        JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no
        WHERE 'hold' = ANY(v.effects)
      UNION SELECT w.account_no FROM watch_action w JOIN swept ON w.sweep_id = swept.id
        WHERE w.status = 'applied' AND 'hold' = ANY(w.effects)
      UNION SELECT c.account_no FROM review_case c JOIN swept ON c.sweep_id = swept.id
        WHERE c.status = 'decided' AND c.decision IN ('lock', 'confirm_takeover')
      UNION SELECT account_no FROM reset
        WHERE sweep_id IN (SELECT id FROM swept UNION ALL SELECT 'watch:' || id FROM swept)) held`
  return row.held
}

/** Minutes until a deadline, by the database's clock. */
export async function minutesUntil(tx: Tx, deadline: Date): Promise<number> {
  const [row] = await tx.$queryRaw<[{ minutes: number }]>`
    SELECT floor(extract(epoch FROM ${deadline}::timestamptz - now()) / 60)::int AS minutes`
  return row.minutes
}
