import fc from 'fast-check'
import {
  ACT_SIZE,
  CANARY_SIZE,
  type ChunkRange,
  cutIntoChunks,
  HOLD_SIZE,
} from '../../../src/sweeps/planning/chunks.js'

const seqs = ({ firstSeq, lastSeq }: ChunkRange) =>
  Array.from({ length: lastSeq - firstSeq + 1 }, (_, index) => firstSeq + index)
const count = (to: number) => Array.from({ length: to }, (_, index) => index + 1)

test('every account is acted on exactly once, in order, after every hold and the canary', () => {
  const plans = fc
    .nat(30_000)
    .chain((actions) => fc.record({ actions: fc.constant(actions), holdsUntil: fc.nat(actions) }))
  fc.assert(
    fc.property(plans, (plan) => {
      const chunks = cutIntoChunks(plan)
      const phases = chunks.map(({ phase }) => phase)
      expect(phases).toEqual(
        [...phases].sort((a, b) => 'hold canary act'.indexOf(a) - 'hold canary act'.indexOf(b)),
      )
      expect(chunks.filter(({ phase }) => phase !== 'hold').flatMap(seqs)).toEqual(
        count(plan.actions),
      )
      expect(chunks.filter(({ phase }) => phase === 'hold').flatMap(seqs)).toEqual(
        count(plan.holdsUntil),
      )
    }),
    { numRuns: 60 },
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
