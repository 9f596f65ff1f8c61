import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { decideCase } from '../../../src/cases/deciding/service.js'
import { claimCase } from '../../../src/cases/service.js'
import { seeded } from '../random.js'
import { startWorker } from '../worker.js'
import { calmRun } from './calm.js'
import { type Ground, judge, letRun, openGround, request, untilOver } from './ground.js'
import { type Found, inLanes, type Scenario, type Terms, together } from './scenario.js'
import { until } from './until.js'

const ACCOUNTS = 40
const EVERY_MS = 500
/** Everything reaches its end after the last fault, so there is a last one. */
const AT_MOST = 30

/** A pooler that restarts, an impatient administrator: one connection at a time breaks. */
export const terminated: Scenario = {
  name: 'terminated',
  fault:
    'one backend is terminated again and again, while plans are made and run and cases decided',
  proof: 'pg_terminate_backend said so, of backends in the middle of a transaction too',
  holds: 'the final state is that of an undisturbed run; each case is decided once',
  async play({ seed, isShort }: Terms) {
    const runs = Array.from(
      { length: isShort ? 1 : 4 },
      (_, no) => () => harass(seed + no, isShort),
    )
    return together(await inLanes(runs, 2))
  },
}

async function harass(seed: number, isShort: boolean): Promise<Found> {
  const calm = await calmRun(ACCOUNTS, isShort)
  const ground = await openGround({ accounts: ACCOUNTS })
  const worker = await startWorker(ground.env)
  const killer = await startKiller(ground, seed)
  try {
    const sweepId = await untilDone(() => request(ground.app))
    await letRun(ground.app, sweepId)
    await untilOver(ground.app, sweepId)
    const wrong = await untilDone(() => judge(ground, sweepId, calm.state))
    wrong.push(...(await decideAll(ground)))
    const { all, busy } = await killer.stop()
    const told = `seed ${seed}, ${all} terminated`
    return {
      runs: 1,
      landed: busy > 0 ? 1 : 0,
      wrong: wrong.map((what) => `${told}: ${what}`),
      note: `${all} terminated, ${busy} of them in a transaction`,
    }
  } finally {
    await killer.stop()
    await worker.kill()
    await ground.close()
  }
}

type Killer = { stop(): Promise<{ all: number; busy: number }> }

async function startKiller({ env }: Ground, seed: number): Promise<Killer> {
  const random = seeded(seed)
  const client = new pg.Client({ connectionString: env.DATABASE_URL })
  await client.connect()
  const counts = { all: 0, busy: 0 }
  let isOver = false
  const killing = (async () => {
    while (!isOver && counts.all < AT_MOST) {
      await pause(random() * 2 * EVERY_MS) // the random moment itself, not a wait for something
      // Those at work first: an idle connection that breaks is nobody's trouble.
      const { rows } = await client.query(
        `SELECT busy, pg_terminate_backend(pid) AS ended FROM (
          SELECT pid, xact_start IS NOT NULL AS busy FROM pg_stat_activity
          WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
          ORDER BY xact_start IS NULL, (pid * $1::bigint) % 97 LIMIT 1) chosen`,
        [1 + Math.floor(random() * 96)],
      )
      if (rows[0]?.ended) counts.all += 1
      if (rows[0]?.ended && rows[0].busy) counts.busy += 1
    }
    await client.end()
  })()
  return {
    stop: async () => {
      isOver = true
      await killing
      return counts
    },
  }
}

/** Whoever gets no answer asks again. */
async function untilDone<T>(act: () => Promise<T>): Promise<T> {
  let made: { value: T } | undefined
  await until('an act', async () => {
    made = { value: await act() }
    return true
  })
  return (made as { value: T }).value
}

async function decideAll({ app }: Ground): Promise<string[]> {
  const reviewer = 'staff:chaos'
  const open = await untilDone(() => app.db.reviewCase.findMany({ orderBy: { no: 'asc' } }))
  for (const { id: caseId } of open) {
    await until(`the decision of ${caseId}`, async () => {
      const { status } = await app.db.reviewCase.findUniqueOrThrow({ where: { id: caseId } })
      if (status === 'decided') return true
      await app.db
        .$executeRaw`UPDATE review_case SET lease_until = now() WHERE id = ${caseId} AND status = 'claimed'`
      const { fence } = await claimCase(app, caseId, reviewer)
      await decideCase(
        app,
        { caseId, reviewer, fence },
        { decision: 'keep_reset', reason: 'attack_failed', note: null },
      )
      return true
    })
  }
  const told = await untilDone(
    () => app.db.$queryRaw<{ id: string; times: number }[]>`
      SELECT c.id, (SELECT count(*)::int FROM audit_event e WHERE e.kind = 'case.decided' AND e.subject = 'case:' || c.id)
        AS times FROM review_case c`,
  )
  return told.flatMap(({ id, times }) =>
    times === 1 ? [] : [`case ${id}: ${times} decisions on record`],
  )
}
