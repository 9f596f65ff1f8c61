import { sendDue } from '../../src/mail/jobs.js'
import {
  closedValves,
  closeValve,
  listMail,
  mailCounts,
  openValve,
  valveState,
} from '../../src/mail/service.js'
import { watchValve } from '../../src/mail/valve/jobs.js'
import { maySend, type Scope } from '../../src/mail/valve.js'
import { type Database, inTx } from '../../src/platform/db.js'
import { proveAlive } from '../../src/platform/liveness.js'
import { createTestDatabase } from '../support/database.js'
import { aMailing, type Mailing, NEVER, stagedMails, until } from '../support/mailing.js'
import type { SinkOptions } from '../support/smtp-sink.js'

let database: Database & { url: string }
const closing: (() => unknown)[] = []
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  for (const { scope } of await closedValves(database.db)) await open(scope)
  await database.db
    .$executeRaw`UPDATE mail SET status = 'withdrawn' WHERE status IN ('staged', 'sending')`
})

const turn = (scope: Scope) => ({ reason: 'test', actor: 'os:ana', scope })
const close = (scope: Scope) => closeValve(database, turn(scope))
const open = (scope: Scope) => openValve({ ...database, fourEyes: false }, turn(scope))
const countsOf = (sweepId: string) => inTx(database.db, (tx) => mailCounts(tx, sweepId))

async function mailing(options: SinkOptions & { connections?: number } = {}): Promise<Mailing> {
  const started = await aMailing(database, options)
  closing.push(started.close)
  return started
}

describe('a valve of one sweep or lane', () => {
  test('stops its own mail and no other', async () => {
    const [stopped, other] = [await stagedMails(database.db, 5), await stagedMails(database.db, 5)]
    const { deps, sink } = await mailing()
    await close(`sweep:${stopped}`)
    expect(await sendDue(deps, NEVER)).toMatchObject({ accepted: 5 })
    expect(await countsOf(stopped)).toMatchObject({ staged: 5, accepted: 0 })
    expect(await countsOf(other)).toMatchObject({ accepted: 5 })
    await open(`sweep:${stopped}`)
    expect(await sendDue(deps, NEVER)).toMatchObject({ accepted: 5 })
    expect(sink.accepted).toBe(10)
  })

  test('stops one lane of a sweep and not the other', async () => {
    const slow = await stagedMails(database.db, 5, 'slowmail')
    const quick = await stagedMails(database.db, 5, 'quickmail')
    const { deps } = await mailing()
    await close('lane:slowmail')
    await sendDue(deps, NEVER)
    expect(await countsOf(slow)).toMatchObject({ staged: 5 })
    expect(await countsOf(quick)).toMatchObject({ accepted: 5 })
  })

  test('in the middle of a run gives its mails back; the rest goes on, and nothing is unknown', async () => {
    const stopped = await stagedMails(database.db, 150)
    const other = await stagedMails(database.db, 150)
    const { deps, sink } = await mailing({ connections: 8, dotDelayMs: 10 })
    const run = sendDue(deps, NEVER)
    await until(() => sink.dots >= 20)
    await close(`sweep:${stopped}`)
    const taken = sink.messages.length
    await run
    const counts = await countsOf(stopped)
    expect(counts).toMatchObject({ sending: 0, unknown: 0, rejected: 0 })
    expect(counts.staged + counts.accepted).toBe(150)
    expect(counts.staged).toBeGreaterThan(0)
    expect(counts.accepted).toBeLessThanOrEqual(taken + 8)
    expect(await countsOf(other)).toMatchObject({ accepted: 150 })
    const rows = await inTx(database.db, (tx) => listMail(tx, { sweepId: stopped, limit: 500 }))
    for (const { status, attempts } of rows) expect(attempts).toBe(status === 'accepted' ? 1 : 0)
  })

  test.each<Scope>(['sweep:swp_nowhere', 'lane:nowhere'])(
    '%s does not exist, and that is said',
    async (scope) => {
      await expect(close(scope)).rejects.toMatchObject({ code: 'not_found' })
      await expect(open(scope)).rejects.toMatchObject({ code: 'not_found' })
      expect(await closedValves(database.db)).toEqual([])
    },
  )

  test('is open where nobody ever closed it, while a missing global valve is closed', async () => {
    const sweepId = await stagedMails(database.db, 1)
    expect(await valveState(database.db, `sweep:${sweepId}`)).toMatchObject({ state: 'open' })
    expect(await open(`sweep:${sweepId}`)).toBe('open')
  })

  test('is told in the audit by its scope', async () => {
    const sweepId = await stagedMails(database.db, 1)
    await close(`sweep:${sweepId}`)
    await open(`sweep:${sweepId}`)
    const events = await database.db.auditEvent.findMany({
      where: { subject: `valve:sweep:${sweepId}` },
      orderBy: { id: 'asc' },
    })
    expect(events.map(({ kind }) => kind)).toEqual(['valve.closed', 'valve.opened'])
  })
})

describe('closing drains', () => {
  test('what is past its dot waits for a slow reply: nothing becomes unknown', async () => {
    const sweepId = await stagedMails(database.db, 60)
    const { deps, sink, undeliverable } = await mailing({ connections: 6, dotDelayMs: 2_000 })
    const run = sendDue(deps, NEVER)
    await until(() => sink.dots >= 3)
    await close('global')
    const outcome = await run
    const { dots } = sink
    expect(dots).toBeLessThan(30)
    expect(outcome).toEqual({ accepted: dots, deferred: 0, rejected: 0, unknown: 0 })
    expect(await countsOf(sweepId)).toMatchObject({ accepted: dots, staged: 60 - dots, unknown: 0 })
    expect(undeliverable).toEqual([])
  })

  test('what is before its dot is cut off, so that no server keeps half a message', async () => {
    const sweepId = await stagedMails(database.db, 1)
    let isAsked = false
    const { deps, sink } = await mailing({
      connections: 1,
      behave: (_message, rcpt) => {
        if (rcpt !== undefined) isAsked = true
        return undefined
      },
      replyDelayMs: 150,
    })
    const run = sendDue(deps, NEVER)
    await until(() => isAsked)
    await close('global')
    expect(await run).toMatchObject({ accepted: 0, unknown: 0 })
    expect(sink).toMatchObject({ dots: 0, accepted: 0 })
    expect(await countsOf(sweepId)).toMatchObject({ staged: 1 })
  })
})

describe('a reading of the valve', () => {
  async function watching() {
    const proof = await proveAlive(database.pool, `watch ${Math.random()}`)
    const watch = await watchValve(proof)
    closing.push(proof.end, watch.stop)
    const may = (scope?: Scope) => {
      const [, id = ''] = scope?.split(/:(.*)/) ?? []
      const mail = scope?.startsWith('sweep:')
        ? { sweepId: id, lane: null }
        : { sweepId: 'none', lane: id }
      return maySend(watch.reading(), performance.now(), scope ? mail : undefined)
    }
    return { proof, watch, may }
  }

  test('hears of a closed valve without asking, faster than it polls', async () => {
    const sweepId = await stagedMails(database.db, 1)
    const { may } = await watching()
    const waits: number[] = []
    for (let round = 0; round < 10; round += 1) {
      await until(() => may(`sweep:${sweepId}`))
      await close(`sweep:${sweepId}`)
      const closedAtMs = performance.now()
      await until(() => !may(`sweep:${sweepId}`))
      waits.push(performance.now() - closedAtMs)
      expect(may()).toBe(true)
      await open(`sweep:${sweepId}`)
    }
    expect(waits.toSorted((a, b) => a - b)[5]).toBeLessThan(100)
  })

  test('is as good as none when the connection broke, and stays so', async () => {
    const { watch, may, proof } = await watching()
    expect(may()).toBe(true)
    const [backend] = await proof.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await endBackend(backend!.pid)
    await until(() => !may())
    await watch.read()
    expect(watch.reading()).toBeUndefined()
  })
})

test('a sender whose connection breaks stops, and the next one sends the rest once', async () => {
  const sweepId = await stagedMails(database.db, 200)
  const { deps, sink } = await mailing({ dotDelayMs: 20 })
  const run = sendDue(deps, NEVER)
  await until(() => sink.dots >= 10)
  const [{ pid }] = await database.db.$queryRaw<[{ pid: number }]>`
    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (
      SELECT oid FROM pg_database WHERE datname = current_database())`
  await endBackend(pid)
  await run
  const first = sink.dots
  expect(first).toBeLessThan(200)
  await sendDue(deps, NEVER)
  const counts = await countsOf(sweepId)
  expect(counts).toMatchObject({ staged: 0, sending: 0 })
  expect(sink.accepted).toBe(200)
  expect(new Set(sink.messages.map(({ rcpts }) => rcpts[0])).size).toBe(200)
  expect(counts.accepted + counts.unknown).toBe(200)
})

/** As the owner of the database does. */
async function endBackend(pid: number): Promise<void> {
  const client = await database.pool.connect()
  try {
    await client.query('SET ROLE NONE')
    await client.query('SELECT pg_terminate_backend($1)', [pid])
  } finally {
    client.release(true)
  }
}
