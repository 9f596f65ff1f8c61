import { illegalMove, NEXT, type SweepStatus, sourcesOf } from '../../../src/sweeps/state.js'

const STATES = Object.keys(NEXT) as SweepStatus[]

/** Design §4, as drawn there. */
const ARROWS = new Set([
  'planning planned',
  'planning failed',
  'planned approved',
  'planned aborted',
  'approved running',
  'approved aborted',
  'running paused',
  'running finished',
  'running aborted',
  'paused running',
  'paused aborted',
])

test.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))(
  '%s → %s is allowed exactly when the design draws it',
  (from, to) => {
    expect(sourcesOf(to).includes(from)).toBe(ARROWS.has(`${from} ${to}`))
  },
)

test('what ended does not begin again', () => {
  expect([NEXT.finished, NEXT.aborted, NEXT.failed]).toEqual([[], [], []])
})

test('a refused move names the sweep, where it is and where it cannot go', () => {
  expect(illegalMove('swp_1', 'finished', 'running')).toMatchObject({
    code: 'illegal_transition',
    detail: 'Sweep swp_1 is finished and cannot become running.',
  })
})
