import { deferredByLane, meaningOf, type PutOff } from '../../../../src/mail/status/deferrals.js'

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute))
const rowOf = (more: Partial<PutOff>): PutOff => ({
  lane: 'gmail',
  reply: '421 4.7.0 Too many connections',
  mails: 1,
  untilAt: at(1),
  laneMails: 10,
  laneNextAt: at(1),
  laneUntilAt: at(9),
  ...more,
})

test('words of one meaning are added up, shown as they are said most, until the last of them', () => {
  const gmail = deferredByLane([
    rowOf({ reply: '451 4.2.2 The mailbox is full', mails: 2, untilAt: at(9) }),
    rowOf({ reply: '421 4.7.0 Too many connections from 192.0.2.1', mails: 3, untilAt: at(7) }),
    rowOf({ mails: 4, untilAt: at(5) }),
  ]).get('gmail')
  expect(gmail).toEqual({
    mails: 10,
    nextAt: at(1),
    untilAt: at(9),
    said: [
      {
        means: 'throttle_lane',
        mails: 7,
        untilAt: at(7),
        says: '421 4.7.0 Too many connections',
      },
      { means: 'mailbox_full', mails: 2, untilAt: at(9), says: '451 4.2.2 The mailbox is full' },
    ],
  })
})

test('lanes are kept apart, also mail whose lane is not known', () => {
  const lanes = deferredByLane([rowOf({ lane: null }), rowOf({ lane: 'qq' })])
  expect([...lanes.keys()]).toEqual([null, 'qq'])
})

test.each([
  ['connection lost (rcpt)', 'no_reply'],
  ['it could not be written', 'no_reply'],
  ['450 4.2.0 Greylisted, see you later', 'greylist'],
  ['499 what is this', 'unknown'],
])('%s means %s', (reply, means) => {
  expect(meaningOf(reply, null)).toBe(means)
})
