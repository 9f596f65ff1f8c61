import type { JobsOptions } from 'bullmq'
import type { Log } from './log.js'
import { queueOnPostgres } from './queue-on-postgres.js'
import { queueOnRedis } from './queue-on-redis.js'

/** A named queue. Jobs carry ids only; Postgres holds the truth, so losing a queue only delays. */
export type Queue<Job extends object> = {
  /**
   * Adds jobs. One with the `jobId` of a job still waiting is the same job. Throws while the queue
   * is away: whoever adds looks again, now and then, for what has no job.
   */
  add(jobs: readonly { jobId: string; payload: Job }[]): Promise<void>
  /** Runs jobs in this process until closed. */
  work(run: (payload: Job) => Promise<void>, options: { concurrency: number }): void
  close(): Promise<void>
}

export type QueueConnection = { databaseUrl: string; redisUrl?: string | undefined }

/** What a queue runs on. */
export type QueueBackend = {
  add(jobs: readonly NewJob[]): Promise<unknown>
  work(run: Run, options: WorkOptions): void
  close(): Promise<void>
}
export type NewJob = { name: string; data: unknown; opts: JobsOptions }
export type Run = (job: { data: unknown }) => Promise<void>
export type WorkOptions = { concurrency: number } & typeof PATIENCE
export type Notes = {
  /** A connection met an error. */
  unavailable(error: Error): void
  failed(jobId: string | undefined, error: Error): void
}

const PATIENCE = {
  /** BullMQ gives a job up after its worker died this often; the default of 1 loses work (its #651). */
  maxStalledCount: 1_000,
  lockDuration: 5_000,
  stalledInterval: 2_000,
  /** How long it waits for a server that is away. */
  runRetryDelay: 1_000,
}
const KEEP_NOTHING = { removeOnComplete: true, removeOnFail: true, attempts: 20 }
const BACKOFF = { type: 'exponential', delay: 200 }

/** Opens a queue on Postgres, or on Redis when there is one. Neither has to be there yet. */
export function openQueue<Job extends object>(
  name: string,
  to: QueueConnection,
  log: Log,
): Queue<Job> {
  const notes: Notes = {
    unavailable: (error) => log.warn('queue.unavailable', { queue: name, because: error.name }),
    failed: (job, error) => log.error('job.failed', { queue: name, job, because: error.name }),
  }
  const backend = to.redisUrl
    ? queueOnRedis(name, to.redisUrl, notes)
    : queueOnPostgres(name, to.databaseUrl, notes)
  return {
    async add(jobs) {
      if (jobs.length === 0) return
      const opts = { ...KEEP_NOTHING, backoff: BACKOFF }
      await backend.add(
        jobs.map(({ jobId, payload }) => ({ name, data: payload, opts: { ...opts, jobId } })),
      )
    },
    work: (run, { concurrency }) =>
      backend.work(async (job) => run(job.data as Job), { concurrency, ...PATIENCE }),
    close: backend.close,
  }
}
