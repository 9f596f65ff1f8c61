import type { z } from 'zod'
import { PLAN_STEPS, type PlanStep, type ProgressView } from '../contract/sweeps.js'
import type { Row } from './terminal.js'

type Taken = NonNullable<z.input<typeof ProgressView>['planning']>

/** What each step of a plan makes. */
const MAKES: Record<PlanStep, string> = {
  reading: 'different addresses read',
  matching: 'of them belong to an account',
  weighing: 'accounts weighed',
  judging: 'kinds of account judged',
  writing: 'actions written',
  foreseeing: 'mails foreseen',
  sealing: 'parts sealed',
}

/** How far a plan is that is being made: a line for each step so far. Nothing for any other sweep. */
export function planningRows(taken: Taken | null): Row[] {
  if (taken === null) return []
  if (taken.length === 0) return [['planning', 'waits for a worker']]
  return taken.map(({ step, rows }): Row => {
    const no = `step ${PLAN_STEPS.indexOf(step) + 1} of ${PLAN_STEPS.length}`
    return rows === null ? [no, step, 'under way'] : [no, rows, MAKES[step]]
  })
}
