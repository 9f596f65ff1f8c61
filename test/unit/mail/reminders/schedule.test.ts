import fc from 'fast-check'
import {
  lookHours,
  type Mailed,
  type NextStep,
  nextStep,
  SCHEDULE,
} from '../../../../src/mail/reminders/schedule.js'

const mailed = (over: Partial<Mailed>): Mailed => ({
  hoursSinceLast: 0,
  reminders: 0,
  isUnderWay: false,
  wasAccepted: true,
  isRefused: false,
  ...over,
})

test.each<[string, Partial<Mailed>, NextStep]>([
  ['just mailed', {}, { kind: 'look', inHours: 24 }],
  ['mailed an hour ago', { hoursSinceLast: 1 }, { kind: 'look', inHours: 23 }],
  ['mailed a day ago', { hoursSinceLast: 24 }, { kind: 'remind', round: 1 }],
  ['mailed last month', { hoursSinceLast: 700 }, { kind: 'remind', round: 1 }],
  ['reminded yesterday', { reminders: 1, hoursSinceLast: 24 }, { kind: 'look', inHours: 24 }],
  ['reminded two days ago', { reminders: 1, hoursSinceLast: 48 }, { kind: 'remind', round: 2 }],
  ['reminded twice', { reminders: 2, hoursSinceLast: 48 }, { kind: 'look', inHours: 24 }],
  ['reminded twice, long ago', { reminders: 2, hoursSinceLast: 72 }, { kind: 'idle' }],
  ['a mail under way', { isUnderWay: true, hoursSinceLast: 99 }, { kind: 'look', inHours: 12 }],
  ['no mail accepted', { wasAccepted: false, hoursSinceLast: 99 }, { kind: 'look', inHours: 12 }],
  ['never mailed', { wasAccepted: false, hoursSinceLast: null }, { kind: 'look', inHours: 12 }],
  ['the last one refused', { isRefused: true, hoursSinceLast: 99 }, { kind: 'never' }],
])('%s', (_when, over, step) => expect(nextStep(mailed(over), SCHEDULE)).toEqual(step))

test('there are never more reminders than the schedule names, nor two within its shortest wait', () => {
  const schedules = fc
    .record({
      waits: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 }),
      idleAfterHours: fc.integer({ min: 1, max: 200 }),
    })
    .map(({ waits, idleAfterHours }) => {
      let sum = 0
      return { idleAfterHours, afterHours: waits.map((hours) => (sum += hours)) }
    })
  fc.assert(
    fc.property(schedules, (schedule) => {
      const sentAt: number[] = []
      let [lastAt, now] = [0, 0]
      for (let turn = 0; turn < 100; turn += 1) {
        const known = { reminders: sentAt.length, hoursSinceLast: now - lastAt }
        const step = nextStep(mailed(known), schedule)
        if (step.kind === 'idle') break
        if (step.kind === 'remind') {
          expect(step.round).toBe(sentAt.length + 1)
          sentAt.push(now)
          lastAt = now
        } else if (step.kind === 'look') now += step.inHours
      }
      expect(sentAt).toEqual(schedule.afterHours)
    }),
  )
})

test('whoever looks when nothing can be said looks before anything can be due', () => {
  expect(lookHours(SCHEDULE)).toBeLessThan(Math.min(...SCHEDULE.afterHours))
})
