import { setTimeout as pause } from 'node:timers/promises'
import { findLiveSession, holdAll, openSession } from '../../src/accounts/service.js'
import { inTx } from '../../src/platform/db.js'
import { orderAll } from '../../src/resets/service.js'
import { DEFAULT_POLICY } from '../../src/scoring/default-policy.js'
import type { Effect } from '../../src/scoring/policy.js'
import { abortSweep, getSweep, pauseSweep, resumeSweep } from '../../src/sweeps/control/service.js'
import { sweepReport } from '../../src/sweeps/report/service.js'
import { type ChunkJob, reconcile, runChunk } from '../../src/sweeps/running/jobs.js'
import { dueChunks, executeChunk, sweepProgress } from '../../src/sweeps/running/service.js'
import {
  accounts,
  asOwner,
  aWorld,
  hostile,
  linesOf,
  noOf,
  outcomesOf,
  planned,
  risky,
  runAll,
  safe,
  started,
  type World,
} from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await aWorld(30)
})
afterAll(() => world.close())

const ids = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(4, '0')}`)

/** A started sweep over unprotected accounts: hold, canary of 50, and the rest. */
async function running(prefix: string, count: number): Promise<string> {
  await accounts(
    world,
    ids(prefix, count).map((id) => risky(id)),
  )
  return started(
    world,
    await planned(world, { title: prefix, lists: [linesOf(ids(prefix, count))] }),
  )
}

const statusOf = async (sweepId: string) => (await getSweep(world.db, sweepId)).status
const standing = async (id: string) =>
  world.db.standing.findUnique({ where: { accountNo: await noOf(world, id) } })
const audited = (kind: string, subject: string) =>
  world.db.auditEvent.count({ where: { kind, subject } })
const outcomeCount = (sweepId: string) => world.db.outcome.count({ where: { sweepId } })

/** Everything a sweep set in motion, to compare before and after. */
async function footprint(sweepId: string) {
  const where = { where: { sweepId } }
  const [outcomes, resets, mails, cases, events] = await Promise.all([
    world.db.outcome.count(where),
    world.db.reset.count(where),
    world.db.mail.count(where),
    world.db.reviewCase.count(where),
    world.db.auditEvent.count({ where: { detail: { path: ['sweep'], equals: sweepId } } }),
  ])
  return { outcomes, resets, mails, cases, events }
}

test('a sweep does to each account what its plan says, once, and to nobody else anything', async () => {
  await accounts(world, [
    risky('all-reset'),
    risky('all-attacked'),
    safe('all-entered'),
    safe('all-targeted'),
    safe('all-listed'),
    risky('all-bystander'),
  ])
  await hostile(world, 'all-attacked', { times: 10 })
  await hostile(world, 'all-targeted', { times: 10 })
  await hostile(world, 'all-entered')
  await hostile(world, 'all-entered', { succeeded: true })
  const session = await inTx(world.db, async (tx) =>
    openSession(tx, await noOf(world, 'all-reset'), 0),
  )
  const calm = await inTx(world.db, async (tx) =>
    openSession(tx, await noOf(world, 'all-bystander'), 0),
  )
  const listed = ['all-reset', 'all-attacked', 'all-entered', 'all-targeted', 'all-listed']
  const sweepId = await started(
    world,
    await planned(world, { title: 'all kinds', lists: [linesOf(listed)] }),
  )
  await runAll(world, sweepId)

  expect(await statusOf(sweepId)).toBe('finished')
  expect(await outcomesOf(world, sweepId)).toEqual({
    'all-reset': 'reset_ordered',
    'all-attacked': 'reset_ordered',
    'all-entered': 'reset_ordered',
    'all-targeted': 'review_opened',
    'all-listed': 'notified',
  })
  for (const id of ['all-reset', 'all-attacked', 'all-entered']) {
    expect(await standing(id)).toMatchObject({
      passwordUsable: false,
      valueHeld: true,
      sessionEpoch: 1,
    })
    expect(await audited('account.held', `account:${id}`)).toBe(1)
    expect(await audited('reset.ordered', `account:${id}`)).toBe(1)
  }
  expect(
    session && (await inTx(world.db, (tx) => findLiveSession(tx, session.token))),
  ).toBeUndefined()
  const mails = await world.db.mail.findMany({ where: { sweepId }, orderBy: { recipient: 'asc' } })
  expect(mails.map(({ recipient, purpose }) => `${purpose} ${recipient}`)).toEqual([
    'reset all-attacked@shop.example',
    'reset all-entered@shop.example',
    'notice all-listed@shop.example',
    'reset all-reset@shop.example',
  ])
  const cases = await world.db.reviewCase.findMany({ where: { sweepId }, orderBy: { rank: 'asc' } })
  expect(cases.map(({ tier }) => tier)).toEqual(['takeover', 'attacked', 'targeted'])
  expect(await standing('all-targeted')).toBeNull()
  expect(await standing('all-listed')).toBeNull()

  expect(await standing('all-bystander')).toBeNull()
  expect(calm && (await inTx(world.db, (tx) => findLiveSession(tx, calm.token)))).toBe(
    await noOf(world, 'all-bystander'),
  )
  expect(await world.db.auditEvent.count({ where: { subject: 'account:all-bystander' } })).toBe(0)
})

test('who is held and not reset is told of the hold, and gets no notice beside it', async () => {
  await accounts(world, [risky('hold-a'), risky('hold-b'), safe('hold-c')])
  const policy = {
    ...DEFAULT_POLICY,
    name: 'hold-only',
    tiers: DEFAULT_POLICY.tiers.map((tier) =>
      tier.name === 'unprotected' ? { ...tier, effects: ['hold', 'notify'] as Effect[] } : tier,
    ),
  }
  const lists = [linesOf(['hold-a', 'hold-b', 'hold-c'])]
  const sweepId = await started(world, await planned(world, { title: 'hold only', lists, policy }))
  await runAll(world, sweepId)
  expect(await outcomesOf(world, sweepId)).toEqual({
    'hold-a': 'held',
    'hold-b': 'held',
    'hold-c': 'notified',
  })
  const mails = await world.db.mail.findMany({ where: { sweepId }, orderBy: { recipient: 'asc' } })
  expect(mails.map(({ recipient, purpose }) => `${purpose} ${recipient}`)).toEqual([
    'hold hold-a@shop.example',
    'hold hold-b@shop.example',
    'notice hold-c@shop.example',
  ])
  expect(await audited('mail.staged', 'account:hold-a')).toBe(1)
  expect(await standing('hold-a')).toMatchObject({ passwordUsable: true, valueHeld: true })
  const report = await sweepReport(world.db, sweepId, { transport: 'smtp' })
  expect(report.checks.filter(({ holds }) => !holds)).toEqual([])
})

test('value is held everywhere before the first password dies', async () => {
  const sweepId = await running('first', 120)
  const [hold] = await dueChunks(world.db, sweepId)
  expect(await executeChunk(world, sweepId, hold!.no + 1)).toBe(false)
  expect(await executeChunk(world, sweepId, hold!.no)).toBe(true)
  const [held] = await world.db.$queryRaw<{ held: number; killed: number }[]>`
    SELECT count(*) FILTER (WHERE value_held)::int AS held, count(*) FILTER (WHERE NOT password_usable)::int AS killed
    FROM standing JOIN account ON no = account_no WHERE id LIKE 'first-%'`
  expect(held).toEqual({ held: 120, killed: 0 })
  expect((await sweepProgress(world.db, sweepId)).holdsDone).toBe(true)
})

test('the canary is done before the rest begins', async () => {
  const sweepId = await running('canary', 120)
  const chunks = await world.db.chunk.findMany({ where: { sweepId }, orderBy: { no: 'asc' } })
  expect(chunks.map(({ phase }) => phase)).toEqual(['hold', 'canary', 'act'])
  await executeChunk(world, sweepId, 1)
  expect(await executeChunk(world, sweepId, 3)).toBe(false)
  await executeChunk(world, sweepId, 2)
  expect(await outcomeCount(sweepId)).toBe(50)
  expect(await executeChunk(world, sweepId, 3)).toBe(true)
  expect(await outcomeCount(sweepId)).toBe(120)
})

test('a chunk that runs twice has run once', async () => {
  const sweepId = await running('twice', 60)
  for (const no of [1, 2, 3]) {
    expect(await executeChunk(world, sweepId, no)).toBe(true)
    const after = await footprint(sweepId)
    expect(await executeChunk(world, sweepId, no)).toBe(false)
    expect(await footprint(sweepId)).toEqual(after)
  }
  expect(await outcomeCount(sweepId)).toBe(60)
})

test('of eight workers who run the same chunk at once one does', async () => {
  const sweepId = await running('race', 60)
  for (const no of [1, 2, 3]) {
    const ran = await Promise.all(Array.from({ length: 8 }, () => executeChunk(world, sweepId, no)))
    expect(ran.filter(Boolean)).toHaveLength(1)
  }
  expect(await footprint(sweepId)).toMatchObject({ outcomes: 60, resets: 60, mails: 60 })
  const epochs = await world.db.standing.findMany({ where: { sessionEpoch: { gt: 1 } } })
  expect(epochs).toEqual([])
  expect(await statusOf(sweepId)).toBe('finished')
  expect(await audited('sweep.finished', `sweep:${sweepId}`)).toBe(1)
})

test('a second factor enrolled since the plan spares the account, and only this sweep’s own hold ends', async () => {
  const names = ['spare-mine', 'spare-theirs', 'spare-stays']
  await accounts(
    world,
    names.map((id) => risky(id)),
  )
  const theirs = await noOf(world, 'spare-theirs')
  await inTx(world.db, (tx) => holdAll(tx, [theirs], 'os:risk-team'))
  const sweepId = await started(
    world,
    await planned(world, { title: 'spared', lists: [linesOf(names)] }),
  )
  await executeChunk(world, sweepId, 1)
  expect(await standing('spare-mine')).toMatchObject({ valueHeld: true })
  await accounts(world, [
    risky('spare-mine', { secondFactors: ['totp'] }),
    risky('spare-theirs', { secondFactors: ['totp'] }),
  ])
  await runAll(world, sweepId)
  expect(await outcomesOf(world, sweepId)).toEqual({
    'spare-mine': 'superseded',
    'spare-theirs': 'superseded',
    'spare-stays': 'reset_ordered',
  })
  expect(await standing('spare-mine')).toMatchObject({ valueHeld: false, passwordUsable: true })
  expect(await standing('spare-theirs')).toMatchObject({ valueHeld: true, heldBy: 'os:risk-team' })
  expect(await audited('account.released', 'account:spare-mine')).toBe(1)
  expect(await audited('account.released', 'account:spare-theirs')).toBe(0)
  expect(await audited('sweep.action_superseded', 'account:spare-theirs')).toBe(1)
  const reasons = await world.db.outcome.findMany({ where: { sweepId, outcome: 'superseded' } })
  expect(reasons.map(({ reason }) => reason)).toEqual([
    'second_factor_enrolled',
    'second_factor_enrolled',
  ])
})

test('after a hostile login an enrolled factor may be the attacker’s: the reset stays', async () => {
  await accounts(world, [risky('thief')])
  await hostile(world, 'thief', { succeeded: true })
  const sweepId = await started(
    world,
    await planned(world, { title: 'thief', lists: [linesOf(['thief'])] }),
  )
  await accounts(world, [risky('thief', { secondFactors: ['totp'] })])
  await runAll(world, sweepId)
  expect(await outcomesOf(world, sweepId)).toEqual({ thief: 'reset_ordered' })
})

test('who was reset since the plan is not reset again', async () => {
  await accounts(world, [risky('again')])
  const sweepId = await started(
    world,
    await planned(world, { title: 'again', lists: [linesOf(['again'])] }),
  )
  await inTx(world.db, async (tx) =>
    orderAll(tx, [{ accountNo: await noOf(world, 'again') }], null),
  )
  await runAll(world, sweepId)
  expect(await outcomesOf(world, sweepId)).toEqual({ again: 'superseded' })
  expect(await standing('again')).toMatchObject({
    sessionEpoch: 1,
    passwordUsable: false,
    valueHeld: true,
  })
  expect(await world.db.mail.count({ where: { sweepId } })).toBe(0)
})

test('who completed a reset since the plan keeps the end of the hold that came with it', async () => {
  await accounts(world, [risky('done')])
  const sweepId = await planned(world, { title: 'done', lists: [linesOf(['done'])] })
  const accountNo = await noOf(world, 'done')
  const until = new Date(Date.now() + 86_400_000)
  await world.db.reset.create({ data: { accountNo, epoch: 1, status: 'completed' } })
  await world.db.standing.create({
    data: { accountNo, valueHeld: true, heldUntil: until, heldBy: 'reset' },
  })
  await started(world, sweepId)
  await runAll(world, sweepId)
  expect(await outcomesOf(world, sweepId)).toEqual({ done: 'superseded' })
  expect(await standing('done')).toMatchObject({
    valueHeld: true,
    heldUntil: until,
    heldBy: 'reset',
  })
})

test('two sweeps over the same accounts reset each of them once', async () => {
  await accounts(
    world,
    ids('both', 80).map((id) => risky(id)),
  )
  const lists = [linesOf(ids('both', 80))]
  const sweeps = [
    await planned(world, { title: 'both 1', lists }),
    await planned(world, { title: 'both 2', lists }),
  ]
  for (const sweepId of sweeps) await started(world, sweepId)
  await Promise.all(sweeps.map((sweepId) => runAll(world, sweepId)))
  for (const sweepId of sweeps) {
    await runAll(world, sweepId)
    expect(await statusOf(sweepId)).toBe('finished')
    expect(await outcomeCount(sweepId)).toBe(80)
  }
  const outcomes = await world.db.outcome.groupBy({
    by: ['outcome'],
    where: { sweepId: { in: sweeps } },
    _count: true,
  })
  const byOutcome = Object.fromEntries(outcomes.map(({ outcome, _count }) => [outcome, _count]))
  expect((byOutcome.reset_ordered ?? 0) + (byOutcome.superseded ?? 0)).toBe(160)
  expect(byOutcome.reset_ordered).toBeGreaterThanOrEqual(80)
})

describe('a plan that was tampered with is not run', () => {
  const EXCHANGE = `UPDATE action SET account_no = (SELECT no FROM account WHERE id = 'victim')
    WHERE sweep_id = $1 AND seq = 2`
  const RESEAL = `UPDATE chunk c SET digest = (
      SELECT encode(sha256(convert_to(string_agg(seq || ' ' || account_no || ' ' || verdict_no, E'\\n' ORDER BY seq), 'UTF8')), 'hex')
      FROM action a WHERE a.sweep_id = c.sweep_id AND a.seq BETWEEN c.first_seq AND c.last_seq)
    WHERE c.sweep_id = $1`

  test.each<[rule: string, ...statements: string[]]>([
    ['another account in place of one', EXCHANGE],
    ['another account, and the digest of its chunk made anew', EXCHANGE, RESEAL],
    [
      'another verdict for one account',
      'UPDATE action SET verdict_no = 3 - verdict_no WHERE sweep_id = $1 AND seq = 3',
    ],
    ['an action taken out', 'DELETE FROM action WHERE sweep_id = $1 AND seq = 1'],
    [
      'a verdict that says something else',
      "UPDATE verdict SET effects = '{hold,reset}', outcome = 'reset_ordered' WHERE sweep_id = $1 AND tier = 'listed'",
    ],
    [
      'other policy words',
      `UPDATE policy SET body = jsonb_set(body, '{tiers,0,effects}', '["notify"]')
       WHERE version = (SELECT policy_version FROM sweep WHERE id = $1)`,
    ],
    ['four eyes said to have been off', 'UPDATE sweep SET four_eyes = true WHERE id = $1'],
  ])('%s', async (rule, ...statements) => {
    const prefix = `tamper-${rule.replace(/\W/g, '')}`
    const names = ids(prefix, 5)
    await accounts(world, [safe('victim'), ...names.map((id) => risky(id)), safe(`${prefix}-safe`)])
    const lists = [linesOf([...names, `${prefix}-safe`])]
    const sweepId = await started(world, await planned(world, { title: rule, lists }))
    const policies = await world.db.policy.findMany()
    try {
      for (const statement of statements) await asOwner(world, statement, [sweepId])
      const before = await footprint(sweepId)
      const refused = expect.objectContaining({ code: 'plan_digest_wrong' })
      await expect(executeChunk(world, sweepId, 1)).rejects.toEqual(refused)
      expect(await footprint(sweepId)).toEqual(before)
      expect(await standing('victim')).toBeNull()
      expect(await standing(`${prefix}-0000`)).toBeNull()
    } finally {
      for (const { version, body } of policies)
        await asOwner(world, 'UPDATE policy SET body = $2 WHERE version = $1', [
          version,
          JSON.stringify(body),
        ])
    }
  })
})

describe('stopping', () => {
  test('a paused sweep runs nothing, and goes on where it stopped', async () => {
    const sweepId = await running('pause', 60)
    await executeChunk(world, sweepId, 1)
    await pauseSweep(world, sweepId, { actor: 'os:test', reason: 'lunch' })
    const before = await footprint(sweepId)
    for (const no of [2, 3]) expect(await executeChunk(world, sweepId, no)).toBe(false)
    expect(await dueChunks(world.db, sweepId)).toEqual([])
    expect(await footprint(sweepId)).toEqual(before)
    expect(await getSweep(world.db, sweepId)).toMatchObject({
      status: 'paused',
      statusReason: 'lunch',
    })
    await resumeSweep(world, sweepId, 'os:test')
    await runAll(world, sweepId)
    expect(await statusOf(sweepId)).toBe('finished')
    expect(await outcomeCount(sweepId)).toBe(60)
  })

  test('pausing returns only when nothing is in flight', async () => {
    const sweepId = await running('flight', 60)
    const events: string[] = []
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const inFlight = inTx(world.db, async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(hashtextextended(${sweepId}, 0))`
      events.push('chunk runs')
      await released
      events.push('chunk done')
    })
    await pause(50)
    const pausing = pauseSweep(world, sweepId, { actor: 'os:test', reason: 'stop' }).then(() =>
      events.push('paused'),
    )
    await pause(200)
    expect(await statusOf(sweepId)).toBe('paused')
    expect(events).toEqual(['chunk runs'])
    release()
    await Promise.all([inFlight, pausing])
    expect(events).toEqual(['chunk runs', 'chunk done', 'paused'])
  })

  test('whatever chunks are running, no outcome is written after pausing has returned', async () => {
    const sweepId = await running('storm', 3_000)
    await executeChunk(world, sweepId, 1)
    await executeChunk(world, sweepId, 2)
    const chunks = [3, 4].map((no) => executeChunk(world, sweepId, no))
    await pauseSweep(world, sweepId, { actor: 'os:test', reason: 'stop' })
    const then = await outcomeCount(sweepId)
    await Promise.allSettled(chunks)
    expect(await outcomeCount(sweepId)).toBe(then)
  })

  test('an aborted sweep never goes on; what was done stays done', async () => {
    const sweepId = await running('abort', 60)
    await executeChunk(world, sweepId, 1)
    await abortSweep(world, sweepId, { actor: 'os:test', reason: 'wrong list' })
    const before = await footprint(sweepId)
    await runAll(world, sweepId)
    expect(await executeChunk(world, sweepId, 2)).toBe(false)
    await expect(resumeSweep(world, sweepId, 'os:test')).rejects.toMatchObject({
      code: 'illegal_transition',
    })
    expect(await footprint(sweepId)).toEqual(before)
    expect(await statusOf(sweepId)).toBe('aborted')
  })
})

describe('failing', () => {
  const jobs = (nudged: ChunkJob[]) => ({
    ...world,
    nudge: async (more: readonly ChunkJob[]) => void nudged.push(...more),
  })

  test('a chunk that breaks off five times pauses its sweep and says which; nothing of it was done', async () => {
    const sweepId = await running('broken', 60)
    await asOwner(world, 'UPDATE action SET verdict_no = 99 WHERE sweep_id = $1 AND seq = 1', [
      sweepId,
    ])
    for (let times = 1; times < 5; times += 1) {
      await expect(runChunk(jobs([]), { sweepId, no: 1 })).rejects.toThrow()
      expect(await statusOf(sweepId)).toBe('running')
    }
    await runChunk(jobs([]), { sweepId, no: 1 })
    expect(await getSweep(world.db, sweepId)).toMatchObject({
      status: 'paused',
      statusReason: 'chunk 1 failed 5 times',
    })
    expect(await audited('sweep.paused', `sweep:${sweepId}`)).toBe(1)
    expect(await outcomeCount(sweepId)).toBe(0)
    expect(await standing('broken-0001')).toBeNull()
  })

  test('the last chunk of a phase wakes the next phase, in whatever order the phase ended', async () => {
    const sweepId = await running('wake', 5_200)
    const nudged: ChunkJob[] = []
    await runChunk(jobs(nudged), { sweepId, no: 1 })
    expect(nudged.map(({ no }) => no)).toEqual([2])
    nudged.length = 0
    await runChunk(jobs(nudged), { sweepId, no: 2 })
    expect(nudged.map(({ no }) => no)).toEqual([3, 4, 5])
    nudged.length = 0
    await runChunk(jobs(nudged), { sweepId, no: 4 })
    await runChunk(jobs(nudged), { sweepId, no: 3 })
    expect(nudged).toEqual([])
    await runChunk(jobs(nudged), { sweepId, no: 5 })
    expect(await statusOf(sweepId)).toBe('finished')
  })

  test('a hold phase that ends out of order wakes the canary all the same', async () => {
    const sweepId = await running('holds', 60)
    await asOwner(world, 'UPDATE chunk SET no = no + 10 WHERE sweep_id = $1 AND no > 1', [sweepId])
    await asOwner(
      world,
      `INSERT INTO chunk (sweep_id, no, phase, first_seq, last_seq, digest, done_at)
       SELECT sweep_id, 2, phase, first_seq, last_seq, digest, now() FROM chunk WHERE sweep_id = $1 AND no = 1`,
      [sweepId],
    )
    const nudged: ChunkJob[] = []
    await asOwner(world, 'UPDATE chunk SET done_at = now() WHERE sweep_id = $1 AND no = 1', [
      sweepId,
    ])
    await runChunk(jobs(nudged), { sweepId, no: 1 })
    expect(nudged.map(({ no }) => no)).toEqual([12])
  })

  test('a lost queue loses no work: reconciling finds what is due', async () => {
    const sweepId = await running('lost', 60)
    for (;;) {
      const nudged: ChunkJob[] = []
      await reconcile(jobs(nudged))
      const ours = nudged.filter((job) => job.sweepId === sweepId)
      if (ours.length === 0) break
      for (const { no } of ours) await executeChunk(world, sweepId, no)
    }
    expect(await statusOf(sweepId)).toBe('finished')
    expect(await outcomeCount(sweepId)).toBe(60)
  })

  test('a process killed between the last chunk and the end leaves a sweep that still ends', async () => {
    const sweepId = await running('brink', 60)
    await runAll(world, sweepId)
    await asOwner(world, "UPDATE sweep SET status = 'running', finished_at = NULL WHERE id = $1", [
      sweepId,
    ])
    await reconcile(jobs([]))
    expect(await statusOf(sweepId)).toBe('finished')
  })

  test('a plan with nothing to do ends as soon as it is started', async () => {
    const sweepId = await planned(world, {
      title: 'nothing to do',
      lists: ['nobody@shop.example\n'],
    })
    await started(world, sweepId)
    await reconcile(jobs([]))
    expect(await statusOf(sweepId)).toBe('finished')
  })

  test('a plan whose third planner died is failed by whoever looks next; one still being made is left alone', async () => {
    const base = {
      policyVersion: 'exposed-addresses@1',
      listIds: [],
      mailRevision: 'x',
      windowStart: new Date(),
      fourEyes: false,
      requestedBy: 'os:test',
      planAttempts: 3,
      createdAt: new Date(Date.now() - 60_000),
    }
    const { incidentId } = await world.db.sweep.findFirstOrThrow()
    for (const id of ['swp_dead', 'swp_alive'])
      await world.db.sweep.create({ data: { ...base, id, incidentId } })
    await inTx(world.db, async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('swp_alive', 0))`
      await reconcile(jobs([]))
    })
    expect(await statusOf('swp_dead')).toBe('failed')
    expect(await statusOf('swp_alive')).toBe('planning')
    expect(await audited('sweep.failed', 'sweep:swp_dead')).toBe(1)
  })
})
