import { lineThrough, trendOf } from '../../../scripts/soak/trend.js'

const line = (count: number, valueAt: (second: number) => number) =>
  Array.from({ length: count }, (_, no) => ({ second: no * 10, value: valueAt(no * 10) }))
const LIMIT = { perHour: 4, noise: 2 }

test.each([
  ['a rising line', line(10, (second) => 3 + second / 2), { start: 3, perSecond: 0.5 }],
  ['a level one', line(10, () => 7), { start: 7, perSecond: 0 }],
  ['a falling one', line(4, (second) => -second), { start: 0, perSecond: -1 }],
  ['one sample', line(1, () => 5), { start: 5, perSecond: 0 }],
])('finds %s', (_what, samples, expected) => {
  const found = lineThrough(samples)
  expect(found.start).toBeCloseTo(expected.start)
  expect(found.perSecond).toBeCloseTo(expected.perSecond)
})

test.each([
  ['rests', line(360, () => 60), true],
  ['saws', line(360, (second) => 60 + (second % 50) / 5), true],
  ['falls', line(360, (second) => 60 - second / 600), true],
  ['grows by 3 an hour', line(360, (second) => 60 + (3 * second) / 3_600), true],
  ['grows by 6 an hour', line(360, (second) => 60 + (6 * second) / 3_600), false],
  ['grew only while it warmed up', line(360, (second) => 60 + Math.min(second, 1_100)), true],
  [
    'grows fast, but by less than the noise, for it was short',
    line(12, (second) => second / 60),
    true,
  ],
])('what %s is flat: %s', (_what, samples, flat) => {
  expect(trendOf(samples, LIMIT).flat).toBe(flat)
})
