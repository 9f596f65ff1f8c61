import { type MailDeps, sendDue } from '../../src/mail/jobs.js'
import { openValve, stageAll } from '../../src/mail/service.js'
import { type SpokenWaves, WAVES, type WavesPolicy } from '../../src/mail/waves/policy.js'
import { sendSeeds } from '../../src/mail/waves/seeding/jobs.js'
import type { SeedCopy } from '../../src/mail/waves/seeds.js'
import { heldBack, stepWaves, stopAll, type WaveDeps } from '../../src/mail/waves/service.js'
import { inTx } from '../../src/platform/db.js'
import { sha256 } from '../../src/platform/hash.js'
import { Secret } from '../../src/platform/secret.js'
import { openTransport } from '../../src/platform/smtp.js'
import { mintTokens } from '../../src/resets/service.js'
import { pauseSweep } from '../../src/sweeps/control/service.js'
import { dueChunks, executeChunk, stagingOf } from '../../src/sweeps/running/service.js'
import { type Behaviour, type Sink, startSink } from '../support/smtp-sink.js'
import {
  accounts,
  asOwner,
  aWorld,
  planned,
  risky,
  runAll,
  started,
  type World,
} from '../support/world.js'
import { SENDER } from '../unit/mail/fixtures.js'

const NEVER = new AbortController().signal
const LANES = ['north', 'south', 'east']

let world: World
const closing: (() => unknown)[] = []
beforeAll(async () => {
  world = await aWorld(20)
  for (const lane of LANES) {
    await world.pool.query(
      'INSERT INTO mail_lane (lane, rate, rate_cap, connections, connections_cap) VALUES ($1, 1e5, 1e5, 20, 20)',
      [lane],
    )
    await world.db.mailDomain.create({
      data: {
        domain: `${lane}.example`,
        lane,
        source: 'table',
        expiresAt: new Date(Date.now() + 1e9),
      },
    })
  }
})
afterAll(() => world.close())
beforeEach(() => openValve({ ...world, fourEyes: false }, { reason: 'test', actor: 'os:test' }))
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await world.pool.query(
    "UPDATE mail SET status = 'withdrawn' WHERE status IN ('staged', 'sending')",
  )
  await world.pool.query(
    'UPDATE mail_run SET begun_at = coalesce(begun_at, now()), ended_at = now()',
  )
})

type Story = { sweepId: string; ids: string[] }
type Told = { count?: number; seeds?: string[]; waves?: SpokenWaves; revision?: string }

let stories = 0
/** Accounts over three lanes and two languages, and a started sweep that resets all of them. */
async function aSweep(told: Told = {}): Promise<Story> {
  const { count = 300, seeds = [], waves = {}, revision = 'mailer 1' } = told
  stories += 1
  const people = Array.from({ length: count }, (_, index) => {
    const lane = LANES[index === count - 1 ? 2 : index % 2]
    const id = `s${stories}-${index}`
    const locale = index === count - 2 ? 'ja' : 'en'
    return { id, locale, address: `${id}@${lane}.example` }
  })
  await accounts(
    world,
    people.map(({ id, ...facts }) => risky(id, facts)),
  )
  const policy: WavesPolicy = {
    ...WAVES,
    holdSeconds: 0,
    gatherSeconds: 0,
    ...waves,
  } as WavesPolicy
  const planner = {
    ...world,
    mailRevision: revision,
    mailTerms: { ...world.mailTerms, waves: policy, seeds },
  }
  const lists = [people.map(({ address }) => `${address}\n`).join('')]
  const sweepId = await planned(planner, { title: `waves ${stories}`, lists })
  await started(planner, sweepId)
  return { sweepId, ids: people.map(({ id }) => id) }
}

async function aServer(behave?: (rcpt: string) => Behaviour | undefined): Promise<Sink> {
  const sink = await startSink({ behave: (_message, rcpt) => (rcpt ? behave?.(rcpt) : undefined) })
  closing.push(sink.close)
  return sink
}

function mailer(sink: Sink): MailDeps {
  const transport = openTransport(new Secret(sink.url), 8)
  closing.push(transport.close)
  return {
    ...world,
    sender: SENDER,
    transport,
    mint: (tx, resetNos) => mintTokens(tx, resetNos),
    onUndeliverable: async () => undefined,
  }
}

const deps = (over: Partial<WaveDeps> = {}): WaveDeps => ({
  ...world,
  stagingOf,
  returnsOf: async () => ({ failed: 0, complained: 0 }),
  seedCopiesOf: async () => [],
  ...over,
})
const step = (over: Partial<WaveDeps> = {}) => stepWaves(deps(over))

const wavesOf = (sweepId: string) =>
  world.db.mailWave.findMany({ where: { sweepId }, orderBy: { no: 'asc' } })
const auditOf = (sweepId: string, kind: string) =>
  world.db.auditEvent.findMany({
    where: { kind, subject: `sweep:${sweepId}` },
    orderBy: { id: 'asc' },
  })
const valveOf = (sweepId: string) =>
  world.db.valve.findUnique({ where: { scope: `sweep:${sweepId}` } })
const reopen = (sweepId: string) =>
  world.db.valve.update({ where: { scope: `sweep:${sweepId}` }, data: { state: 'open' } })
const stateOf = async (sweepId: string) => {
  const mails = await world.db.mail.findMany({ where: { sweepId }, orderBy: { no: 'asc' } })
  return { mails, inWave: (no: number | null) => mails.filter(({ wave }) => wave === no) }
}

test('the mass of a sweep’s mail leaves in waves, the most endangered first', async () => {
  const { sweepId } = await aSweep()
  await runAll(world, sweepId)
  const server = await aServer()
  const mail = mailer(server)

  expect(await sendDue(mail, NEVER)).toMatchObject({ accepted: 0 })
  expect(await heldBack(world.db, sweepId)).toEqual({ mails: 300, stopped: null })

  const sizes: number[] = []
  while (await step()) sizes.push((await sendDue(mail, NEVER)).accepted)
  expect(sizes).toEqual([50, 30, 60, 90, 70])
  expect(server.accepted).toBe(300)

  const { mails, inWave } = await stateOf(sweepId)
  expect(mails.every(({ status }) => status === 'accepted')).toBe(true)
  const last = (no: number) => Math.max(...inWave(no).map((each) => Number(each.no)))
  const first = (no: number) => Math.min(...inWave(no).map((each) => Number(each.no)))
  for (const no of [1, 2, 3]) expect(last(no)).toBeLessThan(first(no + 1))
  const waves = await wavesOf(sweepId)
  expect(waves.map(({ no, mails: size }) => [no, size])).toEqual(
    sizes.map((size, no) => [no, size]),
  )
  expect(waves.every(({ verifiedAt }) => verifiedAt !== null)).toBe(true)
  expect(await auditOf(sweepId, 'mail.wave_released')).toMatchObject(
    sizes.map((size, no) => ({ detail: { wave: no, mails: size } })),
  )
  expect(await auditOf(sweepId, 'mail.wave_verified')).toHaveLength(5)
  expect((await world.db.mailRun.findUniqueOrThrow({ where: { sweepId } })).endedAt).not.toBeNull()
})

test('the canary covers every lane and language, however late they come', async () => {
  const { sweepId, ids } = await aSweep()
  await runAll(world, sweepId)
  await step()
  const canary = (await stateOf(sweepId)).inWave(0)
  expect(canary).toHaveLength(50)
  expect(new Set(canary.map(({ lane }) => lane))).toEqual(new Set(LANES))
  const late = await world.db.account.findMany({ where: { id: { in: ids.slice(-2) } } })
  const numbers = new Set(canary.map(({ accountNo }) => accountNo))
  expect(late.every(({ no }) => numbers.has(no))).toBe(true)
})

test('the canary is watched before anything follows it', async () => {
  const { sweepId } = await aSweep({ waves: { holdSeconds: 600 } })
  await runAll(world, sweepId)
  const mail = mailer(await aServer())
  await step()
  await sendDue(mail, NEVER)
  await step()
  await step()
  expect(await wavesOf(sweepId)).toMatchObject([{ no: 0, verifiedAt: null }])
  const tenMinutes =
    "UPDATE mail_wave SET ended_at = ended_at - interval '10 minutes' WHERE sweep_id = $1"
  await asOwner(world, tenMinutes, [sweepId])
  expect(await step()).toBe(true)
  expect(await wavesOf(sweepId)).toMatchObject([{ no: 0 }, { no: 1, mails: 30 }])
})

test('a wave waits for mails that were put off, and no longer than patience', async () => {
  const { sweepId } = await aSweep({ waves: { patienceSeconds: 1_800 } })
  await runAll(world, sweepId)
  const mail = mailer(
    await aServer((rcpt) =>
      /-[01]@/.test(rcpt) ? { at: 'rcpt', answer: '451 4.7.1 later' } : undefined,
    ),
  )
  await step()
  expect(await sendDue(mail, NEVER)).toMatchObject({ accepted: 48, deferred: 2 })
  expect(await step()).toBe(false)
  await asOwner(
    world,
    "UPDATE mail_wave SET released_at = released_at - interval '30 minutes' WHERE sweep_id = $1",
    [sweepId],
  )
  expect(await step()).toBe(true)
  expect(await wavesOf(sweepId)).toHaveLength(2)
})

test('of several processes that look at once one lets the wave go', async () => {
  const { sweepId } = await aSweep()
  await runAll(world, sweepId)
  const stepped = await Promise.all([1, 2, 3, 4, 5, 6].map(() => step()))
  expect(stepped.filter(Boolean)).toHaveLength(1)
  expect(await wavesOf(sweepId)).toHaveLength(1)
  expect(await auditOf(sweepId, 'mail.wave_released')).toHaveLength(1)
})

test('waves go while the sweep still runs, and none before it is full', async () => {
  const { sweepId } = await aSweep({ count: 400 })
  const [hold] = await dueChunks(world.db, sweepId)
  await executeChunk(world, sweepId, hold?.no ?? 0)
  const [canary] = await dueChunks(world.db, sweepId)
  await executeChunk(world, sweepId, canary?.no ?? 0)
  const mail = mailer(await aServer())
  expect(await step()).toBe(true)
  await sendDue(mail, NEVER)
  expect(await step()).toBe(false)
  expect(await wavesOf(sweepId)).toMatchObject([{ no: 0, mails: 50 }])
  await runAll(world, sweepId)
  expect(await step()).toBe(true)
  expect(await wavesOf(sweepId)).toMatchObject([{ no: 0 }, { no: 1, mails: 40 }])
})

test('who was reset before a sweep was paused is told all the same', async () => {
  const { sweepId } = await aSweep({ count: 400 })
  const [hold] = await dueChunks(world.db, sweepId)
  await executeChunk(world, sweepId, hold?.no ?? 0)
  const [canary] = await dueChunks(world.db, sweepId)
  await executeChunk(world, sweepId, canary?.no ?? 0)
  await pauseSweep(world, sweepId, { actor: 'os:test', reason: 'look' })
  const mail = mailer(await aServer())
  while (await step()) await sendDue(mail, NEVER)
  const { mails } = await stateOf(sweepId)
  expect(mails).toHaveLength(50)
  expect(mails.every(({ status }) => status === 'accepted')).toBe(true)
  expect((await world.db.mailRun.findUniqueOrThrow({ where: { sweepId } })).endedAt).toBeNull()
})

test('carrying out a decision of people waits for no wave', async () => {
  const { sweepId, ids } = await aSweep({ count: 60 })
  const [one] = await world.db.account.findMany({ where: { id: ids[0] ?? '' } })
  const accountNo = one?.no ?? 0n
  const mails = [
    { sweepId: 'case:1:1', accountNo, purpose: 'reset' as const, resetNo: null },
    { sweepId: 'wat_1', accountNo, purpose: 'reset' as const, resetNo: null },
    { sweepId, accountNo, purpose: 'confirmation' as const, resetNo: null },
  ]
  await inTx(world.db, (tx) => stageAll(tx, mails))
  const staged = await world.db.mail.findMany({ where: { accountNo } })
  expect(staged.map(({ wave }) => wave)).toEqual([0, 0, 0])
})

describe('what stops a sweep’s mail', () => {
  const refusing = (share: RegExp) =>
    aServer((rcpt) =>
      share.test(rcpt) ? { at: 'rcpt', answer: '550 5.1.1 no such mailbox' } : undefined,
    )

  test('mailboxes that do not exist, as soon as they are too many of a wave', async () => {
    const { sweepId } = await aSweep()
    const other = await aSweep({ count: 30 })
    await runAll(world, sweepId)
    await runAll(world, other.sweepId)
    const mail = mailer(await refusing(new RegExp(`s${stories - 1}-\\d*7@`)))
    await step()
    await sendDue(mail, NEVER)
    await step()
    expect(await valveOf(sweepId)).toMatchObject({
      state: 'closed',
      changedBy: 'cordon',
      reason: expect.stringMatching(/^\d+ of 50 mails of the canary were refused for good/),
    })
    expect(await wavesOf(sweepId)).toMatchObject([{ no: 0, stopReason: expect.any(String) }])
    expect(await auditOf(sweepId, 'mail.stopped')).toHaveLength(1)
    const closed = { kind: 'valve.closed', subject: `valve:sweep:${sweepId}` }
    expect(await world.db.auditEvent.count({ where: closed })).toBe(1)
    expect(await heldBack(world.db, sweepId)).toMatchObject({
      mails: 250,
      stopped: expect.any(String),
    })

    while (await step()) await sendDue(mail, NEVER)
    expect(await wavesOf(sweepId)).toHaveLength(1)
    const others = await stateOf(other.sweepId)
    expect(others.mails.every(({ status }) => status === 'accepted')).toBe(true)
  })

  test('opened again, it goes on, and stops only for something new', async () => {
    const { sweepId } = await aSweep()
    await runAll(world, sweepId)
    const mail = mailer(await refusing(new RegExp(`s${stories}-(3|101)@`)))
    await step()
    await sendDue(mail, NEVER)
    await step()
    expect(await valveOf(sweepId)).toMatchObject({ state: 'closed' })
    await reopen(sweepId)
    expect(await step()).toBe(true)
    expect((await wavesOf(sweepId)).length).toBe(2)
    while (await step()) await sendDue(mail, NEVER)
    expect(await auditOf(sweepId, 'mail.stopped')).toHaveLength(1)
  })

  test('somebody who reports a mail of the canary as unwanted', async () => {
    const { sweepId } = await aSweep()
    await runAll(world, sweepId)
    await step()
    await sendDue(mailer(await aServer()), NEVER)
    const complained = async (_tx: unknown, _sweep: string, wave: number) => ({
      failed: 0,
      complained: wave === 0 ? 1 : 0,
    })
    await step({ returnsOf: complained })
    expect(await valveOf(sweepId)).toMatchObject({
      state: 'closed',
      reason: 'Somebody reported a mail of the canary as unwanted.',
    })
  })

  test('bounces that come back later count with those that came at once', async () => {
    const { sweepId } = await aSweep()
    await runAll(world, sweepId)
    await step()
    await sendDue(mailer(await aServer()), NEVER)
    await step({ returnsOf: async () => ({ failed: 1, complained: 0 }) })
    expect(await valveOf(sweepId)).toMatchObject({ reason: expect.stringContaining('1 of 50') })
  })

  test('a mail server that refuses us for good', async () => {
    const { sweepId } = await aSweep({ count: 60 })
    await runAll(world, sweepId)
    const reason = 'The mail server mail.example:587 does not take mail: answer 535 5.7.8.'
    expect(await stopAll(world, reason)).toBe(1)
    expect(await stopAll(world, reason)).toBe(0)
    expect(await valveOf(sweepId)).toMatchObject({ state: 'closed', reason })
    expect(await step()).toBe(false)
    expect(await auditOf(sweepId, 'mail.stopped')).toHaveLength(1)
  })

  test('a mailer that nobody approved, until people open the valve for it', async () => {
    const { sweepId } = await aSweep({ count: 60 })
    await runAll(world, sweepId)
    expect(await step({ mailRevision: 'mailer 2' })).toBe(false)
    expect(await valveOf(sweepId)).toMatchObject({
      state: 'closed',
      reason: expect.stringContaining('not the one that was approved'),
    })
    expect(await wavesOf(sweepId)).toEqual([])
    await reopen(sweepId)
    expect(await step({ mailRevision: 'mailer 2' })).toBe(true)
    expect(await wavesOf(sweepId)).toHaveLength(1)
  })
})

describe('seed mailboxes', () => {
  const SEEDS = ['one@seed.example', 'two@seed.example']
  const copiesAt =
    (server: Sink, problem: string | null = null): WaveDeps['seedCopiesOf'] =>
    async (_tx, ids) =>
      ids.flatMap((mailId): SeedCopy[] =>
        server.messages.some(({ data }) => data.includes(`X-Cordon-Mail: ${mailId}`))
          ? [{ mailId, ok: problem === null, problem }]
          : [],
      )

  test('each wave ends with a copy to each, and the next waits until they are right', async () => {
    const { sweepId } = await aSweep({ seeds: SEEDS, count: 60 })
    await runAll(world, sweepId)
    const server = await aServer()
    const mail = mailer(server)
    const seedCopiesOf = copiesAt(server)
    await step({ seedCopiesOf })
    await sendDue(mail, NEVER)
    expect(await step({ seedCopiesOf })).toBe(true)
    expect(await step({ seedCopiesOf })).toBe(false)
    expect(await wavesOf(sweepId)).toMatchObject([{ no: 0, verifiedAt: null }])
    expect(await sendSeeds(mail, NEVER)).toBe(2)
    expect(await sendSeeds(mail, NEVER)).toBe(0)
    expect(await step({ seedCopiesOf })).toBe(true)
    expect(await wavesOf(sweepId)).toMatchObject([
      { no: 0, verifiedAt: expect.any(Date) },
      { no: 1 },
    ])
    expect(await auditOf(sweepId, 'mail.seed_sent')).toHaveLength(2)
    expect(await auditOf(sweepId, 'mail.wave_verified')).toMatchObject([{ detail: { seeds: 2 } }])

    const copies = server.messages.filter(({ rcpts }) => rcpts.some((rcpt) => SEEDS.includes(rcpt)))
    expect(copies.map(({ rcpts }) => rcpts).sort()).toEqual(SEEDS.map((seed) => [seed]))
    for (const { data } of copies) {
      const [, token = ''] = /reset\/([\w-]{43})/.exec(data.replaceAll('=\r\n', '')) ?? []
      expect(token).not.toBe('')
      const hash = sha256(token)
      expect(await world.db.reset.count({ where: { tokenHash: hash } })).toBe(0)
    }
    const accountsMailed = await world.db.mail.count({ where: { sweepId } })
    expect(accountsMailed).toBe(60)
  })

  test.each([['a copy that is not right', 'two mailboxes in To', 'two mailboxes in To']])(
    '%s stops the sweep’s mail',
    async (_rule, problem, says) => {
      const { sweepId } = await aSweep({ seeds: SEEDS, count: 60 })
      await runAll(world, sweepId)
      const server = await aServer()
      const mail = mailer(server)
      const seedCopiesOf = copiesAt(server, problem)
      await step({ seedCopiesOf })
      await sendDue(mail, NEVER)
      await step({ seedCopiesOf })
      await sendSeeds(mail, NEVER)
      expect(await step({ seedCopiesOf })).toBe(false)
      expect(await valveOf(sweepId)).toMatchObject({ reason: expect.stringContaining(says) })
    },
  )

  test('a copy that does not come stops it after a while', async () => {
    const { sweepId } = await aSweep({ seeds: SEEDS, count: 60 })
    await runAll(world, sweepId)
    const mail = mailer(await aServer())
    await step()
    await sendDue(mail, NEVER)
    await step()
    await sendSeeds(mail, NEVER)
    expect(await step()).toBe(false)
    expect(await valveOf(sweepId)).toBeNull()
    await asOwner(
      world,
      "UPDATE mail_wave SET ended_at = ended_at - interval '15 minutes' WHERE sweep_id = $1",
      [sweepId],
    )
    expect(await step()).toBe(false)
    expect(await valveOf(sweepId)).toMatchObject({
      reason: expect.stringContaining('2 of 2 seed mailboxes did not get their copy'),
    })
  })

  test('behind the closed valve no copy leaves either', async () => {
    const { sweepId } = await aSweep({ seeds: SEEDS, count: 60 })
    await runAll(world, sweepId)
    const server = await aServer()
    const mail = mailer(server)
    await step()
    await sendDue(mail, NEVER)
    await step()
    await stopAll(world, 'people look')
    expect(await sendSeeds(mail, NEVER)).toBe(0)
    expect(server.accepted).toBe(50)
  })

  test('a sender that died with a copy after its dot leaves it unknown, and it is not sent again', async () => {
    const { sweepId } = await aSweep({ seeds: SEEDS.slice(0, 1), count: 60 })
    await runAll(world, sweepId)
    const server = await aServer()
    const mail = mailer(server)
    await step()
    await sendDue(mail, NEVER)
    await step()
    await asOwner(
      world,
      `UPDATE mail_seed SET status = 'sending', lease_owner = 'dead', body_at = now(),
         lease_until = now() - interval '1 second' WHERE sweep_id = $1`,
      [sweepId],
    )
    expect(await sendSeeds(mail, NEVER)).toBe(0)
    const [seed] = await world.db.mailSeed.findMany({ where: { sweepId } })
    expect(seed?.status).toBe('unknown')
  })
})
