import { closeValve, openValve } from '../../../src/mail/service.js'
import { abortSweep, pauseSweep, resumeSweep } from '../../../src/sweeps/control/service.js'
import { startWire } from '../wire.js'
import { startWorker, type Worker } from '../worker.js'
import { type Calm, calmRun } from './calm.js'
import { withRecord } from './final-state.js'
import {
  type Ground,
  judge,
  letRun,
  openGround,
  request,
  statusOf,
  targetOf,
  untilOver,
} from './ground.js'
import { type Found, inLanes, type Scenario, type Terms, together } from './scenario.js'
import { until } from './until.js'
import { watchWork } from './work.js'

const ACCOUNTS = 8
const STOP = { actor: 'os:chaos', reason: 'stopped by a person' }

/** A stop at one stage, while the worker is killed at the same moment, so that another one tries again. */
type Stage = {
  name: string
  /** The statement at which the worker dies and the stop is asked for; or the next COMMIT after it. */
  at: RegExp
  isAtCommit?: true
  stop(ground: Ground, sweepId: string): Promise<unknown>
  /** What the next worker asks for when it tries again what it must not do. */
  retries: RegExp
  tries: number
  /** Lets everything go on, and judges the end; a stop for good has none. */
  goOn?(ground: Ground, sweepId: string): Promise<unknown>
  /** The status that the sweep keeps. */
  left: string
}

const STAGES: readonly Stage[] = [
  {
    name: 'planned',
    at: /UPDATE "public"\."sweep" SET "status" = /,
    isAtCommit: true,
    stop: async (ground, sweepId) => {
      await until('the plan', async () => (await statusOf(ground.app, sweepId)) === 'planned')
      await abortSweep(ground.app, sweepId, STOP)
    },
    retries: /status = 'planning' AND plan_attempts/,
    tries: 1,
    left: 'aborted',
  },
  {
    name: 'running',
    at: /UPDATE chunk c SET done_at/,
    stop: ({ app }, sweepId) => pauseSweep(app, sweepId, STOP),
    retries: /UPDATE chunk c SET done_at/,
    tries: 1,
    goOn: ({ app }, sweepId) => resumeSweep(app, sweepId, STOP.actor),
    left: 'paused',
  },
  {
    name: 'mailing',
    at: /UPDATE reset r SET token_hash/,
    stop: ({ app }) => closeValve(app, STOP),
    retries: /WITH owners AS/,
    tries: 3,
    goOn: (ground) => openValve({ ...ground.app, fourEyes: false }, STOP),
    left: 'finished',
  },
]

export const stops: Scenario = {
  name: 'stops',
  fault: 'abort, pause or valve at each stage, and kill -9 of the worker that was at it',
  proof: 'the worker died by SIGKILL, and the next one tried again what was stopped',
  holds:
    'nothing happens until a person lets it; then the final state is that of an undisturbed run',
  async play({ isShort }: Terms) {
    const calm = await calmRun(ACCOUNTS, isShort)
    return together(
      await inLanes(
        (isShort ? STAGES.slice(1) : STAGES).map((stage) => () => stopAt(stage, calm)),
        3,
      ),
    )
  },
}

async function stopAt(stage: Stage, calm: Calm): Promise<Found> {
  const ground = await openGround({ accounts: ACCOUNTS })
  const wire = await startWire(targetOf(ground))
  let worker: Worker | undefined
  let dying: Promise<string | null> | undefined
  let isReached = false
  const work = watchWork(calm.idle, (_no, text) => {
    isReached ||= stage.at.test(text)
    const isNow = isReached && (text === 'COMMIT' || !stage.isAtCommit)
    if (worker && !dying && isNow) dying = worker.kill()
    return undefined
  })
  wire.watch(work.see)
  const first = await startWorker(ground.through(wire))
  worker = first
  let next: Worker | undefined
  try {
    work.begin()
    const sweepId = await request(ground.app)
    const stopped = until('the stage', () => dying !== undefined).then(() =>
      stage.stop(ground, sweepId),
    )
    const started = stage.name === 'planned' ? undefined : letRun(ground.app, sweepId)
    await Promise.all([stopped, started])
    const before = await effectsOf(ground)
    let tries = 0
    wire.watch(({ text }) => {
      if (stage.retries.test(text)) tries += 1
      return 'answered'
    })
    next = await startWorker(ground.through(wire))
    await until('another try', () => tries >= stage.tries)
    const wrong: string[] = []
    const after = await effectsOf(ground)
    if (after !== before) wrong.push(`it went on: ${after} after ${before}`)
    const status = await statusOf(ground.app, sweepId)
    if (status !== stage.left) wrong.push(`it is ${status}`)
    if (stage.goOn) {
      await stage.goOn(ground, sweepId)
      await untilOver(ground.app, sweepId)
      wrong.push(...(await judge(ground, sweepId, withTurns(calm, stage.name))))
    }
    const landed = (await dying) === 'SIGKILL' ? 1 : 0
    return { runs: 1, landed, wrong: wrong.map((what) => `stopped while ${stage.name}: ${what}`) }
  } finally {
    await next?.kill()
    await first.kill()
    await wire.close()
    await ground.close()
  }
}

/** Whatever a sweep does to anybody. */
async function effectsOf({ app, sink }: Ground): Promise<string> {
  const [row] = await app.db.$queryRaw<[Record<string, number>]>`
    SELECT (SELECT count(*)::int FROM outcome) AS outcomes, (SELECT count(*)::int FROM reset) AS resets,
      (SELECT count(*)::int FROM standing WHERE value_held) AS held, (SELECT count(*)::int FROM mail) AS mails,
      (SELECT count(*)::int FROM review_case) AS cases,
      (SELECT count(*)::int FROM chunk WHERE done_at IS NOT NULL) AS chunks`
  return JSON.stringify({ ...row, dots: sink.dots })
}

/** The stop and its end stand on record, and nothing else does that an undisturbed run has not. */
const withTurns = (calm: Calm, stage: string): Calm['state'] =>
  withRecord(
    calm.state,
    stage === 'running'
      ? { 'sweep.paused': 1, 'sweep.resumed': 1 }
      : { 'valve.closed': 1, 'valve.opened': 1 },
  )
