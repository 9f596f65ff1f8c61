import type { z } from 'zod'
import type { SweepView } from '../../contract/sweeps.js'
import type { Tx } from '../../platform/db.js'
import { approvalsOf, getSweep, type Sweep } from '../control/service.js'
import { sweepProgress } from '../running/service.js'
import { sweepView } from '../view.js'
import * as store from './store.js'

/** A sweep as it is now, with what this viewer may do. Refuses with `sweep_not_found`. */
export async function viewSweep(
  tx: Tx,
  id: string,
  viewer: { id: string; roles: readonly string[] },
): Promise<z.input<typeof SweepView>> {
  const sweep: Sweep = await getSweep(tx, id)
  const approvals = await approvalsOf(tx, sweep)
  const progress = await sweepProgress(tx, id)
  const people = await store.peopleOf(tx, id)
  return sweepView({ sweep, approvals, progress, people }, viewer)
}

/** A page of what is planned for each account. Refuses with `sweep_not_found`. */
export async function actionsOf(
  tx: Tx,
  sweepId: string,
  wanted: store.ActionsWanted,
): Promise<store.StoredAction[]> {
  await getSweep(tx, sweepId)
  return store.actionPage(tx, sweepId, wanted)
}

/** What became of the accounts so far, and what broke off. Refuses with `sweep_not_found`. */
export async function outcomesOf(
  tx: Tx,
  sweepId: string,
): Promise<{ byOutcome: Record<string, number>; failures: store.BrokenChunk[] }> {
  await getSweep(tx, sweepId)
  const soFar = await store.outcomesSoFar(tx, sweepId)
  const byOutcome = Object.fromEntries(soFar.map(({ outcome, accounts }) => [outcome, accounts]))
  return { byOutcome, failures: await store.brokenChunks(tx, sweepId) }
}
