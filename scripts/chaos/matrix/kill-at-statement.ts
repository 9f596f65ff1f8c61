import { startWire } from '../wire.js'
import { startWorker, type Worker } from '../worker.js'
import { type Calm, calmRun } from './calm.js'
import { judge, letRun, openGround, request, targetOf, untilOver } from './ground.js'
import { type Found, inLanes, type Scenario, type Terms, together } from './scenario.js'
import { until } from './until.js'
import { watchWork } from './work.js'

const LANES = 3
const SHORT_RUNS = 2

/** `kill -9` after each statement that a sweep of one account asks for, from its plan to its mail. */
export const killAtStatement: Scenario = {
  name: 'kill-at-statement',
  fault: 'SIGKILL when the n-th statement of the worker has been forwarded, for every n',
  proof: 'the n-th statement passed, and the system says the worker died by SIGKILL',
  holds: 'another worker finishes, and the final state is that of an undisturbed run',
  play,
}

async function play({ isShort }: Terms): Promise<Found> {
  const calm = await calmRun(1, isShort)
  const every = isShort ? Math.floor(calm.statements.length / (SHORT_RUNS + 1)) : 1
  const numbers = calm.statements
    .map((_, at) => at + 1)
    .filter((no) => no % every === 0)
    .slice(0, isShort ? SHORT_RUNS : undefined)
  const runs = await inLanes(
    numbers.map((no) => () => killedAt(no, calm)),
    LANES,
  )
  return together(runs, `${calm.statements.length} statements in an undisturbed run`)
}

async function killedAt(no: number, calm: Calm): Promise<Found> {
  const ground = await openGround({ accounts: 1 })
  const wire = await startWire(targetOf(ground))
  let killed: { at: string; signal: Promise<string | null> } | undefined
  let worker: Worker | undefined
  const work = watchWork(calm.idle, (reached, text) => {
    if (reached === no && worker) killed = { at: text, signal: worker.kill() }
    return undefined
  })
  wire.watch(work.see)
  worker = await startWorker(ground.through(wire))
  let next: Promise<Worker> | undefined
  try {
    work.begin()
    const sweepId = await request(ground.app)
    const over = letRun(ground.app, sweepId).then(() => untilOver(ground.app, sweepId))
    over.catch(() => undefined) // waited for below
    await Promise.race([over, until('the kill', () => killed !== undefined)])
    const landed = (await killed?.signal) === 'SIGKILL'
    if (landed) next = startWorker(ground.env)
    await over
    const wrong = await judge(ground, sweepId, calm.state)
    const at = `killed after ${no} (${shortOf(killed?.at)})`
    return { runs: 1, landed: landed ? 1 : 0, wrong: wrong.map((what) => `${at}: ${what}`) }
  } finally {
    await (await next)?.kill()
    await worker.kill()
    await wire.close()
    await ground.close()
  }
}

const shortOf = (text = 'never') => text.replace(/\s+/g, ' ').trim().slice(0, 60)
