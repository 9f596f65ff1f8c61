import { setTimeout as pause } from 'node:timers/promises'
import type { App } from '../../src/app.js'
import { closeValve, openValve } from '../../src/mail/service.js'
import { approveSweep, getSweep, startSweep } from '../../src/sweeps/control/service.js'
import { dueChunks, sweepProgress } from '../../src/sweeps/running/service.js'
import { startWorkers } from '../../src/workers.js'
import type { Scale } from './directory.js'
import { type Line, measure } from './measure.js'

const BUDGET = 5_000

/** Runs the newest plan through the real queue and workers; the valve is closed, mail is its own line. */
export async function benchExecution(app: App, scale: Scale): Promise<Line> {
  const newest = await app.db.sweep.findFirstOrThrow({
    where: { status: 'planned' },
    orderBy: { createdAt: 'desc' },
  })
  await closeValve(app, { reason: 'benchmark', actor: 'bench' })
  await approveSweep(app, newest.id, {
    planDigest: newest.planDigest ?? '',
    expectedResets: newest.resets ?? 0,
    approver: 'os:bench',
  })
  await startSweep(app, newest.id, 'bench')
  const workers = await startWorkers(app)
  const { seconds, peakMiB } = await measure(async () => {
    const due = await dueChunks(app.db, newest.id)
    await workers.nudge(due.map(({ no }) => ({ sweepId: newest.id, no })))
    while ((await sweepProgress(app.db, newest.id)).status === 'running') await pause(50)
  })
  const { status } = await getSweep(app.db, newest.id)
  await workers.close()
  await openValve(app, { reason: 'benchmark', actor: 'bench' })
  if (status !== 'finished') throw new Error(`The sweep ended ${status}`)
  const accounts = (await sweepProgress(app.db, newest.id)).accounts
  return {
    what: 'execute',
    size: `${accounts.toLocaleString('en-US')} accounts, ${(newest.resets ?? 0).toLocaleString('en-US')} resets (${scale.name})`,
    value: accounts / seconds,
    unit: 'accounts/s',
    budget: `≥ ${BUDGET.toLocaleString('en-US')} accounts/s`,
    met: accounts / seconds >= BUDGET,
    peakMiB,
  }
}
