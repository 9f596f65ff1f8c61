import type { App } from './app.js'
import { checkpointSigner } from './audit/checkpoint.js'
import { startCheckpoints } from './audit/checkpointing/jobs.js'
import { sealEvents, sealEverything } from './audit/service.js'
import { escalateOverdue } from './cases/service.js'
import { checkpointSeed } from './config.js'
import { startEvents } from './events/jobs.js'
import { forgetOld } from './housekeeping.js'
import { ARRIVALS_AT_ONCE, classifyArrived, classifyWide } from './logins/classifying/service.js'
import { startMailKeeping } from './mail-keeping.js'
import { startMail } from './mail-workers.js'
import { type Loop, startLoop } from './platform/loop.js'
import { hearNotices } from './platform/notices.js'
import { openQueue, type Queue } from './platform/queue.js'
import { stopOlderRecord } from './restored-record.js'
import { planWaiting } from './sweeps/planning/jobs.js'
import { type ChunkJob, reconcile, runChunk } from './sweeps/running/jobs.js'
import { watchOnce } from './sweeps/watch/service.js'

export type Workers = {
  /** Wakes the workers of any process for these chunks, and this process's mail. */
  nudge(jobs: readonly ChunkJob[]): Promise<void>
  /** Why the mail server takes nothing at the moment, in words for people. */
  mailRefusal(): string | undefined
  close(): Promise<void>
}

const CHUNKS_AT_ONCE = 2
/**
 * So long the last checkpoint waits for other transactions, to cover all that was done. A process that
 * was asked to stop has nine seconds in all, and a checkpoint of less is better than none.
 */
const LAST_SEALING_MS = 5_000
const IDLE_MS = {
  sealing: 1_000,
  planning: 5_000,
  reconciling: 5_000,
  classifying: 150,
  surveying: 1_000,
  watching: 500,
  housekeeping: 3_600_000,
}

/** Runs everything that waits for nobody to ask, in this process, until closed. */
export async function startWorkers(app: App): Promise<Workers> {
  const signer = checkpointSigner(checkpointSeed(app.config))
  const redisUrl = app.config.redisUrl?.reveal()
  await stopOlderRecord(app, signer)
  const mail = await startMail(app)
  const queue = openQueue<ChunkJob>('sweeps', { databaseUrl: app.databaseUrl, redisUrl }, app.log)
  const nudge = async (jobs: readonly ChunkJob[]) => {
    await nudgeChunks(queue, jobs)
    mail.nudge()
  }
  const deps = { ...app, nudge }
  queue.work(
    async (job) => {
      await runChunk(deps, job)
      mail.nudge()
    },
    { concurrency: CHUNKS_AT_ONCE },
  )
  const note = (event: string) => (error: unknown) =>
    app.log.error(event, { because: error instanceof Error ? error.name : 'unknown' })
  const sealing = startLoop(async () => (await sealEvents(app)) > 0, {
    idleMs: IDLE_MS.sealing,
    onError: note('audit.sealing_failed'),
  })
  const checkpoints = startCheckpoints({ ...app, signer, folder: app.config.checkpoints.folder })
  const sweeping = startSweeping(app, { nudge, note })
  const keeping = startMailKeeping(app, { onReminded: mail.nudge, note })
  const watch = startWatch(app, { onProtected: mail.nudge, note })
  const outbound = app.config.events
  const events = startEvents({ ...app, outbound, issuer: app.sender.publicUrl }, note)
  return {
    nudge,
    mailRefusal: mail.refusal,
    async close() {
      await watch.close()
      await sweeping.close()
      await queue.close()
      await keeping.close()
      await mail.close()
      await events.close()
      await sealing.close()
      await checkpoints.close()
      await sealEverything(app, { forMs: LAST_SEALING_MS })
      await checkpoints.finish()
    },
  }
}

type Note = (event: string) => (error: unknown) => void

/** What the database says with each commit that leaves a sweep something to do; it names the new status. */
const SWEEP_NOTICES = 'cordon_sweep'

/** Makes plans and finds chunks to run: as soon as somebody asks, and now and then. */
function startSweeping(app: App, { nudge, note }: Pick<Workers, 'nudge'> & { note: Note }) {
  const reconciling = startLoop(
    async () => {
      await escalateOverdue(app) // first: the rest ends early while the queue is away
      await reconcile({ ...app, nudge })
      return false
    },
    { idleMs: IDLE_MS.reconciling, onError: note('sweep.reconciling_failed') },
  )
  const planning = startLoop(() => planWaiting(app), {
    idleMs: IDLE_MS.planning,
    onError: note('sweep.planning_failed'),
  })
  const wakes: Record<string, Loop> = { planning, running: reconciling }
  const hearing = hearNotices(app.pool, SWEEP_NOTICES, (status) => wakes[status]?.nudge())
  return {
    async close() {
      await hearing.close()
      await planning.close()
      await reconciling.close()
    },
  }
}

/** Judges what arrives, acts on it for exposed accounts, and forgets what is old. */
function startWatch(app: App, { onProtected, note }: { onProtected: () => void; note: Note }) {
  const watching = startLoop(
    async () => {
      const { asked, applied } = await watchOnce(app)
      if (applied > 0) onProtected()
      return asked > 0
    },
    { idleMs: IDLE_MS.watching, onError: note('watch.failed') },
  )
  const classifying = startLoop(
    async () => {
      const { arrivals, attacked } = await classifyArrived(app)
      if (attacked > 0) watching.nudge()
      return arrivals >= ARRIVALS_AT_ONCE
    },
    { idleMs: IDLE_MS.classifying, onError: note('attempts.classifying_failed') },
  )
  const surveying = startLoop(
    async () => {
      const { attacked } = await classifyWide(app)
      if (attacked > 0) watching.nudge()
      return false
    },
    { idleMs: IDLE_MS.surveying, onError: note('attempts.classifying_failed') },
  )
  const housekeeping = startLoop(() => forgetOld(app), {
    idleMs: IDLE_MS.housekeeping,
    onError: note('attempts.housekeeping_failed'),
  })
  return {
    async close() {
      await housekeeping.close()
      await surveying.close()
      await classifying.close()
      await watching.close()
    },
  }
}

const nudgeChunks = (queue: Queue<ChunkJob>, jobs: readonly ChunkJob[]) =>
  queue.add(jobs.map((job) => ({ jobId: `${job.sweepId}-${job.no}`, payload: job })))
