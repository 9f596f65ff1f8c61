import { recordAll } from '../../audit/service.js'
import { inTx } from '../../platform/db.js'
import {
  dueChunks,
  executeChunk,
  finishWhenDone,
  noteFailure,
  type RunningDeps,
} from './service.js'
import * as store from './store.js'

export type ChunkJob = { sweepId: string; no: number }
export type SweepJobDeps = RunningDeps & { nudge: (jobs: readonly ChunkJob[]) => Promise<void> }

/** Runs one chunk and wakes whatever may run next. Throwing makes the queue try again. */
export async function runChunk(deps: SweepJobDeps, { sweepId, no }: ChunkJob): Promise<void> {
  try {
    await executeChunk(deps, sweepId, no)
  } catch (error) {
    if (await noteFailure(deps, sweepId, no, error)) return
    throw error
  }
  await nudgeNextPhase(deps, sweepId, no)
}

/**
 * The last chunk of a phase, whichever it was, wakes the next phase; within a phase everything is
 * awake already.
 */
async function nudgeNextPhase(deps: SweepJobDeps, sweepId: string, no: number): Promise<void> {
  const due = await dueChunks(deps.db, sweepId)
  const [first] = due
  if (first?.opensPhase && first.no > no)
    await deps.nudge(due.map((chunk) => ({ sweepId, no: chunk.no })))
}

/**
 * Finds work that no job stands for any more (a lost queue, a killed process) and wakes it. Safe to
 * run anywhere at any time: a chunk that is already done stays done.
 */
export async function reconcile(deps: SweepJobDeps): Promise<void> {
  await inTx(deps.db, async (tx) => {
    const abandoned = await store.abandonedPlans(tx)
    await recordAll(
      tx,
      abandoned.map(({ id }) => ({
        kind: 'sweep.failed' as const,
        actor: 'cordon',
        subject: `sweep:${id}`,
      })),
    )
  })
  for (const { id } of await store.runningSweeps(deps.db)) {
    const due = await dueChunks(deps.db, id)
    if (due.length === 0) await finishWhenDone(deps, id)
    await deps.nudge(due.map((chunk) => ({ sweepId: id, no: chunk.no })))
  }
}
