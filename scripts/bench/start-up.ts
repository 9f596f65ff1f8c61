import type { App } from '../../src/app.js'
import { type Line, median } from './measure.js'
import { end, serveCordon } from './served.js'

const STARTS = 5
const BUDGET_SECONDS = 3

/** `cordon serve`, API and workers in one process, until it says that it is ready. */
export async function benchStartUp(app: App): Promise<Line> {
  const seconds: number[] = []
  for (let start = 0; start < STARTS; start += 1) {
    const startedAt = performance.now()
    const served = await serveCordon(app, 'all')
    seconds.push((performance.now() - startedAt) / 1_000)
    await end(served, 'SIGTERM')
  }
  return {
    what: 'start-up to ready',
    size: `cordon serve on an initialised data directory, ${STARTS} starts, the database running`,
    value: median(seconds),
    unit: 's',
    budget: `≤ ${BUDGET_SECONDS} s`,
    met: median(seconds) <= BUDGET_SECONDS,
    peakMiB: 0,
  }
}
