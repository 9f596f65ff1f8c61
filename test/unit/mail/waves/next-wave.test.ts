import { nextWave, type Run, type Step, type Wave } from '../../../../src/mail/waves/next-wave.js'
import { WAVES } from '../../../../src/mail/waves/policy.js'

const wave = (over: Partial<Wave> = {}): Wave => ({
  no: 0,
  mails: 50,
  releasedSecondsAgo: 30,
  endedSecondsAgo: null,
  isVerified: false,
  wasStopped: false,
  hasUntried: false,
  hasRetrying: false,
  isHalfAnswered: false,
  bounces: 0,
  answered: 0,
  complaints: 0,
  seeds: { staged: 0, good: 0, bad: null },
  ...over,
})
const verified = (no: number, over: Partial<Wave> = {}) =>
  wave({ no, isVerified: true, endedSecondsAgo: 900, ...over })

const run = (over: Partial<Run> = {}): Run => ({
  policy: WAVES,
  planned: 10_000,
  waiting: 10_000,
  hasUnsorted: false,
  staging: 'over',
  begunSecondsAgo: 5,
  isOpen: true,
  isOtherMailer: false,
  seeds: 0,
  waves: [],
  ...over,
})

type Row = [string, Partial<Run>, Step]
const WAIT = (because: string) => ({ kind: 'wait', because }) as Step

describe('the canary', () => {
  test.each<Row>([
    ['goes once everything is staged and sorted', {}, { kind: 'release', no: 0, mails: 50 }],
    ['waits while the sweep stages', { staging: 'going' }, WAIT('staging')],
    ['waits for lanes', { hasUnsorted: true }, WAIT('staging')],
    [
      'waits for neither for ever',
      { staging: 'going', hasUnsorted: true, begunSecondsAgo: 60 },
      { kind: 'release', no: 0, mails: 50 },
    ],
    ['goes while a sweep is paused', { staging: 'resting' }, { kind: 'release', no: 0, mails: 50 }],
    ['waits while nothing is staged', { waiting: 0, staging: 'going' }, WAIT('nothing')],
    ['is never released of no mail', { waiting: 0 }, { kind: 'finish' }],
    [
      'has not ended while a mail is untried',
      { waves: [wave({ hasUntried: true })] },
      WAIT('answers'),
    ],
    [
      'has not ended while a mail is put off',
      { waves: [wave({ hasRetrying: true })] },
      WAIT('answers'),
    ],
    ['ends when all of it was answered for', { waves: [wave()] }, { kind: 'end', no: 0 }],
    ['is watched for ten minutes', { waves: [wave({ endedSecondsAgo: 599 })] }, WAIT('hold')],
    ['is verified then', { waves: [wave({ endedSecondsAgo: 600 })] }, { kind: 'verify', no: 0 }],
    [
      'is verified at once where nothing is watched',
      { policy: { ...WAVES, holdSeconds: 0 }, waves: [wave()] },
      { kind: 'verify', no: 0 },
    ],
  ])('%s', (_rule, over, step) => expect(nextWave(run(over))).toEqual(step))
})

describe('the waves after it', () => {
  test.each<Row>([
    ['the first is a tenth', { waves: [verified(0)] }, { kind: 'release', no: 1, mails: 1_000 }],
    [
      'the second a fifth',
      { waves: [verified(0), verified(1)] },
      { kind: 'release', no: 2, mails: 2_000 },
    ],
    [
      'the last takes whatever is left',
      { waves: [0, 1, 2, 3].map((no) => verified(no)) },
      { kind: 'release', no: 4, mails: Number.MAX_SAFE_INTEGER },
    ],
    [
      'and so does any that comes later',
      { waves: [0, 1, 2, 3, 4].map((no) => verified(no)), waiting: 7 },
      { kind: 'release', no: 5, mails: Number.MAX_SAFE_INTEGER },
    ],
    [
      'are filled before they go, while the sweep stages',
      { waves: [verified(0)], waiting: 999, staging: 'going' },
      WAIT('staging'),
    ],
    [
      'go as they are when nothing more comes',
      { waves: [verified(0)], waiting: 999, staging: 'resting' },
      { kind: 'release', no: 1, mails: 1_000 },
    ],
    [
      'wait for the one before',
      { waves: [verified(0), wave({ no: 1, hasUntried: true })] },
      WAIT('answers'),
    ],
    ['are held for no time', { waves: [verified(0), wave({ no: 1 })] }, { kind: 'verify', no: 1 }],
    [
      'do not wait for slow lanes once patience is over and half was answered for',
      {
        waves: [
          verified(0),
          wave({ no: 1, hasUntried: true, releasedSecondsAgo: 1_800, isHalfAnswered: true }),
        ],
      },
      { kind: 'verify', no: 1 },
    ],
    [
      'wait on where most of it was not even tried',
      { waves: [verified(0), wave({ no: 1, hasUntried: true, releasedSecondsAgo: 9_000 })] },
      WAIT('answers'),
    ],
    ['end with the sweep', { waves: [verified(0)], waiting: 0 }, { kind: 'finish' }],
    [
      'do not end while a paused sweep may go on',
      { waves: [verified(0)], waiting: 0, staging: 'resting' },
      WAIT('nothing'),
    ],
  ])('%s', (_rule, over, step) => expect(nextWave(run(over))).toEqual(step))
})

describe('what stops the mail of the sweep', () => {
  const stopped = (over: Partial<Run>) => nextWave(run(over))
  test.each<[string, Partial<Wave>, string | null]>([
    ['one bounce in fifty', { bounces: 1, answered: 50 }, '1 of 50 mails of the canary'],
    ['too few samples', { bounces: 1, answered: 19 }, null],
    ['one bounce in fifty-one', { bounces: 1, answered: 51 }, null],
    [
      'a complaint about the canary',
      { complaints: 1 },
      'reported a mail of the canary as unwanted',
    ],
    ['a wrong copy', { seeds: { staged: 2, good: 1, bad: 'two recipients' } }, 'two recipients'],
  ])('%s', (_rule, over, says) => {
    const step = stopped({ waves: [wave({ hasUntried: true, ...over })] })
    if (says === null) expect(step.kind).toBe('wait')
    else expect(step).toMatchObject({ kind: 'stop', no: 0, reason: expect.stringContaining(says) })
  })
  test('a bounce that is reported after its wave was verified', () => {
    const waves = [verified(0), verified(1, { bounces: 30, answered: 1_000 }), wave({ no: 2 })]
    expect(stopped({ waves })).toMatchObject({ kind: 'stop', no: 1 })
  })
  test('a complaint about a later wave is one of many, and stops nothing', () => {
    const waves = [verified(0), wave({ no: 1, complaints: 1, hasUntried: true })]
    expect(stopped({ waves })).toEqual(WAIT('answers'))
  })
  test('a copy that is missing after fifteen minutes', () => {
    const missing = (endedSecondsAgo: number) =>
      stopped({
        seeds: 2,
        waves: [wave({ endedSecondsAgo, seeds: { staged: 2, good: 1, bad: null } })],
      })
    expect(missing(899)).toEqual(WAIT('seeds'))
    expect(missing(900)).toMatchObject({
      kind: 'stop',
      reason: '1 of 2 seed mailboxes did not get their copy of the canary within 900 s.',
    })
  })
  test('another mailer than the approved one, as long as there is mail', () => {
    expect(stopped({ isOtherMailer: true })).toMatchObject({ kind: 'stop', no: null })
    expect(stopped({ isOtherMailer: true, waiting: 0, waves: [wave()] }).kind).toBe('stop')
    expect(stopped({ isOtherMailer: true, waiting: 0, waves: [verified(0)] }).kind).toBe('finish')
  })
  test('what people looked at and let go on does not stop again for the same', () => {
    const waves = [wave({ wasStopped: true, bounces: 5, answered: 50, endedSecondsAgo: 700 })]
    expect(stopped({ waves })).toEqual({ kind: 'verify', no: 0 })
  })
  test('nothing happens behind a closed valve', () => {
    const waves = [wave({ bounces: 50, answered: 50 })]
    expect(stopped({ waves, isOpen: false })).toEqual(WAIT('valve'))
  })
})

test('with seed mailboxes each wave ends first, and is verified by its copies', () => {
  const seeds = (good: number) => ({ staged: 3, good, bad: null })
  const at = (over: Partial<Wave>) =>
    nextWave(run({ seeds: 3, waves: [verified(0), wave({ no: 1, ...over })] }))
  expect(at({})).toEqual({ kind: 'end', no: 1 })
  expect(at({ endedSecondsAgo: 1, seeds: seeds(2) })).toEqual(WAIT('seeds'))
  expect(at({ endedSecondsAgo: 1, seeds: seeds(3) })).toEqual({ kind: 'verify', no: 1 })
})
