import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type MailDeps, recoverExpired, sendDue } from '../../src/mail/jobs.js'
import { sortMail } from '../../src/mail/lanes/service.js'
import { claimMails, type Undeliverable } from '../../src/mail/sending/service.js'
import {
  closeValve,
  listMail,
  mailCounts,
  openValve,
  stageAll,
  valveState,
  withdrawForSweep,
} from '../../src/mail/service.js'
import { type Database, inTx } from '../../src/platform/db.js'
import { sha256 } from '../../src/platform/hash.js'
import { Secret } from '../../src/platform/secret.js'
import { openTransport, type SmtpPermits, type SmtpTransport } from '../../src/platform/smtp.js'
import { listMailbox, startMailbox } from '../../src/platform/smtp-mailbox.js'
import { createTestDatabase } from '../support/database.js'
import { type Behaviour, type Sink, type SinkOptions, startSink } from '../support/smtp-sink.js'
import { SENDER } from '../unit/mail/fixtures.js'

const NEVER = new AbortController().signal
const SILENT = { info() {}, warn() {}, error() {} }

let database: Database
const closing: (() => unknown)[] = []
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await openValve({ ...database, fourEyes: false }, { reason: 'test', actor: 'os:test' })
  await database.pool.query(
    `UPDATE mail SET status = 'withdrawn' WHERE status IN ('staged', 'sending')`,
  )
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

let nextNumber = 0
type Story = { sweepId: string; accounts: bigint[]; resets: bigint[] }

/** Accounts of their own with ordered resets, and their mails staged. */
async function stagedResets(count: number, over: { wantsLinks?: boolean } = {}): Promise<Story> {
  const sweepId = `sweep-${nextNumber++}`
  const { rows } = await database.pool.query(
    `WITH made AS (
       INSERT INTO account (id, address, match_key, locale, name, anti_phishing_phrase, wants_links)
       SELECT $1 || i, $1 || '-' || i || '@example.org', $1 || i, 'en', 'Ann Bell', 'phrase ' || i, $3
       FROM generate_series(1, $2) i RETURNING no)
     INSERT INTO reset (account_no, epoch, sweep_id) SELECT no, 1, $1 FROM made RETURNING no, account_no`,
    [sweepId, count, over.wantsLinks ?? true],
  )
  const accounts = rows.map((row) => BigInt(row.account_no))
  const resets = rows.map((row) => BigInt(row.no))
  await inTx(database.db, (tx) =>
    stageAll(
      tx,
      accounts.map((accountNo, i) => ({
        sweepId,
        accountNo,
        purpose: 'reset',
        resetNo: resets[i] ?? null,
      })),
    ),
  )
  return { sweepId, accounts, resets }
}

const mint: MailDeps['mint'] = async (tx, resetNos) => {
  const plain = new Map(resetNos.map((no) => [no, randomBytes(32).toString('base64url')]))
  const minted = await tx.$queryRaw<{ no: bigint }[]>`
    UPDATE reset SET token_hash = wanted.hash, token_expires_at = now() + interval '24 hours'
    FROM unnest(${[...plain.keys()]}::bigint[], ${[...plain.values()].map((token) => sha256(token))}::bytea[])
      AS wanted (no, hash)
    WHERE reset.no = wanted.no AND status = 'ordered' RETURNING reset.no`
  return new Map(minted.map(({ no }) => [no, plain.get(no) ?? '']))
}

async function sink(options: SinkOptions = {}): Promise<Sink> {
  const started = await startSink(options)
  closing.push(started.close)
  return started
}

function depsFor(url: string, connections = 4, over: Partial<MailDeps> = {}) {
  const undeliverable: Undeliverable[] = []
  const transport = openTransport(new Secret(url), connections)
  closing.push(transport.close)
  const deps: MailDeps = {
    db: database.db,
    pool: database.pool,
    log: SILENT,
    sender: SENDER,
    transport,
    mint,
    onUndeliverable: async (_tx, mail) => {
      undeliverable.push(mail)
    },
    ...over,
  }
  return { deps, undeliverable }
}

const rowsOf = (sweepId: string) =>
  inTx(database.db, (tx) => listMail(tx, { sweepId, limit: 1000 }))
const countsOf = (sweepId: string) => inTx(database.db, (tx) => mailCounts(tx, sweepId))
const auditsOf = async (sweepId: string) => {
  const { rows } = await database.pool.query(
    `SELECT kind, subject, detail FROM audit_event WHERE detail->>'sweep' = $1 ORDER BY id`,
    [sweepId],
  )
  return rows
}
const once = (behaviour: Behaviour) => (message: number) => (message === 0 ? behaviour : undefined)

test('every mail is accepted once, by one recipient, with its own token and phrase', async () => {
  const server = await sink()
  const { sweepId, resets } = await stagedResets(50)
  const { deps } = depsFor(server.url)

  expect(await sendDue(deps, NEVER)).toEqual({ accepted: 50, deferred: 0, rejected: 0, unknown: 0 })

  expect(new Set(server.messages.map(({ rcpts }) => rcpts.join()))).toEqual(
    new Set(Array.from({ length: 50 }, (_, i) => `${sweepId}-${i + 1}@example.org`)),
  )
  for (const { rcpts, data } of server.messages) {
    expect(data).toContain(`To: ${rcpts[0]}\r\n`)
    expect(data).toContain(`phrase ${rcpts[0]?.split('-').at(-1)?.split('@')[0]}`)
  }
  const { rows } = await database.pool.query('SELECT token_hash FROM reset WHERE no = ANY($1)', [
    resets,
  ])
  const hashes = new Set(rows.map((row) => Buffer.from(row.token_hash).toString('hex')))
  for (const { data } of server.messages) {
    const [, token] = /reset\/([\w-]{43})/.exec(data.replaceAll('=\r\n', '')) ?? []
    expect(hashes.has(Buffer.from(sha256(token ?? '')).toString('hex'))).toBe(true)
  }
  expect((await auditsOf(sweepId)).map((row) => row.kind)).toEqual(Array(50).fill('mail.accepted'))
  const [row] = await rowsOf(sweepId)
  expect(row).toMatchObject({ status: 'accepted', attempts: 1, reply: '250 2.0.0 taken' })
  expect(await sendDue(deps, NEVER)).toMatchObject({ accepted: 0 })
})

test('a reminder carries a fresh token, and none is sent once the reset is done', async () => {
  const server = await sink()
  const { sweepId, accounts, resets } = await stagedResets(2)
  const { deps } = depsFor(server.url)
  await sendDue(deps, NEVER)
  await database.pool.query(`UPDATE reset SET status = 'cancelled' WHERE no = $1`, [resets[1]])
  await inTx(database.db, (tx) =>
    stageAll(
      tx,
      accounts.map((accountNo, i) => ({
        sweepId,
        accountNo,
        purpose: 'reminder' as const,
        resetNo: resets[i] ?? null,
      })),
    ),
  )
  expect(await sendDue(deps, NEVER)).toMatchObject({ accepted: 1 })
  const tokens = server.messages.map(
    ({ data }) => /reset\/([\w-]{43})/.exec(data.replaceAll('=\r\n', ''))?.[1] ?? '',
  )
  const { rows } = await database.pool.query('SELECT token_hash FROM reset WHERE no = $1', [
    resets[0],
  ])
  expect(new Set(tokens).size).toBe(3)
  expect(Buffer.from(rows[0].token_hash)).toEqual(Buffer.from(sha256(tokens[2] ?? '')))
  const states = (await rowsOf(sweepId)).map(({ purpose, status }) => `${purpose} ${status}`)
  expect(states).toEqual([
    'reset accepted',
    'reset accepted',
    'reminder accepted',
    'reminder withdrawn',
  ])
})

test('staging the same mail again changes nothing and names only what is new', async () => {
  const { sweepId, accounts, resets } = await stagedResets(2)
  const again = accounts.map((accountNo, i) => ({
    sweepId,
    accountNo,
    purpose: 'reset' as const,
    resetNo: resets[i] ?? null,
  }))
  const notice = {
    sweepId,
    accountNo: accounts[0] ?? 0n,
    purpose: 'notice' as const,
    resetNo: null,
  }
  expect(await inTx(database.db, (tx) => stageAll(tx, [...again, notice]))).toEqual([accounts[0]])
})

/** Asks for the final dot only when the server is gone: nobody can say before which of the two came first. */
function untilGone(transport: SmtpTransport, server: Sink): SmtpTransport {
  const end = async (permits: SmtpPermits) => {
    while (server.underWay > 0) await pause(1)
    return permits.end()
  }
  return {
    ...transport,
    deliver: (message, permits) =>
      transport.deliver(message, { ...permits, end: () => end(permits) }),
  }
}

describe('where the connection is lost decides what is known', () => {
  test.each<[string, Behaviour, string]>([
    ['before the sender', { at: 'mail', answer: 'drop' }, 'staged'],
    ['before the recipient', { at: 'rcpt', answer: 'drop' }, 'staged'],
    ['before the data', { at: 'data', answer: 'drop' }, 'staged'],
    ['within the message', { at: 'body', answer: 'drop' }, 'staged'],
    ['after the final dot', { at: 'dot', answer: 'drop' }, 'unknown'],
  ])('%s: %o → %s', async (_where, behaviour, status) => {
    const server = await sink({ behave: once(behaviour) })
    const { sweepId, accounts } = await stagedResets(1)
    const { deps, undeliverable } = depsFor(server.url)
    if (behaviour.at === 'body') deps.transport = untilGone(deps.transport, server)
    await sendDue(deps, NEVER)
    const [row] = await rowsOf(sweepId)
    expect(row).toMatchObject({ status, attempts: 1 })
    expect(server.accepted).toBe(0)
    if (status === 'staged') {
      expect(row!.notBefore.getTime()).toBeGreaterThan(Date.now() + 60_000)
      expect(undeliverable).toEqual([])
    } else {
      expect(undeliverable).toEqual([{ mailNo: row!.no, accountNo: accounts[0], sweepId, status }])
      expect((await auditsOf(sweepId)).map((audit) => audit.kind)).toEqual(['mail.unknown'])
      expect(await sendDue(deps, NEVER)).toMatchObject({ accepted: 0 })
    }
  })
})

describe('what the server answers decides what happens next', () => {
  test.each<[string, Behaviour, string, string]>([
    [
      'a greylisted recipient waits',
      { at: 'rcpt', answer: '451 4.7.1 later' },
      'staged',
      '451 4.7.1 later',
    ],
    ['a full queue waits', { at: 'dot', answer: '452 4.3.1 full' }, 'staged', '452 4.3.1 full'],
    [
      'a refused sender for now waits',
      { at: 'mail', answer: '421 4.3.2 closing' },
      'staged',
      '421 4.3.2 closing',
    ],
    [
      'an unknown recipient goes to people',
      { at: 'rcpt', answer: '550 5.1.1 no such user' },
      'rejected',
      '550 5.1.1 no such user',
    ],
    [
      'refused content goes to people',
      { at: 'dot', answer: '554 5.7.1 spam' },
      'rejected',
      '554 5.7.1 spam',
    ],
  ])('%s', async (_rule, behaviour, status, reply) => {
    const server = await sink({ behave: once(behaviour) })
    const { sweepId } = await stagedResets(1)
    const { deps, undeliverable } = depsFor(server.url)
    await sendDue(deps, NEVER)
    expect(await rowsOf(sweepId)).toMatchObject([{ status, reply }])
    expect(undeliverable).toHaveLength(status === 'rejected' ? 1 : 0)
  })
  test('no stored reply names the person', async () => {
    const server = await sink({
      behave: (_n, rcpt) => ({ at: 'rcpt', answer: `550 <${rcpt}> is gone` }),
    })
    const { sweepId } = await stagedResets(1)
    await sendDue(depsFor(server.url).deps, NEVER)
    expect(await rowsOf(sweepId)).toMatchObject([{ reply: '550 <[address]> is gone' }])
  })
  test('a sender that the server refuses for good loses nothing', async () => {
    const server = await sink({ behave: () => ({ at: 'mail', answer: '530 5.7.0 log in first' }) })
    const { sweepId } = await stagedResets(3)
    await expect(sendDue(depsFor(server.url).deps, NEVER)).rejects.toMatchObject({
      code: 'mail_transport_refused',
      detail: expect.stringContaining('530 5.7.0'),
    })
    expect(await rowsOf(sweepId)).toMatchObject(Array(3).fill({ status: 'staged', attempts: 0 }))
  })
  test.each([
    ['nobody listens', async () => 'smtp://127.0.0.1:1', 'ESOCKET'],
    [
      'the password is wrong',
      async () => (await sink({ extensions: ['AUTH PLAIN'] })).url.replace('://', '://me:no@'),
      '535 5.7.8',
    ],
    [
      'the server greets with a refusal',
      async () =>
        (await sink({ behave: () => ({ at: 'greeting', answer: '554 5.7.1 go away' }) })).url,
      '554 5.7.1',
    ],
  ])('when %s, nothing is lost and the refusal says what to do', async (_when, urlOf, said) => {
    const { sweepId } = await stagedResets(5)
    const refused = sendDue(depsFor(await urlOf()).deps, NEVER)
    await expect(refused).rejects.toMatchObject({
      code: 'mail_transport_refused',
      detail: expect.stringContaining(said),
    })
    await expect(refused).rejects.not.toMatchObject({ detail: expect.stringContaining('@') })
    expect(await rowsOf(sweepId)).toMatchObject(Array(5).fill({ status: 'staged', attempts: 0 }))
  })
  test('a server that nobody answers at is known at once, however many connections would try', async () => {
    await stagedResets(1)
    const startedAt = performance.now()
    const refused = sendDue(depsFor('smtp://127.0.0.1:1', 20).deps, NEVER)
    await expect(refused).rejects.toMatchObject({ code: 'mail_transport_refused' })
    expect(performance.now() - startedAt).toBeLessThan(5_000) // a round of the supply each would be 15 s
  })
  test('when the server takes fewer connections than we would open, the others send all', async () => {
    const server = await sink({
      behave: (n, rcpt) =>
        n >= 2 && rcpt === undefined && server.connections >= 2
          ? { at: 'greeting', answer: '421 too many' }
          : undefined,
    })
    const { sweepId } = await stagedResets(20)
    await sendDue(depsFor(server.url, 8).deps, NEVER)
    expect(await countsOf(sweepId)).toMatchObject({ accepted: 20 })
  })
})

describe('the valve', () => {
  test('closed before: nothing is claimed', async () => {
    const server = await sink()
    const { sweepId } = await stagedResets(3)
    await closeValve(database, { reason: 'stop', actor: 'os:ana' })
    expect(await sendDue(depsFor(server.url).deps, NEVER)).toMatchObject({ accepted: 0 })
    expect(await rowsOf(sweepId)).toMatchObject(Array(3).fill({ status: 'staged', attempts: 0 }))
    expect(server.connections).toBe(0)
  })

  test('closed in the middle of a run: no further dot, nothing unknown, the rest still staged', async () => {
    const server = await sink({ dotDelayMs: 5 })
    const { sweepId } = await stagedResets(400)
    const { deps } = depsFor(server.url, 8)
    const run = sendDue(deps, NEVER)
    while (server.dots < 50) await new Promise((resolve) => setTimeout(resolve, 1))
    await closeValve(database, { reason: 'stop', actor: 'os:ana' })
    const closedAtMs = Date.now()
    const counts = await run
    expect(counts).toMatchObject({ deferred: 0, rejected: 0, unknown: 0 })
    const late = server.messages.filter(({ dotAtMs }) => dotAtMs > closedAtMs + 250)
    expect(late).toEqual([])
    expect(await countsOf(sweepId)).toMatchObject({
      accepted: server.accepted,
      staged: 400 - server.accepted,
      sending: 0,
      unknown: 0,
    })
    await openValve({ ...database, fourEyes: false }, { reason: 'go on', actor: 'os:ben' })
    await sendDue(deps, NEVER)
    expect(new Set(server.messages.map(({ rcpts }) => rcpts[0])).size).toBe(400)
    expect(server.accepted).toBe(400)
  })

  test('turning it twice changes and records it once', async () => {
    const turn = { reason: 'once', actor: 'os:ana' }
    const turned = await Promise.all([closeValve(database, turn), closeValve(database, turn)])
    expect(turned.sort()).toEqual([false, true])
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM audit_event WHERE kind = 'valve.closed' AND detail->>'reason' = 'once'`,
    )
    expect(rows[0].n).toBe(1)
    expect(await inTx(database.db, valveState)).toMatchObject({ state: 'closed', reason: 'once' })
  })

  test.each<[string, Partial<MailDeps>, string]>([
    [
      'bytes are not what they must be',
      { mint: async (_tx, nos) => new Map(nos.map((no) => [no, 'no token'])) },
      'token_missing',
    ],
    [
      'envelope does not have one recipient',
      { transport: { connections: 1, deliver: async () => ({ kind: 'miscounted' }), close() {} } },
      'recipients_miscounted',
    ],
  ])(
    'closes by itself when the %s; that mail goes to people, the rest waits',
    async (_what, over, problem) => {
      const server = await sink()
      const { sweepId } = await stagedResets(5)
      const { deps, undeliverable } = depsFor(server.url, 1, over)
      await sendDue(deps, NEVER)
      expect(undeliverable).toHaveLength(1)
      expect(server.dots).toBe(0)
      expect(await countsOf(sweepId)).toMatchObject({ rejected: 1, staged: 4, accepted: 0 })
      expect(await inTx(database.db, valveState)).toMatchObject({
        state: 'closed',
        reason: `mail gate: ${problem}`,
        changedBy: 'cordon',
      })
    },
  )
})

test('two senders at once send everything once', async () => {
  const server = await sink()
  const { sweepId } = await stagedResets(300)
  const [one, two] = [depsFor(server.url), depsFor(server.url)]
  const both = await Promise.all([sendDue(one.deps, NEVER), sendDue(two.deps, NEVER)])
  expect(both[0].accepted + both[1].accepted).toBe(300)
  expect(server.accepted).toBe(300)
  expect(new Set(server.messages.map(({ rcpts }) => rcpts[0])).size).toBe(300)
  expect(await countsOf(sweepId)).toMatchObject({ accepted: 300 })
})

describe('a sender that dies', () => {
  const expireLeases = () =>
    database.pool.query(
      `UPDATE mail SET lease_until = now() - interval '1 second' WHERE status = 'sending'`,
    )

  test('after the stamp leaves the mail unknown, and a late end of it counts for nothing', async () => {
    const server = await sink({ behave: once({ at: 'dot', answer: 'hang' }) })
    const { sweepId } = await stagedResets(1)
    const { deps, undeliverable } = depsFor(server.url)
    const run = sendDue(deps, NEVER)
    while (server.dots === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await expireLeases()
    expect(await recoverExpired(deps)).toEqual({ staged: 0, unknown: 1 })
    server.dropAll()
    expect(await run).toEqual({ accepted: 0, deferred: 0, rejected: 0, unknown: 0 })
    expect(await rowsOf(sweepId)).toMatchObject([{ status: 'unknown' }])
    expect(undeliverable).toHaveLength(1)
    expect((await auditsOf(sweepId)).map((row) => row.kind)).toEqual(['mail.unknown'])
  })

  test('before most of what it held was begun brings nobody nearer to being given up', async () => {
    const { sweepId } = await stagedResets(100)
    const { deps } = depsFor('smtp://127.0.0.1:1')
    await sortMail(database)
    const lanes = (await database.db.mailLane.findMany()).map(({ lane }) => lane)
    const claim = { lanes, limit: 100, horizonSeconds: 100, bulkShare: 1 }
    for (let crash = 0; crash < 12; crash += 1) {
      await claimMails(deps, { ...claim, owner: `owner ${crash}` })
      await expireLeases()
      await recoverExpired(deps)
    }
    const rows = await rowsOf(sweepId)
    expect(rows.filter(({ status }) => status === 'rejected')).toHaveLength(40) // a poisoned one is among them
    expect(
      rows.filter(({ status, attempts }) => status === 'staged' && attempts === 0),
    ).toHaveLength(60)
    await database.pool.query(`UPDATE mail SET status = 'withdrawn' WHERE status = 'staged'`)
    await database.pool.query(`UPDATE mail_lane SET next_at = 'epoch', bulk_next_at = 'epoch'`)
  })

  test('before the stamp leaves the mail to be sent again, and gets no stamp itself', async () => {
    const server = await sink({ behave: once({ at: 'data', answer: 'hang' }) })
    const { sweepId } = await stagedResets(1)
    const first = depsFor(server.url)
    const run = sendDue(first.deps, NEVER)
    while (server.transactions.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await expireLeases()
    expect(await sendDue(depsFor(server.url).deps, NEVER)).toMatchObject({ accepted: 1 })
    server.dropAll()
    await run
    expect(server.accepted).toBe(1)
    expect(await rowsOf(sweepId)).toMatchObject([{ status: 'accepted', attempts: 2 }])
  })
})

test('asked to stop, it finishes what has its dot and leaves the rest staged', async () => {
  const server = await sink({ dotDelayMs: 20 })
  const { sweepId } = await stagedResets(100)
  const stop = new AbortController()
  const run = sendDue(depsFor(server.url).deps, stop.signal)
  while (server.dots < 10) await new Promise((resolve) => setTimeout(resolve, 1))
  stop.abort()
  const { accepted } = await run
  expect(accepted).toBe(server.accepted)
  expect(await countsOf(sweepId)).toMatchObject({ accepted, staged: 100 - accepted, sending: 0 })
})

test('a withdrawn mail is not sent, even when a sender already holds it', async () => {
  const server = await sink({ dotDelayMs: 30 })
  const { sweepId } = await stagedResets(40)
  const run = sendDue(depsFor(server.url, 2).deps, NEVER)
  while (server.dots < 2) await new Promise((resolve) => setTimeout(resolve, 1))
  const taken = await inTx(database.db, (tx) => withdrawForSweep(tx, sweepId))
  await run
  expect(taken).toBeGreaterThan(30)
  expect(await countsOf(sweepId)).toMatchObject({ withdrawn: taken, accepted: 40 - taken })
  expect(server.accepted).toBe(40 - taken)
})

test('the mail of a reset that is no longer ordered is withdrawn', async () => {
  const server = await sink()
  const { sweepId, resets } = await stagedResets(2)
  await database.pool.query(`UPDATE reset SET status = 'cancelled' WHERE no = $1`, [resets[0]])
  await sendDue(depsFor(server.url).deps, NEVER)
  expect((await rowsOf(sweepId)).map(({ status }) => status)).toEqual(['withdrawn', 'accepted'])
})

test('an address that mail cannot be written to goes to people and stops nobody else', async () => {
  const server = await sink()
  const { sweepId, accounts } = await stagedResets(2)
  await database.pool.query(
    `UPDATE mail SET recipient = 'jürgen@example.org' WHERE account_no = $1`,
    [accounts[0]],
  )
  await sendDue(depsFor(server.url).deps, NEVER)
  expect(await rowsOf(sweepId)).toMatchObject([
    { status: 'rejected', reply: 'address: needs_smtputf8' },
    { status: 'accepted' },
  ])
})

test('a server that offers pipelining gets the same mail', async () => {
  const server = await sink({ extensions: ['PIPELINING', '8BITMIME', 'SIZE 10000000'] })
  const { sweepId } = await stagedResets(30)
  expect(await sendDue(depsFor(server.url).deps, NEVER)).toMatchObject({ accepted: 30 })
  expect(server.transactions.every(({ rcpts }) => rcpts.length === 1)).toBe(true)
  expect(await countsOf(sweepId)).toMatchObject({ accepted: 30 })
})

test('the embedded mailbox keeps every message and delivers nowhere', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'cordon-mailbox-'))
  closing.push(() => rm(dir, { recursive: true }))
  const mailbox = await startMailbox(dir)
  closing.push(mailbox.close)
  const { sweepId } = await stagedResets(5, { wantsLinks: false })
  expect(await sendDue(depsFor(mailbox.url).deps, NEVER)).toMatchObject({ accepted: 5 })
  const kept = await listMailbox(dir)
  expect(kept.map(({ recipient }) => recipient).sort()).toEqual(
    Array.from({ length: 5 }, (_, i) => `${sweepId}-${i + 1}@example.org`),
  )
  const ids = (await rowsOf(sweepId)).map(({ id }) => join(dir, `${id}.eml`))
  expect(kept.map(({ file }) => file).sort()).toEqual(ids.sort())
  const content = await readFile(kept[0]!.file, 'utf8')
  expect(content).toContain(`To: ${kept[0]!.recipient}`)
  expect(content).not.toContain('://')
  expect(await listMailbox(join(dir, 'none'))).toEqual([])
})
