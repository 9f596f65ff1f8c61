import { setTimeout as pause } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import type { Notes, QueueBackend } from './queue.js'

/** How long adding may take before it counts as failed, and closing after the last job has ended. */
const PATIENCE_MS = 5_000
const GRACE_MS = 1_000
const MOST_RETRY_MS = 1_000

/**
 * Nothing is replaced here: ioredis connects again by itself, BullMQ's clients live through that,
 * and what the server forgot meanwhile is added again by whoever needs it.
 */
export function queueOnRedis(name: string, redisUrl: string, notes: Notes): QueueBackend {
  const connections = openConnections(redisUrl, notes)
  const connection = connections.first
  const queue = new Queue(name, { connection })
  queue.on('error', connections.note)
  const workers: Worker[] = []
  const running = new Set<Promise<void>>()
  return {
    async add(jobs) {
      if (connections.isAway()) throw new Error('Redis is away.')
      await within(PATIENCE_MS, queue.addBulk([...jobs]))
    },
    work(run, options) {
      const counted = (job: { data: unknown }) => {
        const ran = run(job)
        const over = ran.then(nothing, nothing).finally(() => running.delete(over))
        running.add(over)
        return ran
      }
      const worker = new Worker(name, counted, { connection, ...options })
      worker.on('error', connections.note)
      worker.on('failed', (job, error: Error) => notes.failed(job?.id, error))
      workers.push(worker)
    },
    async close() {
      // Without its server BullMQ would wait for ever, to say that a job is done or for a good-bye.
      const isAway = connections.isAway()
      if (isAway) await Promise.all(running)
      const closing = Promise.allSettled([
        ...workers.map((worker) => worker.close(isAway)),
        queue.close(),
      ])
      await Promise.race([closing, overdue(running)])
      connections.end()
    },
  }
}

const overdue = (running: ReadonlySet<Promise<void>>) =>
  Promise.all(running).then(() => pause(GRACE_MS, undefined, { ref: false }))

const nothing = () => undefined

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const stop = new AbortController()
  work.catch(nothing) // it may still fail when nobody waits any more
  const late = pause(ms, undefined, { signal: stop.signal }).then(() => {
    throw new Error('Redis does not answer.')
  })
  late.catch(nothing)
  await Promise.race([work, late]).finally(() => stop.abort())
}

/** A connection and all that BullMQ makes after its model, so that none outlives the queue. */
function openConnections(redisUrl: string, notes: Notes) {
  const all: Redis[] = []
  let isAway = false
  let isEnded = false
  /** Once each time that Redis goes away, however often it is looked for. */
  const note = (error: Error) => {
    if (!isAway) notes.unavailable(error)
    isAway = all.some(({ status }) => status !== 'ready')
  }
  const keep = (client: Redis): Redis => {
    all.push(client)
    client.on('error', note)
    client.on('ready', () => {
      if (isEnded) client.disconnect()
      isAway = all.some(({ status }) => status !== 'ready')
    })
    const copy = (over?: Partial<RedisOptions>) =>
      keep(Redis.prototype.duplicate.call(client, over))
    return Object.assign(client, { duplicate: copy })
  }
  const retryStrategy = (times: number) => (isEnded ? null : Math.min(50 * times, MOST_RETRY_MS))
  const first = keep(new Redis(redisUrl, { maxRetriesPerRequest: null, retryStrategy }))
  return {
    first,
    note,
    isAway: () => isAway,
    end: () => {
      isEnded = true
      // One that waits for its next try has to fail in it: stopped before, it would end silently.
      for (const client of all) if (client.status !== 'reconnecting') client.disconnect()
    },
  }
}
