import pg from 'pg'
import { startWire } from '../wire.js'
import { startWorker, type Worker } from '../worker.js'
import { calmRun } from './calm.js'
import { differences, finalState } from './final-state.js'
import { type Ground, judge, letRun, openGround, request, targetOf, untilOver } from './ground.js'
import { type Found, inLanes, type Scenario, type Terms, together } from './scenario.js'
import { until } from './until.js'
import { watchWork } from './work.js'

const ACCOUNTS = 8

/** Where a worker has something in its hands: the statement that it has just asked for. */
const MOMENTS = {
  'a chunk': /UPDATE chunk c SET done_at/,
  'mails without a stamp': /UPDATE reset r SET token_hash/,
  'mails with a stamp': /UPDATE mail SET body_at/,
}

export const zombie: Scenario = {
  name: 'zombie',
  fault: 'SIGSTOP of a worker with a chunk or mails in its hands, until its leases ran out',
  proof: 'it was stopped while others finished, and asked the database again after SIGCONT',
  holds: 'it commits nothing afterwards; the final state is that of an undisturbed run',
  async play({ isShort }: Terms) {
    const moments = Object.keys(MOMENTS) as (keyof typeof MOMENTS)[]
    const chosen = isShort ? moments.slice(0, 1) : moments
    const runs = chosen.map((moment) => () => frozen(moment, isShort))
    return together(await inLanes(runs, 3))
  },
}

async function frozen(moment: keyof typeof MOMENTS, isShort: boolean): Promise<Found> {
  const calm = await calmRun(ACCOUNTS, isShort)
  const ground = await openGround({ accounts: ACCOUNTS })
  const wire = await startWire(targetOf(ground))
  let worker: Worker | undefined
  let freezing: Promise<void> | undefined
  let asked = 0
  const work = watchWork(calm.idle, (_no, text) => {
    if (worker && !freezing && MOMENTS[moment].test(text)) freezing = worker.freeze()
    return undefined
  })
  wire.watch((statement) => {
    asked += 1
    return work.see(statement)
  })
  const first = await startWorker(ground.through(wire))
  worker = first
  let other: Worker | undefined
  try {
    work.begin()
    const sweepId = await request(ground.app)
    await letRun(ground.app, sweepId)
    await until('the worker to be stopped', () => freezing !== undefined)
    await freezing
    other = await startWorker(ground.env)
    await untilLeft(ground, sweepId, isShort)
    const wrong = await judge(ground, sweepId, calm.state)
    const before = await finalState(ground.app)
    asked = 0
    first.thaw()
    await until('the zombie to ask again', () => asked > AWAKE)
    wrong.push(...differences(before, await finalState(ground.app)))
    wrong.push(...(await judge(ground, sweepId, calm.state)))
    return { runs: 1, landed: 1, wrong: wrong.map((what) => `stopped with ${moment}: ${what}`) }
  } finally {
    await other?.kill()
    await first.kill()
    await wire.close()
    await ground.close()
  }
}

/** After so many statements it has been through all its loops. */
const AWAKE = 60

/** Others finish once its leases ran out; where there is no time for that, they run out at once. */
async function untilLeft(ground: Ground, sweepId: string, isHurried: boolean): Promise<void> {
  const over = untilOver(ground.app, sweepId)
  if (!isHurried) return over
  let isOver = false
  over.then(
    () => {
      isOver = true
    },
    () => undefined,
  )
  const owner = new pg.Client({ connectionString: ground.env.DATABASE_URL })
  await owner.connect()
  try {
    await until('others to finish', async () => {
      await letLeasesLapse(owner)
      return isOver
    })
  } finally {
    await owner.end()
  }
  return over
}

/** What 60 s do: Postgres ends transactions that nobody goes on with, and leases of mails end. */
const letLeasesLapse = async (owner: pg.Client): Promise<void> => {
  await owner.query(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'
      AND state_change < now() - interval '2 seconds'`)
  await owner.query(`
    UPDATE mail SET lease_until = now() - interval '1 second'
    WHERE status = 'sending' AND lease_until < now() + interval '58 seconds'`)
}
