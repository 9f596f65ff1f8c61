import { type PlanningDeps, planRequested, waitingPlans } from './service.js'

/**
 * Makes the plans that wait for a planner, one after the other: those asked for over the API, and
 * those whose planner died. Several processes may do this at once. Returns whether it made any.
 */
export async function planWaiting(deps: PlanningDeps): Promise<boolean> {
  let isBusy = false
  for (const { id } of await waitingPlans(deps.db)) {
    if (await planRequested(deps, id)) isBusy = true
  }
  return isBusy
}
