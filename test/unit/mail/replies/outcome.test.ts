import { lessonsOf, outcomeOf } from '../../../../src/mail/sending/outcome.js'
import { ATTEMPTS_AT_MOST, waitSeconds } from '../../../../src/mail/state.js'

const mail = {
  no: 60n,
  recipient: 'ann@example.org',
  attempts: 1,
  lane: 'qq',
  sweepId: 'sweep',
  atItsBest: false,
}
const refused = (reply: string, over: Partial<typeof mail> = {}) =>
  outcomeOf({ ...mail, ...over }, { kind: 'rejected', reply, at: 'rcpt' })
const deferred = (reply: string, over: Partial<typeof mail> = {}) =>
  outcomeOf({ ...mail, ...over }, { kind: 'deferred', reply, at: 'rcpt' })

describe('what a reply means for the mail', () => {
  test('a permanent "slow down" is another attempt, after the time of its rule', () => {
    expect(refused('550 Ip frequency limited')).toMatchObject({
      status: 'staged',
      counts: true,
      waitSeconds: 3_600,
      lesson: { lane: 'qq', throttled: 1, crowded: 0, reason: 'qq.frequency' },
    })
  })
  test('the same tried often enough goes to people', () => {
    expect(refused('550 Ip frequency limited', { attempts: ATTEMPTS_AT_MOST }).status).toBe(
      'rejected',
    )
  })
  test('our reputation never gives a mail up, however often it was tried', () => {
    const outcome = refused('550 blocked using zen.spamhaus.org', {
      lane: 'mx:example.net',
      attempts: ATTEMPTS_AT_MOST,
    })
    expect(outcome).toMatchObject({ status: 'staged', counts: false, closesSweep: null })
    expect(outcome.lesson).toMatchObject({ blocked: 'any.blocked' })
  })
  test('our configuration closes the valve of the sweep, and teaches the lane nothing', () => {
    expect(refused('530 5.7.0 Must issue a STARTTLS command first')).toMatchObject({
      status: 'staged',
      counts: false,
      closesSweep: { sweepId: 'sweep', reason: 'mail server: any.relaying' },
      lesson: null,
    })
  })
  test('one full mailbox says nothing about the lane', () => {
    expect(refused('552 5.2.2 mailbox full')).toMatchObject({ status: 'staged', lesson: null })
  })
  test('no stored reply names the person, also where a rule reads it', () => {
    expect(refused('550 Mailbox not found: ann@example.org').reply).toBe(
      '550 Mailbox not found: [address]',
    )
  })
})

describe('how long a mail waits', () => {
  test('as long as the server says, the first three times', () => {
    for (const attempts of [1, 2, 3]) {
      const { waitSeconds } = deferred('450 slow down, retry in 90 seconds', { attempts })
      expect(waitSeconds).toBe(90 + (60 % 18)) // mail 60, spread over a fifth of it
    }
  })
  test('after that at least as long as without its word', () => {
    expect(deferred('450 slow down, retry in 90 seconds', { attempts: 4 }).waitSeconds).toBe(2_400)
  })
  test('doubling from five minutes where nobody says', () => {
    expect([1, 2, 3].map((attempts) => waitSeconds(attempts, 0n))).toEqual([300, 600, 1_200])
  })
})

test('lanes learn from all mails of a batch together', () => {
  const accepted = (lane: string, atItsBest = false) =>
    outcomeOf({ ...mail, lane, atItsBest }, { kind: 'accepted', reply: '250 ok' })
  const lessons = lessonsOf([
    accepted('a'),
    accepted('a'),
    accepted('b', true),
    deferred('421 too many connections', { lane: 'a' }),
    deferred('451 slow down, wait 30 seconds', { lane: 'a' }),
  ])
  expect(lessons).toEqual([
    expect.objectContaining({
      lane: 'a',
      accepted: 2,
      throttled: 2,
      crowded: 1,
      pauseSeconds: 30,
    }),
  ])
})
