import { readWaves, sizeOf, WAVES, wavesPolicy } from '../../../../src/mail/waves/policy.js'

test('the default is watched for ten minutes where mail really leaves, and not where it does not', () => {
  expect(wavesPolicy(undefined, 'smtp')).toEqual(WAVES)
  expect(wavesPolicy(undefined, 'embedded_mailbox')).toEqual({
    ...WAVES,
    holdSeconds: 0,
    gatherSeconds: 0,
  })
})

test('what an operator says replaces only that', () => {
  const spoken = readWaves('{"holdSeconds": 900, "stop": {"samples": 40}}')
  if ('problem' in spoken) throw new Error(spoken.problem)
  expect(wavesPolicy(spoken, 'smtp')).toEqual({
    ...WAVES,
    holdSeconds: 900,
    stop: { ...WAVES.stop, samples: 40 },
  })
})

test.each([
  ['no JSON', 'hold=0', 'must be JSON'],
  ['a name nobody knows', '{"hold": 0}', 'hold'],
  ['more than fifty in the canary', '{"canary": 51}', 'canary'],
  ['no canary', '{"canary": 0}', 'canary'],
  ['shares that leave some out', '{"shares": [10, 20, 30]}', 'add up to 100'],
  ['shares of nothing', '{"shares": [0, 100]}', 'shares'],
  ['a hold that never ends', '{"holdSeconds": 1e9}', 'holdSeconds'],
  ['a limit that stops nothing', '{"stop": {"bounceShare": 2}}', 'stop.bounceShare'],
])('%s is refused in words', (_rule, json, says) => {
  expect(readWaves(json)).toEqual({ problem: expect.stringContaining(says) })
})

test('waves are sized by the plan, and the last takes the rest', () => {
  expect([0, 1, 2, 3, 4, 9].map((no) => sizeOf(no, 22_000, WAVES))).toEqual([
    50,
    2_200,
    4_400,
    6_600,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ])
  expect(sizeOf(1, 3, WAVES)).toBe(1)
})
