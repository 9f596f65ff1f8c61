import { outcomeOf } from '../../../src/events/outcome.js'
import { retrySeconds, wishedSeconds } from '../../../src/events/schedule.js'

const HOUR = 3_600

test.each([
  [1, 5],
  [2, 300],
  [3, 1_800],
  [4, 2 * HOUR],
  [5, 5 * HOUR],
  [6, 10 * HOUR],
  [7, 14 * HOUR],
  [8, 20 * HOUR],
  [9, 24 * HOUR],
  [10, undefined],
  [11, undefined],
])('after failure %i the next try is %s seconds later', (attempts, seconds) => {
  expect(retrySeconds(attempts, 0)).toBe(seconds)
})

test('chance makes a wait up to a fifth longer, never shorter', () => {
  expect(retrySeconds(2, 0.5)).toBe(330)
  expect(retrySeconds(2, 1)).toBe(360)
})

test.each([
  ['120', 120],
  ['999999', 86_400],
  ['1', 5],
  ['Wed, 21 Oct 2026 07:28:00 GMT', 5],
  ['-5', 5],
  [undefined, 5],
])('Retry-After: %s waits %i seconds', (header, seconds) => {
  expect(retrySeconds(1, 0, wishedSeconds(header))).toBe(seconds)
})

const heard = (status: number, body = '', retryAfter?: string) =>
  ({ kind: 'answered', status, body, retryAfter }) as const
const first = { format: 'webhook', attempts: 1, chance: 0 } as const
const last = { ...first, attempts: 10 }

test.each([
  [200, 'accepted'],
  [204, 'accepted'],
  [299, 'accepted'],
  [100, 'retry'],
  [301, 'retry'],
  [307, 'retry'],
  [400, 'retry'],
  [404, 'retry'],
  [429, 'retry'],
  [500, 'retry'],
  [503, 'retry'],
  [410, 'gone'],
])('an answer of %i: %s', (status, kind) => {
  expect(outcomeOf(heard(status), first)).toMatchObject({ kind, answer: status })
})

test('the last failure is dead, the last success is not', () => {
  expect(outcomeOf(heard(500), last).kind).toBe('dead')
  expect(outcomeOf({ kind: 'failed', because: 'timeout' }, last)).toEqual({
    kind: 'dead',
    answer: null,
    reason: 'timeout',
  })
  expect(outcomeOf(heard(200), last).kind).toBe('accepted')
})

test.each([
  ['{"err":"invalid_key","description":"Key unknown"}', 'invalid_key'],
  ['{"err":"two words"}', 'unreadable'],
  ['{"err":{"a":1}}', 'unreadable'],
  ['null', 'unreadable'],
  ['<html>', null],
])('a refused token with %s is noted as %s', (body, reason) => {
  const outcome = outcomeOf(heard(400, body), { ...first, format: 'ssf_push' })
  expect(outcome).toMatchObject({ kind: 'retry', reason })
})
