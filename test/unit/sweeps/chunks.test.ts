import fc from 'fast-check'
import {
  ACT_SIZE,
  CANARY_SIZE,
  type ChunkRange,
  cutIntoChunks,
  HOLD_SIZE,
} from '../../../src/sweeps/planning/chunks.js'

/** True when the ranges cover 1 to `last` without gap or overlap, in order. */
const covers = (ranges: readonly ChunkRange[], last: number) =>
  ranges.every(
    ({ firstSeq, lastSeq }, index) =>
      firstSeq === (ranges[index - 1]?.lastSeq ?? 0) + 1 && lastSeq >= firstSeq,
  ) && (ranges.at(-1)?.lastSeq ?? 0) === last

test('every account is acted on exactly once, in order, after every hold and the canary', () => {
  const plans = fc
    .nat(2_000_000)
    .chain((actions) => fc.record({ actions: fc.constant(actions), holdsUntil: fc.nat(actions) }))
  fc.assert(
    fc.property(plans, (plan) => {
      const chunks = cutIntoChunks(plan)
      expect(chunks.map(({ phase }) => phase).join(' ')).toMatch(/^(hold ?)*(canary ?)?(act ?)*$/)
      expect(
        covers(
          chunks.filter(({ phase }) => phase === 'hold'),
          plan.holdsUntil,
        ),
      ).toBe(true)
      expect(
        covers(
          chunks.filter(({ phase }) => phase !== 'hold'),
          plan.actions,
        ),
      ).toBe(true)
    }),
  )
})

test.each([
  ['nobody', 0, 0, []],
  ['one account, told', 1, 0, ['canary 1–1']],
  ['one account, held', 1, 1, ['hold 1–1', 'canary 1–1']],
  ['exactly the canary', CANARY_SIZE, 0, [`canary 1–${CANARY_SIZE}`]],
  [
    'one more than the canary',
    CANARY_SIZE + 1,
    0,
    [`canary 1–${CANARY_SIZE}`, `act ${CANARY_SIZE + 1}–${CANARY_SIZE + 1}`],
  ],
  [
    'a full last chunk',
    CANARY_SIZE + ACT_SIZE,
    0,
    [`canary 1–${CANARY_SIZE}`, `act ${CANARY_SIZE + 1}–${CANARY_SIZE + ACT_SIZE}`],
  ],
])('%s', (_rule, actions, holdsUntil, ranges) => {
  const shown = cutIntoChunks({ actions, holdsUntil }).map(
    (c) => `${c.phase} ${c.firstSeq}–${c.lastSeq}`,
  )
  expect(shown).toEqual(ranges)
})

test('no transaction is larger than its phase allows', () => {
  const most = { hold: HOLD_SIZE, canary: CANARY_SIZE, act: ACT_SIZE }
  for (const { phase, firstSeq, lastSeq } of cutIntoChunks({ actions: 63_211, holdsUntil: 40_007 }))
    expect(lastSeq - firstSeq + 1).toBeLessThanOrEqual(most[phase])
})
