import { createPostgresBackend, withBackend } from 'bullmq'
import type { NewJob, Notes, QueueBackend } from './queue.js'
import { SturdyClient } from './sturdy-client.js'

const SCHEMA = 'cordon_queue'
const REPLACED_AFTER_MS = 1_000

export function queueOnPostgres(name: string, databaseUrl: string, notes: Notes): QueueBackend {
  const { Queue, Worker } = withBackend(createPostgresBackend)
  const connection = () => ({
    connectionString: databaseUrl,
    Client: SturdyClient,
    schema: SCHEMA,
    migrate: true,
    max: 4,
  })
  const queue = replaced((): Adding => new Queue(name, { connection: connection() }), notes)
  const workers: { close(): Promise<void> }[] = []
  return {
    add: async (jobs) => (await queue.ready()).addBulk([...jobs]),
    work(run, options) {
      const start = () => {
        const worker = new Worker(name, run, { connection: connection(), ...options })
        worker.on('failed', (job, error: Error) => notes.failed(job?.id, error))
        return worker
      }
      workers.push(replaced(start, notes))
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()))
      await queue.close()
    },
  }
}

type Client = {
  on(event: 'error', told: (error: Error) => void): unknown
  waitUntilReady(): Promise<unknown>
  close(): Promise<void>
}

type Adding = Client & {
  addBulk(jobs: NewJob[]): Promise<unknown>
}

/**
 * Keeps one BullMQ client open, and another in its place a second after it met an error: it
 * remembers a start that failed for good, and asks again without any pause.
 */
function replaced<C extends Client>(open: () => C, { unavailable }: Notes) {
  const retired = new Set<Promise<void>>()
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let current: C | undefined
  const begin = (): C => {
    const client = open()
    current = client
    client.on('error', (error) => {
      if (current === client && !isClosed) retire(client, error)
    })
    client.waitUntilReady().catch((error: Error) => {
      if (current === client && !isClosed) retire(client, error)
    })
    return client
  }
  const retire = (client: C, error: Error) => {
    unavailable(error)
    current = undefined
    const closing = client.close().catch(() => undefined)
    retired.add(closing)
    void closing.then(() => retired.delete(closing))
    timer = setTimeout(begin, REPLACED_AFTER_MS)
  }
  begin()
  return {
    /** The client, once it is usable. Refuses while there is none. */
    async ready(): Promise<C> {
      if (!current) throw new Error('The queue is away and tried again in a moment.')
      await current.waitUntilReady()
      return current
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await current?.close()
      await Promise.all(retired)
    },
  }
}
