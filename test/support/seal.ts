import { setTimeout as pause } from 'node:timers/promises'
import { sealEvents, verifyAudit } from '../../src/audit/service.js'
import type { Db } from '../../src/platform/db.js'

/**
 * Seals until nothing waits. An open transaction anywhere on the server, such as one of another
 * test file, holds sealing up, which is what keeps the order.
 */
export async function sealEverything(world: { db: Db }): Promise<number> {
  let sealed = 0
  const deadline = performance.now() + 30_000
  while (performance.now() < deadline) {
    sealed += await sealEvents(world)
    if ((await verifyAudit(world)).waiting === 0) return sealed
    await pause(20)
  }
  throw new Error('Events are still waiting')
}
