import { type Counted, foresee, loadsOf } from '../../../../src/mail/forecast/summary.js'
import { plainTerms } from '../../../../src/mail/forecast/terms.js'
import { WAVES } from '../../../../src/mail/waves/policy.js'

const TERMS = {
  ...plainTerms(WAVES, ['seed@example.org']),
  laneOf: (domain: string) => (domain.endsWith('yahoo.com') ? 'yahoo' : `domain:${domain}`),
  limitsOf: () => ({ rate: 2, connections: 3, bulkShare: 0.9 }),
}
const counted = (over: Partial<Counted>): Counted => ({
  lane: null,
  domain: null,
  mails: 1,
  rate: null,
  connections: null,
  ...over,
})

test('domains that were not looked up fall into the lane they are known for', () => {
  const loads = loadsOf(
    [
      counted({ lane: 'yahoo', mails: 5 }),
      counted({ domain: 'yahoo.com', mails: 2 }),
      counted({ domain: 'small.example', mails: 3 }),
    ],
    TERMS,
  )
  expect(loads).toMatchObject([
    { lane: 'yahoo', mails: 7, rate: 2, connections: 3, bulkShare: 0.9 },
    { lane: 'domain:small.example', mails: 3 },
  ])
})

test('a lane that slowed down is as slow as it is now', () => {
  const slowed = counted({ lane: 'yahoo', rate: 0.1, connections: 1 })
  expect(loadsOf([slowed], TERMS)).toMatchObject([{ rate: 0.1, connections: 1 }])
})

test('where nothing is put off, as by a mailbox of our own, nobody waits for a second attempt', () => {
  const mails = [counted({ lane: 'yahoo', mails: 100, rate: 100 })]
  const waves = { ...WAVES, holdSeconds: 0 }
  const real = foresee(mails, { ...TERMS, waves })
  const own = foresee(mails, { ...TERMS, waves, deferralShareOf: () => 0 })
  expect(own.p95Seconds).toBeLessThan(30)
  expect(real.p50Seconds).toBeGreaterThan(300)
})

test('what is shown adds up, however many lanes there are', () => {
  const many = Array.from({ length: 200 }, (_, index) =>
    counted({ domain: `d${index}.example`, mails: index + 1 }),
  )
  const { lanes, others, mails, waves, slowest, seeds } = foresee(many, TERMS)
  expect(lanes).toHaveLength(50)
  expect(others?.lanes).toBe(150)
  expect(lanes.reduce((sum, lane) => sum + lane.mails, others?.mails ?? 0)).toBe(mails)
  expect(waves.reduce((sum, size) => sum + size, 0)).toBe(mails)
  expect(slowest).toBe(lanes[0]?.lane)
  expect(others?.p50Seconds).toBeLessThanOrEqual(lanes.at(-1)?.p50Seconds ?? 0)
  expect(seeds).toBe(1)
})

test('a plan without mail is foreseen as nothing', () => {
  expect(foresee([], TERMS)).toMatchObject({ mails: 0, lanes: [], others: null, waves: [] })
})
