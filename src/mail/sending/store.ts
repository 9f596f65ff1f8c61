import type { Tx } from '../../platform/db.js'

/** Closes the valves of these sweeps; returns the scopes that were open until now. */
export async function closeSweeps(
  tx: Tx,
  sweeps: readonly { sweepId: string; reason: string }[],
  actor: string,
): Promise<string[]> {
  const ordered = sweeps.toSorted((left, right) => (left.sweepId < right.sweepId ? -1 : 1))
  const closed = await tx.$queryRaw<{ scope: string }[]>`
    INSERT INTO valve (scope, state, reason, changed_by)
    SELECT 'sweep:' || sweep_id, 'closed', reason, ${actor}
    FROM unnest(
      ${ordered.map(({ sweepId }) => sweepId)}::text[], ${ordered.map(({ reason }) => reason)}::text[]
    ) AS told (sweep_id, reason)
    ON CONFLICT (scope) DO UPDATE
    SET state = 'closed', reason = EXCLUDED.reason, changed_by = EXCLUDED.changed_by, changed_at = now(),
      opening_asked_by = NULL, opening_asked_at = NULL, opening_reason = NULL
    WHERE valve.state <> 'closed'
    RETURNING scope`
  return closed.map(({ scope }) => scope)
}
