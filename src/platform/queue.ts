import {
  createPostgresBackend,
  Queue as RedisQueue,
  Worker as RedisWorker,
  withBackend,
} from 'bullmq'
import { Redis } from 'ioredis'
import type { Log } from './log.js'

/** A named queue. Jobs carry ids only; Postgres holds the truth, so losing a queue only delays. */
export type Queue<Job extends object> = {
  /** Adds jobs. One with the `jobId` of a job still waiting is the same job. */
  add(jobs: readonly { jobId: string; payload: Job }[]): Promise<void>
  /** Runs jobs in this process until closed. */
  work(run: (payload: Job) => Promise<void>, options: { concurrency: number }): void
  close(): Promise<void>
}

export type QueueConnection = { databaseUrl: string; redisUrl?: string | undefined }

const SCHEMA = 'cordon_queue'
/** BullMQ gives a job up after its worker died this often; the default of 1 loses work (its #651). */
const STALLED_AT_MOST = 1_000
const KEEP_NOTHING = { removeOnComplete: true, removeOnFail: true, attempts: 20 }
const BACKOFF = { type: 'exponential', delay: 200 }

/** Opens a queue on Postgres, or on Redis when there is one. */
export function openQueue<Job extends object>(
  name: string,
  to: QueueConnection,
  log: Log,
): Queue<Job> {
  const { queue, startWorker } = to.redisUrl
    ? onRedis(name, to.redisUrl)
    : onPostgres(name, to.databaseUrl)
  queue.on('error', (error: Error) =>
    log.warn('queue.unavailable', { queue: name, because: error.name }),
  )
  const workers: { close(): Promise<void> }[] = []
  return {
    async add(jobs) {
      if (jobs.length === 0) return
      await queue.addBulk(
        jobs.map(({ jobId, payload }) => ({
          name,
          data: payload,
          opts: { ...KEEP_NOTHING, backoff: BACKOFF, jobId },
        })),
      )
    },
    work(run, { concurrency }) {
      const worker = startWorker(async (job) => run(job.data as Job), {
        concurrency,
        maxStalledCount: STALLED_AT_MOST,
        lockDuration: 5_000,
        stalledInterval: 2_000,
      })
      worker.on('error', (error: Error) =>
        log.warn('worker.unavailable', { queue: name, because: error.name }),
      )
      worker.on('failed', (job, error: Error) =>
        log.error('job.failed', { queue: name, job: job?.id, because: error.name }),
      )
      workers.push(worker)
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()))
      await queue.close()
    },
  }
}

type Run = (job: { data: unknown }) => Promise<void>
type WorkOptions = {
  concurrency: number
  maxStalledCount: number
  lockDuration: number
  stalledInterval: number
}

function onPostgres(name: string, databaseUrl: string) {
  const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend)
  const connection = () => ({
    connectionString: databaseUrl,
    schema: SCHEMA,
    migrate: true,
    max: 4,
  })
  return {
    queue: new PostgresQueue(name, { connection: connection() }),
    startWorker: (run: Run, options: WorkOptions) =>
      new PostgresWorker(name, run, { connection: connection(), ...options }),
  }
}

function onRedis(name: string, redisUrl: string) {
  const connection = () => new Redis(redisUrl, { maxRetriesPerRequest: null })
  return {
    queue: new RedisQueue(name, { connection: connection() }),
    startWorker: (run: Run, options: WorkOptions) =>
      new RedisWorker(name, run, { connection: connection(), ...options }),
  }
}
