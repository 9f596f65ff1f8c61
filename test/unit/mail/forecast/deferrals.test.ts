import { DEFERRAL_SHARES, deferralShareOf } from '../../../../src/mail/forecast/deferrals.js'

test.each(DEFERRAL_SHARES)('$lanes: a share of mails, and why', ({ lanes, share, source }) => {
  expect(share).toBeGreaterThan(0)
  expect(share).toBeLessThan(0.5)
  expect(source.length).toBeGreaterThan(20)
  for (const lane of lanes) expect(deferralShareOf(lane)).toBe(share)
})

test('no lane has two shares', () => {
  const all = DEFERRAL_SHARES.flatMap(({ lanes }) => lanes)
  expect(new Set(all).size).toBe(all.length)
})

test('small hosts greylist more than a provider nobody complained about', () => {
  expect(deferralShareOf('mx:small.example')).toBe(deferralShareOf('domain:small.example'))
  expect(deferralShareOf('domain:small.example')).toBeGreaterThan(deferralShareOf('libero'))
})
