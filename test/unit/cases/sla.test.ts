import { PRIORITY } from '../../../src/cases/priority.js'
import { escalatedAfterMinutes, slaState } from '../../../src/cases/sla.js'

const NOW = new Date('2026-11-26T12:00:00Z')
const inMinutes = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000)

test.each(Object.entries(PRIORITY))(
  'a %s case is due soon in the last quarter of its time',
  (_name, { rank, dueMinutes }) => {
    const state = (minutes: number) =>
      slaState({ rank, dueAt: inMinutes(minutes), decidedAt: null }, NOW)
    expect(state(dueMinutes)).toBe('ok')
    expect(state(dueMinutes / 4 + 0.1)).toBe('ok')
    expect(state(dueMinutes / 4)).toBe('due_soon')
    expect(state(0.1)).toBe('due_soon')
    expect(state(0)).toBe('breached')
  },
)

test.each([
  ['critical', PRIORITY.critical.rank, 30],
  ['high', PRIORITY.high.rank, 120],
  ['normal', PRIORITY.normal.rank, 1_440],
])('Cordon escalates a %s case after its own time again', (_name, rank, minutes) =>
  expect(escalatedAfterMinutes(rank)).toBe(minutes),
)

test('a decided case stands where it stood when it was decided', () => {
  const decided = (minutes: number) =>
    slaState({ rank: 0, dueAt: inMinutes(-60), decidedAt: inMinutes(minutes) }, NOW)
  expect(decided(-61)).toBe('ok')
  expect(decided(-59)).toBe('breached')
})
