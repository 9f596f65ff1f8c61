import { openQuota } from '../../../../src/mail/returns/quota.js'

test('each key has its share of each stretch of time', () => {
  const quota = openQuota(1_000)
  const taken = (key: string, nowMs: number) => quota.take(key, 2, nowMs)
  expect([taken('a', 0), taken('a', 1), taken('a', 2), taken('b', 3)]).toEqual([
    true,
    true,
    false,
    true,
  ])
  expect(taken('a', 999)).toBe(false)
  expect([taken('a', 1_000), taken('a', 1_001), taken('a', 1_002)]).toEqual([true, true, false])
})

test('a flood of keys is forgotten, not kept', () => {
  const quota = openQuota(1_000, 100)
  expect(quota.take('a', 1, 0)).toBe(true)
  for (let i = 0; i < 100; i++) quota.take(`flood ${i}`, 1, 1)
  expect(quota.take('a', 1, 2)).toBe(true)
})
