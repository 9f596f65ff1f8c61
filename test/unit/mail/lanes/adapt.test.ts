import fc from 'fast-check'
import { adapt, type LaneState, type Seen } from '../../../../src/mail/lanes/adapt.js'

const NOW = 1_000_000
const lane = (over: Partial<LaneState> = {}): LaneState => ({
  rate: 20,
  rateCap: 100,
  connections: 8,
  connectionsCap: 10,
  clean: 0,
  changedAtMs: NOW - 2_000,
  pausedUntilMs: 0,
  hurtRate: null,
  hurtUntilMs: 0,
  provenRate: null,
  strikes: 0,
  ...over,
})
const seen = (over: Partial<Seen> = {}): Seen => ({
  accepted: 0,
  throttled: 0,
  crowded: 0,
  pauseSeconds: 0,
  blocked: null,
  ...over,
})

describe('after a complaint', () => {
  const complaint = seen({ throttled: 1 })
  test('out of nowhere, the rate and the connections are halved and the lane pauses', () => {
    expect(adapt(lane(), complaint, NOW)).toMatchObject({
      rate: 10,
      connections: 4,
      hurtRate: 20,
      pausedUntilMs: NOW + 500,
    })
  })
  test('just above a proven rate, a small step back is enough', () => {
    expect(adapt(lane({ provenRate: 18 }), complaint, NOW)).toMatchObject({
      rate: 18,
      connections: 8,
    })
  })
  test('one right after another halves again and pauses longer', () => {
    const once = adapt(lane({ provenRate: 18 }), complaint, NOW)
    expect(adapt(once, complaint, once.pausedUntilMs + 1)).toMatchObject({
      rate: 9,
      pausedUntilMs: once.pausedUntilMs + 1 + 1_000,
    })
  })
  test('one while the lane pauses is an echo, and changes no rate', () => {
    const once = adapt(lane(), complaint, NOW)
    expect(adapt(once, complaint, NOW + 400)).toMatchObject({ rate: 10, strikes: 1 })
  })
  test('the pause that the server asks for counts', () => {
    const asked = seen({ throttled: 1, pauseSeconds: 300 })
    expect(adapt(lane(), asked, NOW).pausedUntilMs).toBe(NOW + 300_000)
  })
  test('about connections, only those are fewer', () => {
    const crowded = seen({ throttled: 2, crowded: 2 })
    expect(adapt(lane(), crowded, NOW)).toMatchObject({ rate: 20, connections: 4 })
  })
})

test('a block stops the lane for an hour, or as long as the rule says, and keeps its rate', () => {
  const blocked = seen({ blocked: 'any.blocked' })
  expect(adapt(lane(), blocked, NOW)).toMatchObject({ rate: 20, pausedUntilMs: NOW + 3_600_000 })
  expect(adapt(lane(), { ...blocked, pauseSeconds: 60 }, NOW).pausedUntilMs).toBe(NOW + 60_000)
})

describe('after clean messages', () => {
  test('of two seconds the rate grows by a tenth, and a connection is added', () => {
    expect(adapt(lane(), seen({ accepted: 40 }), NOW)).toMatchObject({
      rate: 22,
      connections: 9,
      provenRate: 20,
      clean: 0,
    })
  })
  test('too few are counted and change nothing', () => {
    expect(adapt(lane(), seen({ accepted: 39 }), NOW)).toMatchObject({ rate: 20, clean: 39 })
  })
  test('that took far too long prove nothing about the rate', () => {
    const idle = lane({ changedAtMs: NOW - 60_000 })
    expect(adapt(idle, seen({ accepted: 40 }), NOW)).toMatchObject({ rate: 20, provenRate: null })
  })
  test('the rate stays below the one that hurt', () => {
    const hurt = lane({ hurtRate: 22, hurtUntilMs: NOW + 1 })
    expect(adapt(hurt, seen({ accepted: 40 }), NOW).rate).toBeCloseTo(20.9)
  })
  test('once that is long ago, it tries again', () => {
    const hurt = lane({ hurtRate: 20, hurtUntilMs: NOW - 1 })
    expect(adapt(hurt, seen({ accepted: 40 }), NOW)).toMatchObject({ rate: 22, hurtRate: null })
  })
  test('sent before a pause they prove nothing', () => {
    const paused = lane({ pausedUntilMs: NOW + 1 })
    expect(adapt(paused, seen({ accepted: 40 }), NOW)).toEqual(paused)
  })
})

test('whatever is seen, rate and connections stay between the least and their caps', () => {
  const step = fc.record({
    accepted: fc.nat(500),
    throttled: fc.nat(3),
    crowded: fc.nat(1),
    pauseSeconds: fc.constantFrom(0, 0, 5, 600),
    blocked: fc.constantFrom(null, null, null, 'rule'),
  })
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat(60_000)), { maxLength: 200 }), (steps) => {
      let state = lane()
      let now = NOW
      for (const [what, later] of steps) {
        now += later
        state = adapt(state, what, now)
        expect(state.rate).toBeLessThanOrEqual(state.rateCap)
        expect(state.rate).toBeGreaterThanOrEqual(1 / 60)
        expect(state.connections).toBeLessThanOrEqual(state.connectionsCap)
        expect(state.connections).toBeGreaterThanOrEqual(1)
      }
    }),
  )
})

const STEP_MS = 20
const REPLY_MS = 60

/** Takes `limit(second)` messages in any second, refuses the rest, and answers a moment later. */
function aProvider(limit: (second: number) => number) {
  const taken: number[] = []
  const replies: { atMs: number; ok: boolean }[] = []
  return {
    send(nowMs: number): boolean {
      while (taken[0] !== undefined && taken[0] <= nowMs - 1_000) taken.shift()
      const ok = taken.length < limit(Math.floor(nowMs / 1_000))
      if (ok) taken.push(nowMs)
      replies.push({ atMs: nowMs + REPLY_MS, ok })
      return ok
    },
    repliesBy(nowMs: number): Seen {
      const told = seen()
      while (replies[0] !== undefined && replies[0].atMs <= nowMs)
        told[replies.shift()?.ok ? 'accepted' : 'throttled'] += 1
      return told
    },
  }
}

/** A lane against such a provider: what was accepted and refused in each second. */
function simulate(limit: (second: number) => number, seconds: number, start: Partial<LaneState>) {
  const provider = aProvider(limit)
  const bySecond = Array.from({ length: seconds }, () => ({ accepted: 0, refused: 0 }))
  let state = lane({ ...start, changedAtMs: 0 })
  let nextMs = 0
  for (let now = 0; now < seconds * 1_000; now += STEP_MS) {
    while (nextMs <= now && state.pausedUntilMs <= now) {
      const ok = provider.send(now)
      bySecond[Math.floor(now / 1_000)]![ok ? 'accepted' : 'refused'] += 1
      nextMs = Math.max(nextMs, now - STEP_MS) + 1_000 / state.rate
    }
    state = adapt(state, provider.repliesBy(now), now)
  }
  return bySecond
}

const between = (counts: ReturnType<typeof simulate>, from: number, to: number) => {
  const part = counts.slice(from, to)
  const accepted = part.reduce((sum, second) => sum + second.accepted, 0)
  const refused = part.reduce((sum, second) => sum + second.refused, 0)
  return { rate: accepted / part.length, refusedShare: refused / (accepted + refused) }
}

describe('against a limit that nobody tells', () => {
  test('the lane is within a fifth of it after a minute, with few complaints', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 90 }),
        fc.integer({ min: 20, max: 100 }),
        (limit, rate) => {
          const counts = simulate(() => limit, 240, { rate })
          const { rate: found, refusedShare } = between(counts, 60, 240)
          expect(found).toBeGreaterThan(limit * 0.8)
          expect(found).toBeLessThanOrEqual(limit * 1.2)
          expect(refusedShare).toBeLessThan(0.05)
        },
      ),
      { numRuns: 60 },
    )
  })
  test('when it is raised, nine tenths are regained within two minutes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 40 }),
        fc.double({ min: 1.2, max: 2.2, noNaN: true }),
        (limit, times) => {
          const raised = Math.min(95, Math.round(limit * times))
          const counts = simulate((second) => (second < 120 ? limit : raised), 270, {})
          const best = Math.max(
            ...Array.from({ length: 111 }, (_, i) => between(counts, 120 + i, 130 + i).rate),
          )
          expect(best).toBeGreaterThanOrEqual(0.9 * raised)
        },
      ),
      { numRuns: 60 },
    )
  })
  test('when it falls, the lane is within a fifth again after a minute', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 90 }), (limit) => {
        const lowered = Math.ceil(limit / 2)
        const counts = simulate((second) => (second < 60 ? limit : lowered), 240, {})
        const { rate } = between(counts, 120, 240)
        expect(rate).toBeGreaterThan(lowered * 0.8)
        expect(rate).toBeLessThanOrEqual(lowered * 1.2)
      }),
      { numRuns: 60 },
    )
  })
})
