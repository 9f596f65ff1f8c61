import { setTimeout as pause } from 'node:timers/promises'
import { startWire } from '../wire.js'
import { startWorker } from '../worker.js'
import { type FinalState, finalState } from './final-state.js'
import { judge, letRun, openGround, request, targetOf, untilOver } from './ground.js'
import { watchWork } from './work.js'

/** A sweep to which nothing happens: what it asks for, and what there is afterwards. */
export type Calm = { idle: Set<string>; statements: readonly string[]; state: FinalState }

/** Until each loop of a worker has asked for all it asks idly; the one that rests longest rests for 5 s. */
const IDLE_MS = { full: 5_500, short: 1_500 }

const known = new Map<number, Promise<Calm>>()

/** Made once for each number of accounts. */
export function calmRun(accounts: number, isShort: boolean): Promise<Calm> {
  const made = known.get(accounts) ?? make(accounts, isShort ? IDLE_MS.short : IDLE_MS.full)
  known.set(accounts, made)
  return made
}

async function make(accounts: number, idleMs: number): Promise<Calm> {
  const ground = await openGround({ accounts })
  const wire = await startWire(targetOf(ground))
  const idle = new Set<string>()
  const work = watchWork(idle)
  wire.watch(work.see)
  const worker = await startWorker(ground.through(wire))
  try {
    await pause(idleMs)
    work.begin()
    const sweepId = await request(ground.app)
    await letRun(ground.app, sweepId)
    await untilOver(ground.app, sweepId)
    const wrong = await judge(ground, sweepId)
    if (wrong.length > 0) throw new Error(`Undisturbed, and yet: ${wrong.join('; ')}`)
    return { idle, statements: [...work.statements], state: await finalState(ground.app) }
  } finally {
    await worker.kill()
    await wire.close()
    await ground.close()
  }
}
