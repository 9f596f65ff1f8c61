import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Refusal } from '../../src/platform/errors.js'
import { approvalsMissing, approvalsNeeded, lapseOf } from '../../src/sweeps/approve.js'
import { approveSweep, startSweep } from '../../src/sweeps/control/service.js'
import { readPlan } from '../../src/sweeps/sealing/service.js'
import { aWorld, type World } from '../support/world.js'

// Four eyes as a game of several people against a small model, played by the pure rule and by the
// database. `start` succeeds exactly when the model says so.

const PEOPLE = ['ana', 'ben', 'cleo', 'dora'] as const
type Name = (typeof PEOPLE)[number]
const REQUESTER: Name = 'ana'

type Move =
  | { move: 'approve'; who: Name; isRight: boolean }
  | { move: 'shell'; who: Name }
  | { move: 'demote' | 'promote' | 'dismiss'; who: Name }
  | { move: 'alter' } // the stored plan gets another digest, as if it were planned again
  | { move: 'start' }
type Game = {
  isLarge: boolean
  fourEyes: boolean
  /** Whether the requester asked through a key that they made. */
  isByKey: boolean
  approvers: readonly Name[]
  moves: readonly Move[]
}

const who = fc.constantFrom(...PEOPLE)
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      move: fc.constant('approve' as const),
      who,
      isRight: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ move: fc.constant('shell' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ move: fc.constantFrom('demote' as const, 'promote' as const), who }),
  },
  { weight: 1, arbitrary: fc.record({ move: fc.constant('dismiss' as const), who }) },
  { weight: 1, arbitrary: fc.constant({ move: 'alter' as const }) },
  { weight: 3, arbitrary: fc.constant({ move: 'start' as const }) },
)
const game: fc.Arbitrary<Game> = fc.record({
  isLarge: fc.boolean(),
  fourEyes: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  isByKey: fc.boolean(),
  approvers: fc.subarray([...PEOPLE]),
  moves: fc.array(move, { minLength: 1, maxLength: 14 }),
})

/** Whom each side lets in. Every player answers each move with yes or no. */
type Player = { play(move: Move): Promise<boolean> | boolean }

const RESETS = 6
const needed = ({ isLarge, fourEyes }: Game) =>
  approvalsNeeded({ resets: RESETS, directory: isLarge ? 10 : 10_000, fourEyes })

/** The rule as one would tell it. */
function modelOf(game: Game): Player {
  const may = new Set<Name>(game.approvers)
  const gone = new Set<Name>()
  let version = 0
  const given = new Map<string, number>()
  let status: 'planned' | 'approved' | 'running' = 'planned'
  const canApprove = (each: Name) => may.has(each) && !gone.has(each)
  const counts = (key: string) => {
    if (given.get(key) !== version) return false
    const [kind, name] = key.split(':') as [string, Name]
    if (game.fourEyes && key === `staff:${REQUESTER}`) return false
    return kind === 'os' ? !PEOPLE.some(canApprove) : canApprove(name)
  }
  const enough = () => [...given.keys()].filter(counts).length >= needed(game)
  const approve = (key: string) => {
    if (status === 'running' || (status === 'approved' && enough())) return false
    const isNew = !given.has(key)
    const before = given.get(key)
    given.set(key, before ?? version)
    if (!counts(key)) {
      if (isNew) given.delete(key)
      return false
    }
    if (enough()) status = 'approved'
    return true
  }
  const moves: Record<Move['move'], (move: never) => boolean> = {
    approve: ({ who, isRight }: { who: Name; isRight: boolean }) =>
      isRight && approve(`staff:${who}`),
    shell: ({ who }: { who: Name }) => approve(`os:${who}`),
    demote: ({ who }: { who: Name }) => void may.delete(who) === undefined,
    promote: ({ who }: { who: Name }) => void may.add(who) === undefined,
    dismiss: ({ who }: { who: Name }) => void gone.add(who) === undefined,
    alter: () => {
      version += 1
      return true
    },
    start: () => {
      if (status !== 'approved' || !enough()) return false
      status = 'running'
      return true
    },
  }
  return { play: (each) => moves[each.move](each as never) }
}

const requesterOf = ({ isByKey }: Game, id: string) =>
  isByKey
    ? { requestedBy: 'key:key_ci', keyMaker: `staff:${id}` }
    : { requestedBy: `staff:${id}`, keyMaker: null }

/** The same game by the pure rule of the product. */
function ruleOf(game: Game): Player {
  const staff = new Map(
    PEOPLE.map((name) => [name, { isApprover: game.approvers.includes(name), isDismissed: false }]),
  )
  let digest = 'd0'
  const given: { approver: string; planDigest: string; expectedResets: number }[] = []
  let status = 'planned'
  const plan = () => ({
    planDigest: digest,
    resets: RESETS,
    ...requesterOf(game, REQUESTER),
    fourEyes: game.fourEyes,
  })
  const judged = (one: (typeof given)[number]) => {
    const person = staff.get(one.approver.split(':')[1] as Name)
    const approversExist = [...staff.values()].some((each) => each.isApprover && !each.isDismissed)
    const isDismissed = person?.isDismissed ?? true
    const facts = { ...one, isDismissed, isApprover: person?.isApprover ?? false, approversExist }
    return { approver: one.approver, lapse: lapseOf(facts, plan()) }
  }
  const missing = () => approvalsMissing(needed(game), given.map(judged))
  const approve = (approver: string) => {
    if (status === 'running' || (status === 'approved' && missing() === null)) return false
    const old = given.find((each) => each.approver === approver)
    const one = old ?? { approver, planDigest: digest, expectedResets: RESETS }
    if (judged(one).lapse !== null) return false
    if (!old) given.push(one)
    if (missing() === null) status = 'approved'
    return true
  }
  const change = (move: 'demote' | 'promote' | 'dismiss', name: Name) => {
    const person = staff.get(name) as { isApprover: boolean; isDismissed: boolean }
    if (move === 'dismiss') person.isDismissed = true
    else person.isApprover = move === 'promote'
    return true
  }
  return {
    play(each) {
      if (each.move === 'approve') return each.isRight && approve(`staff:${each.who}`)
      if (each.move === 'shell') return approve(`os:${each.who}`)
      if (each.move === 'alter') {
        digest = `d${Number(digest.slice(1)) + 1}`
        return true
      }
      if (each.move === 'start') {
        if (status !== 'approved' || missing() !== null) return false
        status = 'running'
        return true
      }
      return change(each.move, each.who)
    },
  }
}

test('by the pure rule a sweep starts exactly when the model says so, in 10,000 games', () => {
  let starts = 0
  fc.assert(
    fc.property(game, (played) => {
      const model = modelOf(played)
      const rule = ruleOf(played)
      for (const each of played.moves) {
        const says = model.play(each)
        if (each.move === 'start' && says === true) starts += 1
        expect([each, rule.play(each)]).toEqual([each, says])
      }
    }),
    { numRuns: 10_000 },
  )
  expect(starts).toBeGreaterThan(300) // the games reach what they are about
})

/** Two approvals that never counted at the same time when they were made, and do now. */
const COUNTS_AGAIN: Game = {
  isLarge: true,
  fourEyes: true,
  isByKey: false,
  approvers: ['ben', 'cleo'],
  moves: [
    { move: 'approve', who: 'ben', isRight: true },
    { move: 'demote', who: 'ben' },
    { move: 'approve', who: 'cleo', isRight: true },
    { move: 'promote', who: 'ben' },
    { move: 'approve', who: 'cleo', isRight: true },
    { move: 'start' },
  ],
}

describe('by the database', () => {
  let world: World
  beforeAll(async () => {
    world = await aWorld()
    await world.db.$executeRaw`
      INSERT INTO incident (id, title, kind, occurred_at, detected_at) VALUES ('inc', 'x', 'x', now(), now())`
    await world.db.$executeRaw`INSERT INTO policy (version, sha256, body) VALUES ('p@1', 'x', '{}')`
  })
  afterAll(() => world.close())

  let games = 0

  /** A plan of nothing at all has a digest like any other; `alter` gives it another window. */
  async function databaseOf(played: Game): Promise<Player> {
    const { db } = world
    games += 1
    const sweepId = `swp_${games}`
    await db.$executeRaw`UPDATE staff SET dismissed_at = coalesce(dismissed_at, now())`
    const idOf = (name: Name) => `${name}-${games}`
    for (const name of PEOPLE) {
      const roles = played.approvers.includes(name) ? ['approver'] : ['reviewer']
      await db.$executeRaw`
        INSERT INTO staff (id, email, name, roles, enrolled_at)
        VALUES (${idOf(name)}, ${`${idOf(name)}@x.example`}, ${name}, ${roles}::text[], now())`
    }
    await db.sweep.create({
      data: {
        id: sweepId,
        incidentId: 'inc',
        listIds: [],
        policyVersion: 'p@1',
        mailRevision: world.mailRevision,
        windowStart: new Date(0),
        fourEyes: played.fourEyes,
        ...requesterOf(played, idOf(REQUESTER)),
        status: 'planned',
        resets: RESETS,
        approvalsNeeded: needed(played),
      },
    })
    let windows = 0
    const replan = async () => {
      windows += 1
      const windowStart = new Date(windows * 1_000)
      const sweep = await db.sweep.update({ where: { id: sweepId }, data: { windowStart } })
      const { digest } = await readPlan(db, sweep)
      await db.sweep.update({ where: { id: sweepId }, data: { planDigest: digest } })
    }
    await replan()
    const yes = (asked: Promise<unknown>) =>
      asked.then(
        () => true,
        (error: unknown) => {
          if (error instanceof Refusal) return false
          throw error
        },
      )
    const approve = async (approver: string, expectedResets: number) => {
      const { planDigest } = await db.sweep.findUniqueOrThrow({ where: { id: sweepId } })
      const request = { planDigest: planDigest ?? '', expectedResets, approver }
      return yes(approveSweep(world, sweepId, request))
    }
    const setRole = (name: Name, role: string) =>
      db.$executeRaw`UPDATE staff SET roles = ${[role]}::text[] WHERE id = ${idOf(name)}`
    return {
      async play(each) {
        switch (each.move) {
          case 'approve':
            return approve(`staff:${idOf(each.who)}`, each.isRight ? RESETS : RESETS + 1)
          case 'shell':
            return approve(`os:${each.who}`, RESETS)
          case 'alter':
            await replan()
            return true
          case 'start':
            return yes(startSweep(world, sweepId, 'os:test'))
          case 'dismiss':
            await db.$executeRaw`UPDATE staff SET dismissed_at = now() WHERE id = ${idOf(each.who)}`
            return true
          default:
            await setRole(each.who, each.move === 'promote' ? 'approver' : 'reviewer')
            return true
        }
      },
    }
  }

  test('a sweep starts exactly when the model says so, in 300 games', async () => {
    await fc.assert(
      fc.asyncProperty(game, async (played) => {
        const model = modelOf(played)
        const database = await databaseOf(played)
        for (const each of played.moves) {
          const says = model.play(each)
          expect([each, await database.play(each)]).toEqual([each, says])
        }
      }),
      { numRuns: 300, examples: [[COUNTS_AGAIN]] },
    )
    const started = await world.db.sweep.count({ where: { status: 'running' } })
    expect(started).toBeGreaterThan(5)
    expect(await world.db.auditEvent.count({ where: { kind: 'sweep.started' } })).toBe(started)
  }, 120_000)
})
