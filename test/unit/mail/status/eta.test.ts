import { allSeconds, laneSeconds, type Pace } from '../../../../src/mail/status/eta.js'

const pace = (left: number, rate: number | null, pausedSeconds: number | null = 0): Pace => ({
  left,
  rate,
  pausedSeconds,
})

test.each<[string, Pace, number | null]>([
  ['nothing is left', pace(0, null), 0],
  ['a hundred at ten a second', pace(100, 10), 10],
  ['a hundred an hour, as some providers take', pace(50, 100 / 3600), 1_800],
  ['paused for a minute first', pace(100, 10, 60), 70],
  ['no rate is known', pace(1, null), null],
  ['put aside for good', pace(1, 10, null), null],
])('a lane when %s', (_when, lane, seconds) => expect(laneSeconds(lane)).toBe(seconds))

test('lanes run side by side: the slowest decides', () => {
  expect(allSeconds([pace(100, 10), pace(100, 1), pace(0, null)])).toBe(100)
  expect(allSeconds([])).toBe(0)
})

test('where one lane cannot be told, the whole cannot', () => {
  expect(allSeconds([pace(100, 10), pace(1, null)])).toBeNull()
})
