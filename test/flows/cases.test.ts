import { findLiveSession, holdAll, openSession } from '../../src/accounts/service.js'
import { decideCase } from '../../src/cases/deciding/service.js'
import {
  claimCase,
  claimNext,
  getCase,
  heartbeatCase,
  type NewCase,
  openAll,
  releaseCase,
  snoozeCase,
} from '../../src/cases/service.js'
import type { Decision } from '../../src/cases/state.js'
import { inTx } from '../../src/platform/db.js'
import { orderAll } from '../../src/resets/service.js'
import { accounts, asOwner, aWorld, noOf, risky, USD, type World } from '../support/world.js'

const TERMS = { resetTerms: { holdHours: 24 }, secondReviewerAbove: '10000' }
let world: World & typeof TERMS
beforeAll(async () => {
  world = { ...(await aWorld(30)), ...TERMS }
})
afterAll(() => world.close())
/** The queue is shared: what one test leaves behind must not be the next one's turn. */
beforeEach(() =>
  asOwner(world, "UPDATE review_case SET status = 'decided' WHERE status <> 'decided'"),
)

const refused = (code: string) => expect.objectContaining({ code })

async function aCase(
  id: string,
  over: Partial<NewCase> & { balance?: string | null } = {},
): Promise<string> {
  const { balance = '10', ...rest } = over
  await accounts(world, [risky(id, { balance: balance === null ? null : USD(balance) })])
  const accountNo = await noOf(world, id)
  const opened = {
    accountNo,
    sweepId: null,
    tier: 'attacked',
    priority: 'high' as const,
    score: 70,
    because: ['hostile_logins'],
  }
  await inTx(world.db, (tx) => openAll(tx, [{ ...opened, ...rest }], 'cordon'))
  return (
    await world.db.reviewCase.findFirstOrThrow({ where: { accountNo }, orderBy: { no: 'desc' } })
  ).id
}

const claimed = async (caseId: string, reviewer = 'os:ana') => {
  const { fence } = await claimCase(world, caseId, reviewer)
  return { caseId, reviewer, fence }
}
const runOut = (caseId: string) =>
  asOwner(world, "UPDATE review_case SET lease_until = now() - interval '1 second' WHERE id = $1", [
    caseId,
  ])
const audited = (kind: string, caseId: string) =>
  world.db.auditEvent.count({ where: { kind, subject: `case:${caseId}` } })
const standing = async (id: string) =>
  world.db.standing.findUnique({ where: { accountNo: await noOf(world, id) } })
const decided = (decision: Decision) => ({
  decision,
  reason: 'attack_succeeded' as const,
  note: null,
})

describe('claiming', () => {
  test('of two reviewers who claim next at once exactly one gets the case', async () => {
    for (let round = 0; round < 10; round += 1) {
      const caseId = await aCase(`pair-${round}`)
      const got = await Promise.all(
        ['os:ana', 'os:ben'].map((reviewer) => claimNext(world, reviewer)),
      )
      expect(got.filter((each) => each !== undefined).map((each) => each?.id)).toEqual([caseId])
      expect(await audited('case.claimed', caseId)).toBe(1)
    }
  })

  test('of two reviewers who claim the same case one is refused', async () => {
    const caseId = await aCase('named')
    const results = await Promise.allSettled(
      ['os:ana', 'os:ben'].map((who) => claimCase(world, caseId, who)),
    )
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(claimCase(world, caseId, 'os:cleo')).rejects.toEqual(
      refused('case_already_claimed'),
    )
    await expect(claimCase(world, 'no-such-case', 'os:ana')).rejects.toEqual(
      refused('case_not_found'),
    )
  })

  test('twenty reviewers empty a queue of 200, and no case is held twice', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `queue-${index}`)
    await accounts(
      world,
      names.map((id) => risky(id)),
    )
    const rows = await world.db.account.findMany({ where: { id: { in: names } } })
    const open = rows.map(({ no }) => ({
      accountNo: no,
      sweepId: null,
      tier: 'targeted',
      priority: 'normal' as const,
      score: 30,
      because: ['hostile_logins'],
    }))
    await inTx(world.db, (tx) => openAll(tx, open, 'cordon'))
    const reviewers = Array.from({ length: 20 }, (_, index) => `os:reviewer-${index}`)
    const taken = await Promise.all(
      reviewers.map(async (reviewer) => {
        const mine: string[] = []
        for (;;) {
          const next = await claimNext(world, reviewer)
          if (!next) return mine
          expect(next.heldBy).toBe(reviewer)
          mine.push(next.id)
        }
      }),
    )
    expect(taken.flat()).toHaveLength(200)
    expect(new Set(taken.flat()).size).toBe(200)
    expect(await world.db.reviewCase.count({ where: { status: 'claimed', fence: 1 } })).toBe(200)
  })

  test('the queue goes by urgency, then score, then value (unknown first), then due time', async () => {
    const expected = [
      await aCase('turn-1', { priority: 'critical', score: 10, balance: '0' }),
      await aCase('turn-2', { score: 90 }),
      await aCase('turn-3', { score: 80, balance: null }),
      await aCase('turn-4', { score: 80, balance: '1000000' }),
      await aCase('turn-5', { score: 80, balance: '5' }),
      await aCase('turn-6', { score: 80, balance: '5' }),
      await aCase('turn-7', { priority: 'normal', score: 100, balance: '9000000' }),
    ]
    await asOwner(
      world,
      "UPDATE review_case SET due_at = due_at - interval '1 hour' WHERE id = $1",
      [expected[4]],
    )
    await asOwner(world, 'UPDATE review_case SET no = no + 1000000 WHERE id = $1', [
      expected[4],
    ]).catch(() => undefined)
    const turns: (string | undefined)[] = []
    for (const _each of expected) turns.push((await claimNext(world, 'os:ana'))?.id)
    expect(turns).toEqual(expected)
    expect(await claimNext(world, 'os:ana')).toBeUndefined()
  })

  test('a claim that ran out is free for the next reviewer, under a higher fence', async () => {
    const caseId = await aCase('expired')
    const first = await claimed(caseId)
    expect(await claimNext(world, 'os:ben')).toBeUndefined()
    await runOut(caseId)
    expect(await claimNext(world, 'os:ben')).toMatchObject({ id: caseId, fence: first.fence + 1 })
  })

  test('a claim lasts fifteen minutes, and a heartbeat renews it', async () => {
    const caseId = await aCase('beat')
    const claim = await claimed(caseId)
    const leaseOf = async () => (await getCase(world.db, caseId)).leaseUntil?.getTime() ?? 0
    const lease = await leaseOf()
    expect(Math.abs(lease - Date.now() - 15 * 60_000)).toBeLessThan(30_000)
    await asOwner(
      world,
      "UPDATE review_case SET lease_until = now() + interval '1 minute' WHERE id = $1",
      [caseId],
    )
    await heartbeatCase(world, claim)
    expect(await leaseOf()).toBeGreaterThanOrEqual(lease)
    await runOut(caseId)
    await expect(heartbeatCase(world, claim)).rejects.toEqual(refused('lease_lost'))
  })
})

describe('a lost lease', () => {
  test.each<Decision>(['release', 'keep_reset', 'reset', 'lock', 'confirm_takeover'])(
    'decides nothing: %s',
    async (decision) => {
      const id = `lost-${decision}`
      const caseId = await aCase(id)
      await inTx(world.db, async (tx) => holdAll(tx, [await noOf(world, id)], 'sweep:swp_1'))
      const claim = await claimed(caseId)
      await runOut(caseId)
      const before = [
        await standing(id),
        await world.db.auditEvent.count(),
        await world.db.mail.count(),
        await world.db.reset.count(),
      ]
      await expect(decideCase(world, claim, decided(decision))).rejects.toEqual(
        refused('lease_lost'),
      )
      expect([
        await standing(id),
        await world.db.auditEvent.count(),
        await world.db.mail.count(),
        await world.db.reset.count(),
      ]).toEqual(before)
      expect(await getCase(world.db, caseId)).toMatchObject({ status: 'claimed', decision: null })
    },
  )

  test.each([
    ['an old fence', { fence: 0 }],
    ['a fence from the future', { fence: 99 }],
    ['somebody else’s name', { reviewer: 'os:eve' }],
  ])('%s decides, releases, snoozes and renews nothing', async (rule, over) => {
    const caseId = await aCase(`fence-${rule.length}`)
    const claim = { ...(await claimed(caseId)), ...over }
    const lost = refused('lease_lost')
    await expect(decideCase(world, claim, decided('lock'))).rejects.toEqual(lost)
    await expect(releaseCase(world, claim)).rejects.toEqual(lost)
    await expect(snoozeCase(world, claim, 5)).rejects.toEqual(lost)
    await expect(heartbeatCase(world, claim)).rejects.toEqual(lost)
    expect(await getCase(world.db, caseId)).toMatchObject({
      status: 'claimed',
      claimedBy: 'os:ana',
    })
  })

  test('the late decision of the first reviewer loses against the second one’s claim', async () => {
    const caseId = await aCase('late')
    const first = await claimed(caseId, 'os:ana')
    await runOut(caseId)
    const second = await claimed(caseId, 'os:ben')
    const results = await Promise.allSettled([
      decideCase(world, first, decided('lock')),
      decideCase(world, second, decided('keep_reset')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(await getCase(world.db, caseId)).toMatchObject({
      decision: 'keep_reset',
      decidedBy: 'os:ben',
    })
    expect((await standing('late'))?.locked ?? false).toBe(false)
  })

  test('the same decision sent twice at once is made once', async () => {
    const caseId = await aCase('double')
    const claim = await claimed(caseId)
    const results = await Promise.allSettled(
      [1, 2, 3].map(() => decideCase(world, claim, decided('reset'))),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await world.db.reset.count({ where: { accountNo: await noOf(world, 'double') } })).toBe(
      1,
    )
    expect(await audited('case.decided', caseId)).toBe(1)
  })
})

describe('a decision and its effects are one', () => {
  /** An account that a sweep held and reset, with a session from before, and a claimed case. */
  async function heldAndReset(id: string) {
    const caseId = await aCase(id)
    const accountNo = await noOf(world, id)
    await inTx(world.db, async (tx) => {
      await holdAll(tx, [accountNo], 'sweep:swp_1')
      await orderAll(tx, [{ accountNo }], null)
    })
    return { accountNo, claim: await claimed(caseId) }
  }
  const live = (accountNo: bigint) =>
    world.db.reset.count({ where: { accountNo, status: 'ordered' } })

  test('release ends the hold and withdraws the unspent reset: the old password works again', async () => {
    const { accountNo, claim } = await heldAndReset('dec-release')
    await decideCase(world, claim, {
      decision: 'release',
      reason: 'false_alarm',
      note: 'called her',
    })
    expect(await standing('dec-release')).toMatchObject({
      valueHeld: false,
      passwordUsable: true,
      locked: false,
    })
    expect(await live(accountNo)).toBe(0)
    expect(await getCase(world.db, claim.caseId)).toMatchObject({
      status: 'decided',
      decision: 'release',
      decisionReason: 'false_alarm',
      note: 'called her',
      decidedBy: 'os:ana',
    })
  })

  test('keep_reset leaves everything as it is', async () => {
    const { accountNo, claim } = await heldAndReset('dec-keep')
    await decideCase(world, claim, decided('keep_reset'))
    expect(await standing('dec-keep')).toMatchObject({
      valueHeld: true,
      passwordUsable: false,
      sessionEpoch: 1,
    })
    expect(await live(accountNo)).toBe(1)
  })

  test('reset kills password and sessions, holds value, and mails the owner', async () => {
    const caseId = await aCase('dec-reset')
    const accountNo = await noOf(world, 'dec-reset')
    const session = await inTx(world.db, (tx) => openSession(tx, accountNo, 0))
    await decideCase(world, await claimed(caseId), decided('reset'))
    expect(await standing('dec-reset')).toMatchObject({
      valueHeld: true,
      passwordUsable: false,
      sessionEpoch: 1,
    })
    expect(
      session && (await inTx(world.db, (tx) => findLiveSession(tx, session.token))),
    ).toBeUndefined()
    expect(await world.db.mail.findMany({ where: { accountNo } })).toMatchObject([
      { purpose: 'reset', recipient: 'dec-reset@shop.example', status: 'staged' },
    ])
  })

  test('every reset that people order is mailed, also the second one', async () => {
    const caseId = await aCase('dec-again')
    const accountNo = await noOf(world, 'dec-again')
    await decideCase(world, await claimed(caseId), decided('reset'))
    await asOwner(world, "UPDATE review_case SET status = 'open' WHERE id = $1", [caseId])
    await decideCase(world, await claimed(caseId), decided('reset'))
    const { no } = await world.db.reset.findFirstOrThrow({
      where: { accountNo, status: 'ordered' },
    })
    expect(await world.db.mail.count({ where: { accountNo, resetNo: no, status: 'staged' } })).toBe(
      1,
    )
  })

  test('lock locks, holds and ends sessions', async () => {
    const caseId = await aCase('dec-lock')
    const session = await inTx(world.db, async (tx) =>
      openSession(tx, await noOf(world, 'dec-lock'), 0),
    )
    await decideCase(world, await claimed(caseId), decided('lock'))
    expect(await standing('dec-lock')).toMatchObject({
      locked: true,
      valueHeld: true,
      heldUntil: null,
    })
    expect(
      session && (await inTx(world.db, (tx) => findLiveSession(tx, session.token))),
    ).toBeUndefined()
  })

  test('confirm_takeover locks, holds, and kills the password', async () => {
    const { claim } = await heldAndReset('dec-takeover')
    await decideCase(world, claim, decided('confirm_takeover'))
    expect(await standing('dec-takeover')).toMatchObject({
      locked: true,
      valueHeld: true,
      passwordUsable: false,
    })
  })

  test.each<[Decision, string[]]>([
    ['release', ['account.released', 'case.decided', 'reset.cancelled']],
    ['reset', ['case.decided', 'reset.cancelled', 'reset.ordered']],
    ['lock', ['account.locked', 'case.decided']],
  ])('%s leaves its rows in the audit', async (decision, kinds) => {
    const id = `dec-audit-${decision}`
    const { claim } = await heldAndReset(id)
    const last = (await world.db.auditEvent.findFirst({ orderBy: { id: 'desc' } }))?.id ?? 0n
    await decideCase(world, claim, decided(decision))
    const events = await world.db.auditEvent.findMany({ where: { id: { gt: last } } })
    expect([...new Set(events.map(({ kind }) => kind))].sort()).toEqual(kinds)
  })

  test('when the effects cannot be carried out, the decision is not made', async () => {
    const caseId = await aCase('dec-broken')
    const claim = await claimed(caseId)
    await asOwner(
      world,
      "UPDATE account SET address = 'two@a.example,two@b.example' WHERE id = 'dec-broken'",
    )
    await expect(decideCase(world, claim, decided('reset'))).rejects.toBeDefined()
    expect(await getCase(world.db, caseId)).toMatchObject({ status: 'claimed', decision: null })
    expect(await standing('dec-broken')).toBeNull()
    expect(
      await world.db.reset.count({ where: { accountNo: await noOf(world, 'dec-broken') } }),
    ).toBe(0)
  })
})

describe('putting aside', () => {
  test('a released case is open for the next at once, and its old claim is worth nothing', async () => {
    const caseId = await aCase('put-back')
    const claim = await claimed(caseId)
    await releaseCase(world, claim)
    await expect(decideCase(world, claim, decided('lock'))).rejects.toEqual(refused('lease_lost'))
    expect(await claimNext(world, 'os:ben')).toMatchObject({ id: caseId, fence: claim.fence + 1 })
  })

  test('a snoozed case sleeps until its time and then is somebody’s turn again', async () => {
    const caseId = await aCase('snoozed')
    await snoozeCase(world, await claimed(caseId), 30)
    expect(await claimNext(world, 'os:ben')).toBeUndefined()
    await expect(claimCase(world, caseId, 'os:ben')).rejects.toEqual(
      refused('case_already_claimed'),
    )
    await asOwner(
      world,
      "UPDATE review_case SET snoozed_until = now() - interval '1 second' WHERE id = $1",
      [caseId],
    )
    expect(await claimNext(world, 'os:ben')).toMatchObject({
      id: caseId,
      status: 'claimed',
      snoozedUntil: null,
    })
  })
})

describe('new evidence', () => {
  const again = async (id: string, because: string[]) => {
    const accountNo = await noOf(world, id)
    const more = {
      accountNo,
      sweepId: `swp-${id}`,
      tier: 'takeover',
      priority: 'critical' as const,
      score: 100,
      because,
    }
    await inTx(world.db, (tx) => openAll(tx, [more], 'cordon'))
  }

  test('re-opens a decided case and makes it more urgent; the same evidence does not', async () => {
    const caseId = await aCase('fresh', { sweepId: 'swp-fresh' })
    await decideCase(world, await claimed(caseId), decided('keep_reset'))
    await again('fresh', ['hostile_logins'])
    expect(await getCase(world.db, caseId)).toMatchObject({ status: 'decided' })
    await again('fresh', ['hostile_login_succeeded'])
    expect(await getCase(world.db, caseId)).toMatchObject({ status: 'open', rank: 0 })
    expect(await world.db.reviewCase.count({ where: { sweepId: 'swp-fresh' } })).toBe(1)
    expect(await audited('case.reopened', caseId)).toBe(1)
  })

  test('does not take a claimed case away from its reviewer', async () => {
    const caseId = await aCase('mine', { sweepId: 'swp-mine' })
    const claim = await claimed(caseId)
    await again('mine', ['hostile_login_succeeded'])
    expect((await getCase(world.db, caseId)).because).toContain('hostile_login_succeeded')
    await expect(decideCase(world, claim, decided('lock'))).resolves.toMatchObject({
      status: 'decided',
    })
  })
})
