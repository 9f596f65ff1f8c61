import { sha256Hex } from '../../src/platform/hash.js'
import {
  approveSweep,
  findPlan,
  getSweep,
  pauseSweep,
  startSweep,
} from '../../src/sweeps/control/service.js'
import {
  accounts,
  asOwner,
  aWorld,
  linesOf,
  planned,
  risky,
  runAll,
  started,
  type World,
} from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await aWorld()
  const crowd = Array.from({ length: 500 }, (_, index) => risky(`crowd-${index}`))
  await accounts(world, crowd)
})
afterAll(() => world.close())

const refused = (code: string) => expect.objectContaining({ code })

/** A plan under four eyes: `count` of 500 accounts, so above five it is large. */
const fourEyed = (title: string, count: number) =>
  planned(
    { ...world, fourEyes: true },
    { title, lists: [linesOf(Array.from({ length: count }, (_, index) => `crowd-${index}`))] },
  )

async function approve(sweepId: string, approver: string, over: object = {}) {
  const { planDigest, resets } = await getSweep(world.db, sweepId)
  const request = { planDigest: planDigest ?? '', expectedResets: resets ?? 0, approver }
  return approveSweep(world, sweepId, { ...request, ...over })
}

const approvals = (sweepId: string) => world.db.approval.count({ where: { sweepId } })
const audited = (kind: string, sweepId: string) =>
  world.db.auditEvent.count({ where: { kind, subject: `sweep:${sweepId}` } })

test('a lone requester approves nothing while four eyes are on', async () => {
  const sweepId = await fourEyed('alone', 2)
  await expect(approve(sweepId, 'os:test')).rejects.toEqual(refused('forbidden'))
  await expect(startSweep(world, sweepId, 'os:test')).rejects.toEqual(refused('illegal_transition'))
  expect(await approvals(sweepId)).toBe(0)
  expect(await audited('sweep.approved', sweepId)).toBe(0)
})

test('one other person is enough for a small plan', async () => {
  const sweepId = await fourEyed('small', 5)
  expect(await approve(sweepId, 'os:ben')).toMatchObject({ status: 'approved', approvalsNeeded: 1 })
})

test('a large plan needs two other people, and one twice is one', async () => {
  const sweepId = await fourEyed('large', 6)
  expect(await approve(sweepId, 'os:ben')).toMatchObject({ status: 'planned', approvalsNeeded: 2 })
  expect(await approve(sweepId, 'os:ben')).toMatchObject({ status: 'planned' })
  expect(await audited('sweep.approved', sweepId)).toBe(1)
  expect(await approve(sweepId, 'os:cleo')).toMatchObject({ status: 'approved' })
  expect(await audited('sweep.approved', sweepId)).toBe(2)
})

test('two people who approve a large plan at once have approved it', async () => {
  for (const round of [1, 2, 3, 4, 5]) {
    const sweepId = await fourEyed(`at once ${round}`, 6)
    await Promise.all([approve(sweepId, 'os:ben'), approve(sweepId, 'os:cleo')])
    expect((await getSweep(world.db, sweepId)).status).toBe('approved')
  }
})

test.each([
  ['another digest', { planDigest: '0'.repeat(64) }, 'plan_digest_wrong'],
  ['another number of resets', { expectedResets: 6 }, 'approval_mismatch'],
])('%s approves nothing', async (title, over, code) => {
  const sweepId = await fourEyed(title, 5)
  await expect(approve(sweepId, 'os:ben', over)).rejects.toEqual(refused(code))
  expect(await approvals(sweepId)).toBe(0)
})

test('a plan whose mails were changed is neither approved nor started', async () => {
  const sweepId = await fourEyed('mails', 2)
  const today = { ...world, mailRevision: 'mailer 2' }
  const { planDigest } = await getSweep(world.db, sweepId)
  const request = { planDigest: planDigest ?? '', expectedResets: 2, approver: 'os:ben' }
  await expect(approveSweep(today, sweepId, request)).rejects.toEqual(refused('list_changed'))
  await approve(sweepId, 'os:ben')
  await expect(startSweep(today, sweepId, 'os:test')).rejects.toEqual(refused('list_changed'))
})

test('an approval that was taken away, or names another digest, does not start anything', async () => {
  const sweepId = await fourEyed('taken away', 2)
  await approve(sweepId, 'os:ben')
  await asOwner(world, "UPDATE approval SET plan_digest = 'other' WHERE sweep_id = $1", [sweepId])
  await expect(startSweep(world, sweepId, 'os:test')).rejects.toBeDefined()
  await asOwner(world, 'DELETE FROM approval WHERE sweep_id = $1', [sweepId])
  await expect(startSweep(world, sweepId, 'os:test')).rejects.toBeDefined()
  expect((await getSweep(world.db, sweepId)).status).toBe('approved')
})

test('of two who start a sweep at once one does', async () => {
  const sweepId = await fourEyed('two starts', 2)
  await approve(sweepId, 'os:ben')
  const results = await Promise.allSettled([1, 2].map(() => startSweep(world, sweepId, 'os:test')))
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await audited('sweep.started', sweepId)).toBe(1)
})

test.each(['running', 'paused', 'finished'])(
  'a plan that is %s is not executed a second time',
  async (state) => {
    const lists = [linesOf(['crowd-400', 'crowd-401'])]
    const sweepId = await started(world, await planned(world, { title: `second ${state}`, lists }))
    if (state === 'paused') await pauseSweep(world, sweepId, { actor: 'os:test', reason: 'stop' })
    if (state === 'finished') await runAll(world, sweepId)
    await expect(startSweep(world, sweepId, 'os:test')).rejects.toEqual(
      refused('plan_already_executed'),
    )
    await expect(approve(sweepId, 'os:ben')).rejects.toEqual(refused('illegal_transition'))
  },
)

test.each(['pause', 'resume', 'abort'] as const)('no sweep is called swp_none: %s', async () => {
  await expect(getSweep(world.db, 'swp_none')).rejects.toEqual(refused('sweep_not_found'))
  const stop = { actor: 'os:test', reason: 'x' }
  await expect(pauseSweep(world, 'swp_none', stop)).rejects.toEqual(refused('sweep_not_found'))
})

describe('a plan is found by the digest that people confirm', () => {
  const text = linesOf(['crowd-10', 'crowd-11'])
  const hashes = [sha256Hex(text)]
  let sweepId: string
  let digest: string
  beforeAll(async () => {
    sweepId = await planned(world, { title: 'found', lists: [text] })
    digest = (await getSweep(world.db, sweepId)).planDigest ?? ''
  })

  test.each([12, 16, 64])('by its first %i characters', async (length) => {
    expect((await findPlan(world.db, digest.slice(0, length), hashes)).id).toBe(sweepId)
    expect(
      (await findPlan(world.db, ` ${digest.slice(0, length).toUpperCase()} `, hashes)).id,
    ).toBe(sweepId)
  })

  test.each([
    ['eleven characters', () => digest.slice(0, 11)],
    ['a pattern', () => '%'.repeat(16)],
    ['nothing', () => ''],
    ['another digest', () => '0'.repeat(64)],
  ])('not by %s', async (_rule, given) => {
    await expect(findPlan(world.db, given(), hashes)).rejects.toEqual(refused('plan_digest_wrong'))
  })

  test('not for other files, nor for some of its files, nor with one more', async () => {
    for (const files of [[], [sha256Hex('other')], [...hashes, sha256Hex('other')]])
      await expect(findPlan(world.db, digest, files)).rejects.toEqual(refused('plan_digest_wrong'))
  })
})
