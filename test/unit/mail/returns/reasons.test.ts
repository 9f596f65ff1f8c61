import { codesIn, mostSpecific, reasonOf } from '../../../../src/mail/returns/reasons.js'

describe('why a mail did not arrive, from what the server said', () => {
  test.each([
    [
      '550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown',
      '5.1.1',
      'recipient_gone',
    ],
    ['550 No such user here', null, 'recipient_gone'],
    [
      '550-5.1.1 The email account that you tried to reach does not exist.',
      '5.1.1',
      'recipient_gone',
    ],
    [
      '550 5.4.1 <ann@example.org>: Recipient address rejected: Access denied.',
      '5.4.1',
      'recipient_gone',
    ],
    ['550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found', '5.1.10', 'recipient_gone'],
    ['550 Requested action not taken: mailbox unavailable', '5.5.0', 'recipient_gone'],
    [
      'Host or domain name not found. Name service error for name=x.example',
      '5.4.4',
      'recipient_gone',
    ],
    [
      "554 delivery error: dd This user doesn't have a yahoo.com account",
      '5.0.0',
      'recipient_gone',
    ],
    ['550 invalid mailbox', null, 'recipient_gone'],
    ['556 5.1.10 Domain does not accept mail (nullMX)', '5.1.10', 'recipient_gone'],
    [
      '550 5.2.1 The email account that you tried to reach is disabled.',
      '5.2.1',
      'mailbox_disabled',
    ],
    ['550 5.7.1 User ann@example.org temporary locked', '5.7.1', 'mailbox_disabled'],
    ['550 5.2.1 Mailbox', '5.2.1', 'mailbox_disabled'],
    ['552 5.2.2 The email account that you tried to reach is over quota', '5.2.2', 'mailbox_full'],
    ['552 sorry, mailbox is over quota temporarily (#5.1.1)', '5.1.1', 'mailbox_full'],
    ['452 4.2.2 Mailbox full', '4.2.2', 'mailbox_full'],
    [
      '550 5.7.26 Unauthenticated email from shop.example is not accepted due to DMARC',
      '5.7.26',
      'sender_refused',
    ],
    [
      '550 5.7.515 Access denied, sending domain does not meet the required level',
      '5.7.515',
      'sender_refused',
    ],
    ['501 5.1.8 Sender address rejected: Domain not found', '5.1.8', 'sender_refused'],
    [
      '550 5.7.25 The IP address sending this message does not have a PTR record',
      '5.7.25',
      'reputation',
    ],
    [
      '550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus',
      '5.7.1',
      'reputation',
    ],
    ['550 5.7.1 part of their network is on our block list (S3150).', '5.7.1', 'reputation'],
    ['554 IP=192.0.2.254 - A problem occurred. (BL)', '5.5.0', 'reputation'],
    ['550 Connection frequency limited', null, 'throttled'],
    ['550 Connection denied', null, 'throttled'],
    ['421 4.7.28 Gmail has detected an unusual rate of unsolicited mail', '4.7.28', 'throttled'],
    ['550 RP:TRC 163 smtp9', null, 'throttled'],
    ['550 Mail content denied', null, 'content'],
    ['552 5.3.4 Message size exceeds fixed maximum message size', '5.3.4', 'content'],
    ['554 5.6.0 Message contains a virus', '5.6.0', 'content'],
    ['connect to mx.example.org[192.0.2.1]:25: Connection timed out', '4.4.1', 'unreachable'],
    ['delivery retry timeout exceeded', null, 'unreachable'],
    ['451 4.3.5 Server configuration error: internal error', '4.3.5', 'system'],
    ['550 5.7.1 Access denied (state 13)', '5.7.1', 'policy'],
    ['550 Rejected', '5.0.0', 'policy'],
    ['550 5.0.0 something went wrong', '5.0.0', 'other'],
    ['', null, 'other'],
  ])('%s', (words, status, expected) => {
    expect(reasonOf(words, status)).toBe(expected)
  })

  test('names of mailboxes and pages say nothing', () => {
    const words =
      '550 5.0.0 <user.unknown.blocked@quota.example>: see https://x.example/mailbox-full'
    expect(reasonOf(words, '5.0.0')).toBe('other')
  })

  test('a code decides when the words do not', () => {
    expect(reasonOf('', '5.1.1')).toBe('recipient_gone')
    expect(reasonOf('', '5.7.1')).toBe('policy')
    expect(reasonOf('', '5.4.6')).toBe('unreachable')
  })
})

test.each([
  ['550 5.1.1 gone (#5.1.1).', ['5.1.1', '5.1.1']],
  ['192.5.2.1 said 5.2.2.', ['5.2.2']],
  ['250 2.0.0 ok, at 4.192.5.1', []],
  ['version 15.0.1178.4', []],
])('codes in %j', (text, codes) => {
  expect(codesIn(text)).toEqual(codes)
})

test.each([
  [['5.0.0', '5.1.0', '5.2.2', '5.1.1'], '5.2.2'],
  [['5.0.0', '5.1.0'], '5.1.0'],
  [['4.0.0'], '4.0.0'],
  [[], null],
])('of %j the code that says most is %s', (codes, best) => {
  expect(mostSpecific(codes)).toBe(best)
})

test('long hostile words take no time', () => {
  const before = process.cpuUsage()
  for (const piece of ['user ', 'a@', '5.1.', 'no such ', '<<<<', 'user not ', ' \t'])
    reasonOf(piece.repeat(16_384 / piece.length), null)
  expect(process.cpuUsage(before).user).toBeLessThan(2_000_000)
})
