import fc from 'fast-check'
import { forecast, type LaneLoad, waveSizes } from '../../../../src/mail/forecast/forecast.js'
import { relaySeconds } from '../../../../src/mail/forecast/travel.js'
import { WAVES } from '../../../../src/mail/waves/policy.js'

const lane = (over: Partial<LaneLoad> = {}): LaneLoad => ({
  lane: 'google',
  mails: 1_000,
  rate: 10,
  connections: 100,
  bulkShare: 1,
  deferralShare: 0,
  ...over,
})
const STRAIGHT = { waves: { ...WAVES, holdSeconds: 0 }, relayRate: 1e6, messageSeconds: 0.01 }
const soon = (seconds: number) => expect.closeTo(seconds, -Math.log10(seconds * 0.03))

describe('a lane that puts nothing off', () => {
  test.each<[string, Partial<LaneLoad>, number]>([
    ['takes its mails by its rate', {}, 100],
    ['takes what everyday mail leaves of the rate', { bulkShare: 0.5 }, 200],
    ['is held up by few connections', { connections: 1, rate: 1e6, mails: 10_000 }, 100],
  ])('%s', (_rule, over, seconds) => {
    const { p50Seconds, p95Seconds } = forecast([lane(over)], STRAIGHT)
    expect(p50Seconds).toEqual(soon(seconds))
    expect(p95Seconds).toEqual(soon(seconds))
  })
})

test('the lanes share the relay, and only those that it holds up are slower for it', () => {
  const lanes = [lane({ lane: 'slow', rate: 1 }), lane({ lane: 'fast', mails: 9_000, rate: 1e4 })]
  const { lanes: seen, slowest } = forecast(lanes, { ...STRAIGHT, relayRate: 91 })
  expect(slowest).toBe('slow')
  expect(seen.map(({ lane: name }) => name)).toEqual(['slow', 'fast'])
  expect(seen[0]?.p50Seconds).toEqual(soon(1_000))
  // 9,000 at 90 a second are 100 s, were it not that each wave waits for the slow lane.
  expect(seen[1]?.p50Seconds).toBeGreaterThan(100)
  expect(seen[1]?.p50Seconds).toBeLessThan(1_000)
})

test('what the relay is busy with is what it can take in that time', () => {
  const loads = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 1e5 }), fc.double({ min: 0.01, max: 1e3, noNaN: true })),
    { minLength: 1, maxLength: 30 },
  )
  fc.assert(
    fc.property(loads, fc.double({ min: 0.1, max: 1e4, noNaN: true }), (lanes, rate) => {
      const mails = lanes.map(([count]) => count)
      const alone = lanes.map(([count, perSecond]) => count / perSecond)
      const busy = relaySeconds(mails, alone, rate)
      const through = mails.reduce(
        (sum, count, at) => sum + count * Math.min(1, busy / (alone[at] ?? 1)),
        0,
      )
      if (busy > 0 && busy >= Math.max(...alone))
        expect(through).toBeLessThanOrEqual(rate * busy * 1.0001)
      else if (busy > 0) expect(through / (rate * busy)).toBeCloseTo(1, 2)
      else
        expect(lanes.reduce((sum, [, perSecond]) => sum + perSecond, 0)).toBeLessThanOrEqual(
          rate * 1.0001,
        )
    }),
  )
})

test('the hold of the canary is part of the time', () => {
  const held = forecast([lane()], { ...STRAIGHT, waves: WAVES })
  expect(held.p50Seconds).toEqual(soon(700))
})

test('mails that are put off come later, and the more of them the later', () => {
  const ends = [0, 0.01, 0.2].map((deferralShare) =>
    forecast([lane({ deferralShare })], { ...STRAIGHT, seed: 7 }),
  )
  const [none, few, many] = ends.map(({ p50Seconds }) => p50Seconds) as [number, number, number]
  expect(few).toBeGreaterThan(none + 300)
  expect(many).toBeGreaterThan(few)
  for (const { p50Seconds, p95Seconds } of ends)
    expect(p95Seconds).toBeGreaterThanOrEqual(p50Seconds)
})

test('a slow lane holds up the others no longer than patience', () => {
  const lanes = [
    lane({ lane: 'slow', mails: 2_000, rate: 0.02 }),
    lane({ lane: 'fast', mails: 20_000, rate: 1e3 }),
  ]
  const { lanes: seen } = forecast(lanes, STRAIGHT)
  expect(seen[0]).toMatchObject({ lane: 'slow', p50Seconds: soon(100_000) })
  const fast = seen[1]?.p50Seconds ?? 0
  expect(fast).toBeGreaterThan(WAVES.patienceSeconds)
  expect(fast).toBeLessThan((WAVES.shares.length + 1) * WAVES.patienceSeconds)
})

test('the same plan has the same forecast', () => {
  const lanes = [lane({ deferralShare: 0.05 }), lane({ lane: 'yahoo', deferralShare: 0.1 })]
  expect(forecast(lanes, STRAIGHT)).toEqual(forecast(lanes, STRAIGHT))
  expect(forecast(lanes, { ...STRAIGHT, seed: 2 })).not.toEqual(forecast(lanes, STRAIGHT))
})

test('no mail takes no time', () => {
  const nothing = { mails: 0, p50Seconds: 0, p95Seconds: 0, slowest: null, lanes: [] }
  expect(forecast([], STRAIGHT)).toEqual(nothing)
  expect(forecast([lane({ mails: 0 })], STRAIGHT)).toEqual(nothing)
})

test('the waves of a forecast hold all its mails', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000_000 }), (mails) => {
      const sizes = waveSizes(mails, WAVES)
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(mails)
      expect(Math.min(...sizes)).toBeGreaterThan(0)
      expect(sizes.length).toBeLessThanOrEqual(5)
    }),
  )
})

/** 200 ms; Jest’s sandbox makes it slower, and `npm run bench -- forecast` measures it without. */
const BUDGET_MS = 600

test('a million mails over five thousand lanes are foreseen while somebody waits', () => {
  const lanes = Array.from({ length: 5_000 }, (_, index) =>
    lane({
      lane: `domain:${index}.example`,
      mails: 200,
      rate: 1 + (index % 100),
      deferralShare: 0.02,
    }),
  )
  const times = [1, 2, 3, 4].map((seed) => {
    const before = process.cpuUsage()
    expect(forecast(lanes, { waves: WAVES, relayRate: 500, seed }).mails).toBe(1_000_000)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  })
  // Of this process alone: what else the machine does is not measured.
  expect(Math.min(...times)).toBeLessThan(BUDGET_MS)
})
