import { decideCase } from '../../src/cases/deciding/service.js'
import { claimCase } from '../../src/cases/service.js'
import { DEFAULT_POLICY } from '../../src/scoring/default-policy.js'
import type { Policy } from '../../src/scoring/policy.js'
import {
  allowWaiting,
  resumeWatch,
  stopWatch,
  watchFigures,
  watchOnce,
} from '../../src/sweeps/watch/service.js'
import {
  accounts,
  aWorld,
  hostile,
  linesOf,
  noOf,
  planned,
  risky,
  runAll,
  safe,
  started,
  USD,
  type World,
} from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await aWorld()
})
afterAll(() => world.close())

let titles = 0
async function swept(ids: readonly string[], policy?: Policy): Promise<string> {
  titles += 1
  const scene = { title: `watch ${titles}`, lists: [linesOf(ids)], ...(policy && { policy }) }
  const sweepId = await planned(world, scene)
  await runAll(world, await started(world, sweepId))
  return sweepId
}

/** The account has new hostile attempts, as classification would leave them. */
async function attacked(id: string, over: { succeeded?: boolean; at?: Date } = {}): Promise<void> {
  await hostile(world, id, { at: new Date(), ...over })
  await heardOf(id)
}
const heardOf = async (id: string) =>
  world.db
    .$executeRaw`INSERT INTO reassessment (account_no, because) VALUES (${await noOf(world, id)}, 'hostile_attempt')`

async function watchAll(over: Partial<World> = {}): Promise<void> {
  while ((await watchOnce({ ...world, ...over })).asked > 0);
}

async function actionsOn(id: string) {
  const found = await world.db.watchAction.findMany({
    where: { accountNo: await noOf(world, id) },
    orderBy: { decidedAt: 'asc' },
  })
  return found.map(({ tier, effects, status }) => `${status} ${tier}: ${effects.join(' ')}`)
}
const standingOf = async (id: string) =>
  world.db.standing.findUnique({ where: { accountNo: await noOf(world, id) } })
const caseOf = async (id: string) =>
  world.db.reviewCase.findFirst({ where: { accountNo: await noOf(world, id) } })
const mailsTo = async (id: string) =>
  world.db.mail.findMany({ where: { accountNo: await noOf(world, id) }, orderBy: { no: 'asc' } })

/** A decision that people took so long ago, about a sweep that ended before. */
async function decide(id: string, decision: 'release' | 'keep_reset', minutesAgo: number) {
  const found = await caseOf(id)
  await world.db.sweep.update({
    where: { id: found?.sweepId ?? '' },
    data: { finishedAt: new Date(Date.now() - 120 * 60_000) },
  })
  const { fence } = await claimCase(world, found?.id ?? '', 'ana')
  const claim = { caseId: found?.id ?? '', reviewer: 'ana', fence }
  const deps = { ...world, resetTerms: { holdHours: 24 }, secondReviewerAbove: '10000' }
  await decideCase(deps, claim, { decision, reason: 'owner_confirmed', note: null })
  await world.db.reviewCase.updateMany({
    where: { id: found?.id ?? '' },
    data: { decidedAt: new Date(Date.now() - minutesAgo * 60_000) },
  })
}

describe('after the sweep', () => {
  test('a hostile attempt on a protected account asks people, and nothing else', async () => {
    await accounts(world, [safe('w-safe')])
    await swept(['w-safe'])
    await attacked('w-safe')
    await watchAll()
    expect(await actionsOn('w-safe')).toEqual(['applied targeted: review'])
    expect(await caseOf('w-safe')).toMatchObject({ status: 'open', tier: 'targeted' })
    expect(await standingOf('w-safe')).toBeNull()
  })

  test('a hostile login holds, resets, mails and asks, in one transaction with its audit rows', async () => {
    await accounts(world, [safe('w-taken')])
    await swept(['w-taken'])
    await attacked('w-taken', { succeeded: true })
    await watchAll()
    expect(await actionsOn('w-taken')).toEqual(['applied takeover: hold reset review'])
    expect(await standingOf('w-taken')).toMatchObject({
      valueHeld: true,
      heldUntil: null,
      passwordUsable: false,
      sessionEpoch: 1,
    })
    expect((await mailsTo('w-taken')).map(({ purpose }) => purpose)).toEqual(['notice', 'reset'])
    const audited = await world.db.auditEvent.findMany({ where: { subject: 'account:w-taken' } })
    expect(audited.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['account.held', 'reset.ordered', 'watch.applied']),
    )
  })

  test('somebody reset by the sweep and entered again is reset again, and mailed again', async () => {
    await accounts(world, [risky('w-again')])
    await swept(['w-again'])
    await attacked('w-again')
    await watchAll()
    expect(await actionsOn('w-again')).toEqual([])
    await attacked('w-again', { succeeded: true })
    await watchAll()
    expect(await actionsOn('w-again')).toEqual(['applied takeover: reset review'])
    expect((await standingOf('w-again'))?.sessionEpoch).toBe(2)
    expect((await mailsTo('w-again')).map(({ purpose }) => purpose)).toEqual(['reset', 'reset'])
    await heardOf('w-again')
    await watchAll()
    expect(await actionsOn('w-again')).toHaveLength(1)
  })

  test.each([
    ['a second factor that was removed', 'w-factor', { balance: USD('10') }],
    ['a new balance', 'w-balance', { secondFactors: [] as string[], balance: USD('0') }],
  ])(
    '%s makes an exposed account unprotected, which holds and resets it',
    async (_rule, id, before) => {
      await accounts(world, [safe(id, before)])
      await swept([id])
      await accounts(world, [risky(id)])
      await watchAll()
      expect(await actionsOn(id)).toEqual(['applied unprotected: hold reset'])
    },
  )

  test('whoever is not on the list is left alone, whatever happens to them', async () => {
    await accounts(world, [risky('w-stranger'), safe('w-listed')])
    await swept(['w-listed'])
    await attacked('w-stranger', { succeeded: true })
    await watchAll()
    expect(await actionsOn('w-stranger')).toEqual([])
    expect(await standingOf('w-stranger')).toBeNull()
  })

  test('two workers that look at once act once', async () => {
    await accounts(world, [safe('w-race')])
    await swept(['w-race'])
    await hostile(world, 'w-race', { succeeded: true, at: new Date() })
    await Promise.all([heardOf('w-race'), heardOf('w-race'), heardOf('w-race')])
    await Promise.all([watchOnce(world), watchOnce(world), watchOnce(world)])
    await watchAll()
    expect(await actionsOn('w-race')).toHaveLength(1)
    expect((await standingOf('w-race'))?.sessionEpoch).toBe(1)
  })
})

test('what was heard while the sweep ran is looked at when it finishes', async () => {
  await accounts(world, [safe('w-early')])
  const sweepId = await planned(world, { title: 'early', lists: [linesOf(['w-early'])] })
  await attacked('w-early')
  await watchAll()
  expect(await actionsOn('w-early')).toEqual([])
  await runAll(world, await started(world, sweepId))
  await watchAll()
  expect(await actionsOn('w-early')).toEqual(['applied targeted: review'])
})

describe('after people decided', () => {
  test('new evidence opens the case again and leaves the rest to people', async () => {
    await accounts(world, [risky('d-released')])
    await hostile(world, 'd-released')
    await swept(['d-released'])
    await decide('d-released', 'release', 61)
    await attacked('d-released')
    await watchAll()
    expect(await actionsOn('d-released')).toEqual(['applied attacked: review'])
    expect(await caseOf('d-released')).toMatchObject({ status: 'open' })
    expect(await standingOf('d-released')).toMatchObject({ valueHeld: false, passwordUsable: true })
  })

  test('what the same hour brings is what they saw', async () => {
    await accounts(world, [risky('d-recent')])
    await hostile(world, 'd-recent')
    await swept(['d-recent'])
    await decide('d-recent', 'release', 59)
    await attacked('d-recent')
    await watchAll()
    expect(await actionsOn('d-recent')).toEqual([])
  })

  test('but a hostile login that works waits for nobody', async () => {
    await accounts(world, [risky('d-entered')])
    await hostile(world, 'd-entered')
    await swept(['d-entered'])
    await decide('d-entered', 'release', 5)
    await attacked('d-entered', { succeeded: true })
    await watchAll()
    expect(await actionsOn('d-entered')).toEqual(['applied takeover: hold reset review'])
    expect(await standingOf('d-entered')).toMatchObject({ valueHeld: true, passwordUsable: false })
  })
})

describe('above its limit', () => {
  const limited: Policy = {
    ...DEFAULT_POLICY,
    name: 'limited',
    watch: { perHour: 2, perSourcePerHour: 100 },
  }
  const ids = ['l-1', 'l-2', 'l-3', 'l-4']

  test('the watch does nothing but ask people, who may let it go on', async () => {
    await accounts(
      world,
      ids.map((id) => safe(id)),
    )
    const sweepId = await swept(ids, limited)
    for (const id of ids) await attacked(id, { succeeded: true })
    await watchAll()
    expect(await watchFigures(world.db, sweepId)).toMatchObject({ applied: 2, waiting: 2 })
    const cases = await world.db.reviewCase.findMany({ where: { sweepId } })
    expect(cases).toHaveLength(4)
    expect(cases.filter(({ because }) => because.includes('watch_limit'))).toHaveLength(2)
    expect(await world.db.auditEvent.count({ where: { kind: 'watch.limited' } })).toBe(1)
    expect(await allowWaiting(world, sweepId, { accounts: 1, actor: 'os:lead' })).toBe(1)
    expect(await watchFigures(world.db, sweepId)).toMatchObject({ applied: 3, waiting: 1 })
    const held = await world.db.standing.count({
      where: {
        valueHeld: true,
        accountNo: { in: await Promise.all(ids.map((id) => noOf(world, id))) },
      },
    })
    expect(held).toBe(3)
  })

  test('because of one source that only fails, others go on', async () => {
    const wary: Policy = {
      ...DEFAULT_POLICY,
      name: 'wary',
      watch: { perHour: 100, perSourcePerHour: 1 },
      tiers: DEFAULT_POLICY.tiers.map((tier) =>
        tier.name === 'targeted' ? { ...tier, effects: ['hold', 'reset', 'review'] } : tier,
      ),
    }
    const some = ['s-1', 's-2', 's-3']
    await accounts(
      world,
      some.map((id) => safe(id)),
    )
    const sweepId = await swept(some, wary)
    await attacked('s-1')
    await attacked('s-2')
    await attacked('s-3', { succeeded: true })
    await watchAll()
    expect(await watchFigures(world.db, sweepId)).toMatchObject({ applied: 2, waiting: 1 })
    expect(await actionsOn('s-3')).toEqual(['applied takeover: hold reset review'])
  })
})

test('mail texts that changed since the approval make it ask people', async () => {
  await accounts(world, [safe('m-1')])
  await swept(['m-1'])
  await attacked('m-1', { succeeded: true })
  await watchAll({ textRevision: 'mail texts 2' })
  expect(await actionsOn('m-1')).toEqual(['waiting takeover: hold reset review'])
  expect((await caseOf('m-1'))?.because).toContain('mail_changed')
})

describe('one person', () => {
  test('stops it, and what was heard meanwhile is looked at when it goes on', async () => {
    await accounts(world, [safe('p-1')])
    const sweepId = await swept(['p-1'])
    await stopWatch(world, sweepId, { actor: 'os:ana', reason: 'false alarms' })
    await attacked('p-1', { succeeded: true })
    await watchAll()
    expect(await actionsOn('p-1')).toEqual([])
    await resumeWatch(world, sweepId, { actor: 'os:ana' })
    await watchAll()
    expect(await actionsOn('p-1')).toEqual(['applied takeover: hold reset review'])
  })

  test.each([
    [
      'cannot stop it twice',
      'illegal_transition',
      async (id: string) => {
        await stopWatch(world, id, { actor: 'a', reason: 'r' })
        await stopWatch(world, id, { actor: 'a', reason: 'r' })
      },
    ],
    [
      'cannot resume what runs',
      'illegal_transition',
      (id: string) => resumeWatch(world, id, { actor: 'a' }),
    ],
    [
      'is told when there is no such sweep',
      'sweep_not_found',
      () => stopWatch(world, 'swp_none', { actor: 'a', reason: 'r' }),
    ],
  ])('%s', async (_rule, code, act) => {
    await accounts(world, [safe('p-2')])
    const sweepId = await swept(['p-2'])
    await expect(act(sweepId)).rejects.toMatchObject({ code })
  })
})
