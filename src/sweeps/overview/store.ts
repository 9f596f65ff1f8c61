import type { Tx } from '../../platform/db.js'

export type Reached = {
  held: number
  ordered: number
  mailed: number
  opened: number
  completed: number
}

/** How far the accounts of some sweeps are; each account once. */
export async function reached(tx: Tx, sweepIds: readonly string[]): Promise<Reached> {
  const [row] = await tx.$queryRaw<[Reached]>`
    SELECT
      (SELECT count(DISTINCT a.account_no)::int FROM chunk c
       JOIN action a ON a.sweep_id = c.sweep_id AND a.seq BETWEEN c.first_seq AND c.last_seq
       JOIN verdict v ON v.sweep_id = a.sweep_id AND v.no = a.verdict_no
       WHERE c.sweep_id = ANY(${sweepIds}::text[]) AND c.phase = 'hold' AND c.done_at IS NOT NULL
         AND 'hold' = ANY(v.effects)) AS held,
      r.ordered, r.opened, r.completed,
      (SELECT count(DISTINCT m.account_no)::int FROM mail m
       WHERE m.sweep_id = ANY(${sweepIds}::text[]) AND m.purpose = 'reset' AND m.status = 'accepted') AS mailed
    FROM (SELECT count(DISTINCT account_no)::int AS ordered,
                 (count(DISTINCT account_no) FILTER (WHERE opened_at IS NOT NULL))::int AS opened,
                 (count(DISTINCT account_no) FILTER (WHERE status = 'completed'))::int AS completed
          FROM reset WHERE sweep_id = ANY(${sweepIds}::text[])) r`
  return row
}

/** Minutes until a deadline, by the database's clock. */
export async function minutesUntil(tx: Tx, deadline: Date): Promise<number> {
  const [row] = await tx.$queryRaw<[{ minutes: number }]>`
    SELECT floor(extract(epoch FROM ${deadline}::timestamptz - now()) / 60)::int AS minutes`
  return row.minutes
}
