import type { PlanStep } from '../../../contract/sweeps.js'
import type { Tx } from '../../../platform/db.js'

/** Outside the transaction that plans, which nobody sees into before it ends. */
export const beginStep = (tx: Tx, sweepId: string, step: PlanStep): Promise<number> =>
  tx.$executeRaw`
    UPDATE sweep SET plan_steps = plan_steps || jsonb_build_object('step', ${step}::text, 'beganAt', clock_timestamp())
    WHERE id = ${sweepId} AND status = 'planning'`

/** The step that was begun last is over, and made so many rows. */
export const endStep = (tx: Tx, sweepId: string, rows: number): Promise<number> =>
  tx.$executeRaw`
    UPDATE sweep SET plan_steps = jsonb_set(plan_steps, '{-1,rows}', to_jsonb(${rows}::int))
    WHERE id = ${sweepId} AND status = 'planning'`
