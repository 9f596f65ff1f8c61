import { sealEverything as seal } from '../../src/audit/service.js'
import type { Db } from '../../src/platform/db.js'

/** Seals until nothing waits, also for the transactions of other test files. Returns how many. */
export async function sealEverything(world: { db: Db }): Promise<number> {
  const { sealed, isComplete } = await seal(world, { forMs: 30_000 })
  if (!isComplete) throw new Error('Events are still waiting')
  return sealed
}
