import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { startProxy } from '../../scripts/bench/proxy.js'
import type { Database } from '../../src/platform/db.js'
import { freePort } from '../../src/platform/embedded-postgres.js'
import { createLog } from '../../src/platform/log.js'
import { openQueue, type Queue, type QueueConnection } from '../../src/platform/queue.js'
import { createTestDatabase } from '../support/database.js'
import { end, firstLine, start } from '../support/processes.js'

type Job = { id: string }
const log = createLog('silent')
const WORKER = join(import.meta.dirname, '../support/queue-worker.ts')

async function until(isTrue: () => boolean, seconds = 20): Promise<void> {
  const deadline = performance.now() + seconds * 1_000
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error('It did not become true')
    await pause(20)
  }
}

/** The rules every queue keeps, whatever it runs on. */
function rulesOf(connection: () => QueueConnection) {
  const opened: Queue<Job>[] = []
  const open = (name: string) => {
    const queue = openQueue<Job>(name, connection(), log)
    opened.push(queue)
    return queue
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close()))
  })

  test('each job runs once, whichever of two workers takes it', async () => {
    const queue = open('once')
    const ran: string[] = []
    for (const _worker of [1, 2])
      open('once').work(async ({ id }) => void ran.push(id), { concurrency: 2 })
    const ids = Array.from({ length: 30 }, (_, index) => String(index))
    await queue.add(ids.map(job))
    await until(() => ran.length >= ids.length)
    await pause(300)
    expect([...ran].sort()).toEqual([...ids].sort())
  })

  test('a job that waits already is the same job; after it ran it may come again', async () => {
    const queue = open('same')
    await queue.add([job('a')])
    await queue.add([job('a'), job('a')])
    const ran: string[] = []
    queue.work(async ({ id }) => void ran.push(id), { concurrency: 1 })
    await until(() => ran.length === 1)
    await pause(300)
    expect(ran).toEqual(['a'])
    await queue.add([job('a')])
    await until(() => ran.length === 2)
  })

  test('a job that fails is tried again', async () => {
    const queue = open('retry')
    let tries = 0
    queue.work(
      async () => {
        tries += 1
        if (tries < 3) throw new Error('not yet')
      },
      { concurrency: 1 },
    )
    await queue.add([job('a')])
    await until(() => tries === 3)
  })

  test('jobs wait for a worker that comes later', async () => {
    const first = open('later')
    await first.add([job('a'), job('b')])
    await first.close()
    const ran: string[] = []
    open('later').work(async ({ id }) => void ran.push(id), { concurrency: 1 })
    await until(() => ran.length === 2)
    expect(ran.sort()).toEqual(['a', 'b'])
  })

  test('closing waits for the job that runs', async () => {
    const queue = open('close')
    let state = 'waiting'
    queue.work(
      async () => {
        state = 'running'
        await pause(300)
        state = 'done'
      },
      { concurrency: 1 },
    )
    await queue.add([job('a')])
    await until(() => state === 'running')
    await queue.close()
    expect(state).toBe('done')
  })

  test('nothing to add is nothing to do', async () => {
    await expect(open('empty').add([])).resolves.toBeUndefined()
  })
}

const job = (id: string) => ({ jobId: `job-${id}`, payload: { id } })

describe('on Postgres', () => {
  let database: Database & { url: string }
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.close())

  rulesOf(() => ({ databaseUrl: database.url }))

  const asOwner = async (statement: string) => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    return client.query<Record<string, unknown>>(statement).finally(() => client.end())
  }

  test('a job whose worker is killed runs again, once its lock has run out', async () => {
    const queue = openQueue<Job>('killed', { databaseUrl: database.url }, log)
    await queue.add([{ jobId: 'job-a', payload: { id: 'a' } }])
    const worker = start(['--import', 'tsx', WORKER, 'killed', database.url])
    expect(await firstLine(worker)).toBe('a')
    await end(worker, 'SIGKILL')
    await asOwner("UPDATE cordon_queue.job SET locked_until_ms = 0 WHERE queue = 'killed'")
    const ran: string[] = []
    queue.work(async ({ id }) => void ran.push(id), { concurrency: 1 })
    await until(() => ran.length === 1, 30)
    await queue.close()
    expect(ran).toEqual(['a'])
  })

  test('a database that comes later, and goes away in between, is found again', async () => {
    const there = new URL(database.url)
    const target = { host: '127.0.0.1', port: Number(there.port) }
    const port = await freePort()
    there.port = String(port)
    const queue = openQueue<Job>('patient', { databaseUrl: there.href }, log)
    const ran: string[] = []
    queue.work(async ({ id }) => void ran.push(id), { concurrency: 1 })
    const add = (id: string) => queue.add([job(id)])
    await expect(add('too-early')).rejects.toThrow()
    for (const id of ['a', 'b']) {
      const way = await startProxy(target, port)
      await until(() => {
        void add(id).catch(() => undefined)
        return ran.includes(id)
      })
      await way.close()
      await expect(add('away')).rejects.toThrow()
    }
    await queue.close()
  })

  test('the queue knows ids and nothing else, and forgets what is done', async () => {
    const queue = openQueue<Job>('ids', { databaseUrl: database.url }, log)
    await queue.add([{ jobId: 'job-a', payload: { id: 'swp_1' } }])
    const jobs = async () =>
      (await asOwner("SELECT id, data FROM cordon_queue.job WHERE queue = 'ids'")).rows
    expect(await jobs()).toEqual([{ id: 'job-a', data: { id: 'swp_1' } }])
    let isDone = false
    queue.work(
      async () => {
        isDone = true
      },
      { concurrency: 1 },
    )
    await until(() => isDone)
    await queue.close()
    expect(await jobs()).toEqual([])
  })
})

function redisServer(): string | undefined {
  try {
    return execFileSync('which', ['redis-server', 'valkey-server'], { encoding: 'utf8' }).split(
      '\n',
    )[0]
  } catch (error) {
    return (error as { stdout?: string }).stdout?.split('\n')[0] || undefined
  }
}

const redis = redisServer()
if (redis) {
  describe('on Redis', () => {
    let server: ChildProcess
    let redisUrl: string
    beforeAll(async () => {
      const port = await freePort()
      redisUrl = `redis://127.0.0.1:${port}`
      server = spawn(redis, ['--port', String(port), '--save', '', '--appendonly', 'no'])
      await pause(500)
    })
    afterAll(() => server.kill())
    rulesOf(() => ({ databaseUrl: '', redisUrl }))
  })
} else {
  describe.skip('on Redis (there is no redis-server on this machine)', () => {
    test('the same rules', () => undefined)
  })
}
