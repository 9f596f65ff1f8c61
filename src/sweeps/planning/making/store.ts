import type { PlanStep } from '../../../contract/sweeps.js'
import type { Tx } from '../../../platform/db.js'

/**
 * The step before is over, and made so many rows; this one begins. Outside the transaction that
 * plans, which nobody sees into before it ends.
 */
export const beginStep = (
  tx: Tx,
  sweepId: string,
  { step, made }: { step: PlanStep; made: number | undefined },
): Promise<number> => tx.$executeRaw`
  UPDATE sweep SET plan_steps = CASE WHEN ${made}::int IS NULL THEN plan_steps
      ELSE jsonb_set(plan_steps, '{-1,rows}', to_jsonb(${made}::int)) END
    || jsonb_build_object('step', ${step}::text, 'beganAt', clock_timestamp())
  WHERE id = ${sweepId} AND status = 'planning'`
