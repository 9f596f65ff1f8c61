import fc from 'fast-check'
import { readReport } from '../../../../src/mail/returns/read-report.js'
import type { ReturnClass, ReturnKind } from '../../../../src/mail/returns/report.js'
import {
  answer,
  complaint,
  exchange,
  exchange2003,
  exim,
  gmail,
  haraka,
  junkReport,
  OWNER,
  oldGmail,
  postfix,
  qmail,
  sendmail,
  severalRecipients,
} from './bounces.js'

type Meaning = [ReturnKind, string | null, ReturnClass | null]
type Row = [string, Buffer, ...Meaning]
const failed = 'failed'

const GONE = {
  action: failed,
  status: '5.1.1',
  code: `smtp; 550 5.1.1 <${OWNER}>: Recipient address rejected: User unknown`,
}
const FULL = { action: failed, status: '5.2.2', code: `smtp; 552 5.2.2 <${OWNER}>: Mailbox full` }
const VAGUE = { action: failed, status: '5.0.0' }

describe('what a report says, in the words and forms of', () => {
  test.each<Row>([
    ['Postfix: unknown user', postfix(GONE), failed, '5.1.1', 'recipient_gone'],
    ['Postfix: full mailbox', postfix(FULL), failed, '5.2.2', 'mailbox_full'],
    [
      'Postfix: no host',
      postfix({
        action: failed,
        status: '5.4.4',
        code: 'X-Postfix; Host or domain name not found. Name service error for name=example.org type=AAAA: Host not found',
      }),
      failed,
      '5.4.4',
      'recipient_gone',
    ],
    [
      'Postfix: gave up',
      postfix({
        action: failed,
        status: '4.4.1',
        code: 'X-Postfix; connect to mx.example.org[192.0.2.25]:25: Connection timed out',
      }),
      failed,
      '4.4.1',
      'unreachable',
    ],
    [
      'Postfix: still trying',
      postfix(
        {
          action: 'delayed',
          status: '4.4.1',
          code: 'X-Postfix; connect to mx.example.org[192.0.2.25]:25: Connection refused',
        },
        { delayed: true },
      ),
      'delayed',
      '4.4.1',
      'unreachable',
    ],
    [
      'Postfix: relayed',
      postfix({ action: 'relayed', status: '2.0.0', code: 'smtp; 250 2.0.0 queued' }),
      'delivered',
      null,
      null,
    ],
    [
      'Postfix: blocked',
      postfix({
        action: failed,
        status: '5.7.1',
        code: 'smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
      }),
      failed,
      '5.7.1',
      'reputation',
    ],
    [
      'Postfix: a reply of several lines',
      postfix({
        action: failed,
        status: '5.7.26',
        code: "smtp; 550-5.7.26 Unauthenticated email from shop.example is not\r\n    accepted due to 550-5.7.26 domain's DMARC policy",
      }),
      failed,
      '5.7.26',
      'sender_refused',
    ],
    [
      'Postfix: quota of the disk',
      postfix({
        action: failed,
        status: '4.3.0',
        code: 'x-unix; /home/ann/Maildir: Disk quota exceeded',
      }),
      failed,
      '4.3.0',
      'mailbox_full',
    ],
    [
      'Sendmail: unknown user',
      sendmail({ ...GONE, status: '5.1.1' }),
      failed,
      '5.1.1',
      'recipient_gone',
    ],
    [
      'Sendmail: code only in the transcript',
      sendmail({ ...VAGUE, says: `550 5.1.1 <${OWNER}>... User unknown` }),
      failed,
      '5.1.1',
      'recipient_gone',
    ],
    [
      'Sendmail: host unknown',
      sendmail({ action: failed, status: '5.1.2', says: `550 5.1.2 <${OWNER}>... Host unknown` }),
      failed,
      '5.1.2',
      'recipient_gone',
    ],
    [
      'Sendmail: expired',
      sendmail({
        action: failed,
        status: '4.4.7',
        says: 'Message could not be delivered for 5 days',
      }),
      failed,
      '4.4.7',
      'unreachable',
    ],
    [
      'Sendmail: 8 bit',
      sendmail({
        action: failed,
        status: '5.6.9',
        code: 'SMTP; 550 5.6.9 improper use of 8-bit data in message header',
      }),
      failed,
      '5.6.9',
      'content',
    ],
    ['Haraka: unknown user', haraka(GONE), failed, '5.1.1', 'recipient_gone'],
    [
      'Haraka: disabled',
      haraka({ action: failed, status: '5.2.1', code: 'smtp;550 5.2.1 mailbox is disabled' }),
      failed,
      '5.2.1',
      'mailbox_disabled',
    ],
    [
      'Haraka: too many tries',
      haraka({ action: failed, status: '5.0.0', code: 'smtp;421 Connection timed out' }),
      failed,
      '5.0.0',
      'unreachable',
    ],
    [
      'Exim: unknown user',
      exim([
        'A message that you sent could not be delivered to one or more of its',
        'recipients. This is a permanent error. The following address(es) failed:',
        '',
        `  ${OWNER}`,
        `    SMTP error from remote mail server after RCPT TO:<${OWNER}>:`,
        '    host mx.example.org [192.0.2.25]: 550 5.1.1 unknown or illegal alias',
      ]),
      failed,
      '5.1.1',
      'recipient_gone',
    ],
    [
      'Exim: no code',
      exim([
        'The following address(es) failed:',
        '',
        `  ${OWNER}`,
        '    Unrouteable address',
        '    host mx.example.org: 550 No such user here',
      ]),
      failed,
      null,
      'recipient_gone',
    ],
    [
      'Exim: reverse DNS',
      exim([`  ${OWNER}`, '    host mx.example.org [192.0.2.25]: 554 5.7.1 Reverse DNS failed.']),
      failed,
      '5.7.1',
      'reputation',
    ],
    [
      'Exim: retry time out',
      exim([`  ${OWNER}`, '    retry timeout exceeded']),
      failed,
      null,
      'unreachable',
    ],
    [
      'Exim: warning',
      exim(
        [
          'A message that you sent has not yet been delivered to one or more of its',
          'recipients after more than 24 hours on the queue.',
          'No action is required on your part.',
        ],
        'Warning: message 1abcde-0002 delayed 24 hours',
      ),
      'delayed',
      null,
      'other',
    ],
    [
      'qmail: no mailbox',
      qmail(['Sorry, no mailbox here by that name. (#5.1.1)']),
      failed,
      '5.1.1',
      'recipient_gone',
    ],
    [
      'qmail: remote',
      qmail([
        '192.0.2.25 does not like recipient.',
        `Remote host said: 552 5.2.2 <${OWNER}> over quota`,
        'Giving up on 192.0.2.25.',
      ]),
      failed,
      '5.2.2',
      'mailbox_full',
    ],
    [
      'qmail: no host',
      qmail(["Sorry, I couldn't find a mail exchanger or IP address. (#5.4.4)"]),
      failed,
      '5.4.4',
      'recipient_gone',
    ],
    [
      'qmail: too long',
      qmail([
        "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)",
        "I'm not going to try again; this message has been in the queue too long.",
      ]),
      failed,
      '4.4.1',
      'unreachable',
    ],
    [
      'qmail: rejected',
      qmail(['Remote host said: 550 5.7.1 rejected by policy', 'Giving up on 192.0.2.25.']),
      failed,
      '5.7.1',
      'policy',
    ],
    [
      'Exchange: not found',
      exchange({
        action: failed,
        status: '5.1.10',
        code: 'smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
      }),
      failed,
      '5.1.10',
      'recipient_gone',
    ],
    [
      'Exchange: relayed reply',
      exchange({
        action: failed,
        status: '5.1.351',
        code: 'smtp;550 5.1.351 Remote server returned unknown recipient or mailbox unavailable -> 550 : User unknown',
      }),
      failed,
      '5.1.351',
      'recipient_gone',
    ],
    [
      'Exchange: edge block',
      exchange({
        action: failed,
        status: '5.4.1',
        code: `smtp;550 5.4.1 <${OWNER}>: Recipient address rejected: Access denied. AS(201806281)`,
      }),
      failed,
      '5.4.1',
      'recipient_gone',
    ],
    [
      'Exchange: full',
      exchange({
        action: failed,
        status: '5.2.2',
        code: 'smtp;554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException',
      }),
      failed,
      '5.2.2',
      'mailbox_full',
    ],
    [
      'Exchange: banned',
      exchange({
        action: failed,
        status: '5.7.606',
        code: 'smtp;550 5.7.606 Access denied, banned sending IP [192.0.2.1]',
      }),
      failed,
      '5.7.606',
      'reputation',
    ],
    [
      'Exchange 2003: not recognised',
      exchange2003([
        '    The recipient name is not recognized',
        '    MSEXCH:IMS:ORG:SITE:SERVER 0 (000C05A6) Unknown Recipient',
      ]),
      failed,
      null,
      'recipient_gone',
    ],
    [
      'Exchange 2003: full',
      exchange2003([
        "    The message could not be delivered because the recipient's mailbox is full.",
      ]),
      failed,
      null,
      'mailbox_full',
    ],
    [
      'Gmail: not found',
      gmail({
        action: failed,
        status: '5.1.1',
        code: 'smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try 550 5.1.1 https://support.google.com/mail/?p=NoSuchUser - gsmtp',
      }),
      failed,
      '5.1.1',
      'recipient_gone',
    ],
    [
      'Gmail: over quota',
      gmail({
        action: failed,
        status: '5.2.2',
        code: 'smtp; 552-5.2.2 The email account that you tried to reach is over quota',
      }),
      failed,
      '5.2.2',
      'mailbox_full',
    ],
    [
      'Gmail: delay',
      gmail(
        {
          action: 'delayed',
          status: '4.4.1',
          code: 'smtp; The recipient server did not accept our requests to connect. [192.0.2.25: timed out]',
        },
        { subject: 'Delivery Status Notification (Delay)' },
      ),
      'delayed',
      '4.4.1',
      'unreachable',
    ],
    [
      'Gmail: without a group of fields',
      gmail(
        {},
        { text: ['** Message not delivered **', 'The response was:', '550 5.1.1 user unknown'] },
      ),
      failed,
      '5.1.1',
      'recipient_gone',
    ],
    [
      'old Gmail: unknown user',
      oldGmail('550 550 5.1.1 user unknown (state 14).'),
      failed,
      '5.1.1',
      'recipient_gone',
    ],
    [
      'old Gmail: denied',
      oldGmail('550 550 5.7.1 Access denied (state 13).'),
      failed,
      '5.7.1',
      'policy',
    ],
    [
      'a forwarder: one gone, one relayed',
      severalRecipients([{ action: 'relayed', status: '2.0.0' }, GONE]),
      failed,
      '5.1.1',
      'recipient_gone',
    ],
    [
      'a forwarder: one late, one there',
      severalRecipients([
        { action: 'delivered', status: '2.0.0' },
        { action: 'delayed', status: '4.2.2', code: 'smtp; 452 4.2.2 over quota' },
      ]),
      'delayed',
      '4.2.2',
      'mailbox_full',
    ],
    [
      'a forwarder: all there',
      severalRecipients([
        { action: 'delivered', status: '2.1.5' },
        { action: 'expanded', status: '2.0.0' },
      ]),
      'delivered',
      null,
      null,
    ],
    [
      'a report without an action',
      severalRecipients([{ status: '5.1.1' }]),
      failed,
      '5.1.1',
      'recipient_gone',
    ],
    ['a complaint of abuse', complaint('abuse'), 'complaint', null, null],
    ['a complaint of fraud', complaint('fraud'), 'complaint', null, null],
    ['a junk report of Hotmail', junkReport(), 'complaint', null, null],
    ['a report that it is no spam', complaint('not-spam'), 'notice', null, null],
    ['a report on authentication', complaint('auth-failure'), 'notice', null, null],
    [
      'an automatic answer',
      answer({ more: ['Auto-Submitted: auto-replied'] }),
      'auto_reply',
      null,
      null,
    ],
    ['an older automatic answer', answer({ more: ['X-Autoreply: yes'] }), 'auto_reply', null, null],
    [
      'an automatic answer by its title',
      answer({ subject: 'Automatic reply: Choose a new password' }),
      'auto_reply',
      null,
      null,
    ],
    [
      'an answer of a postmaster on leave',
      answer({ from: 'postmaster@example.org', subject: 'Out of office' }),
      'auto_reply',
      null,
      null,
    ],
    ['somebody who writes', answer(), 'unreadable', null, null],
    [
      'somebody who quotes a bounce',
      answer({ text: '> 550 5.1.1 user unknown\r\nwhat is this?' }),
      'unreadable',
      null,
      null,
    ],
    ['nothing', Buffer.alloc(0), 'unreadable', null, null],
  ])('%s', async (_style, bytes, ...[kind, status, reason]: Meaning) => {
    expect(await readReport(bytes)).toMatchObject({ kind, status, class: reason })
  })
})

test('what is kept of the words shows no address, no token and no second line', async () => {
  const token = 'Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx'
  const code = `smtp; 550 5.1.1 <${OWNER}> bob@example.net\r\n  "carl"@example.net x@y @ ${token}\r\n \u202eevil`
  const { diagnostic } = await readReport(postfix({ action: 'failed', status: '5.1.1', code }))
  expect(diagnostic).toMatch(/^550 5\.1\.1/)
  expect(diagnostic).not.toMatch(/@|ann|bob|carl"?@|\n|\u202e/)
  expect(diagnostic).not.toContain(token)
})

describe('what was returned is not the report', () => {
  test('a message within the message', async () => {
    const inner = Buffer.concat([
      Buffer.from('Content-Type: message/rfc822\r\n\r\n'),
      postfix(GONE),
    ])
    expect(await readReport(inner)).toMatchObject({ kind: 'unreadable' })
  })
})

describe('hostile input ends as unreadable or as words, soon and without an exception', () => {
  const deep = (levels: number) => {
    const lines: string[] = ['From: x@example.org', 'Subject: deep']
    for (let i = 0; i < levels; i++)
      lines.push(`Content-Type: multipart/mixed; boundary="b${i}"`, '', `--b${i}`)
    return Buffer.from(lines.join('\r\n'))
  }
  const nested = (levels: number) =>
    Buffer.from(`${'Content-Type: message/rfc822\r\n\r\n'.repeat(levels)}hello`)
  const header = (line: string) => Buffer.from(`Subject: x\r\n${line}\r\n\r\nhello`)

  test.each<[string, Buffer]>([
    ['parts within parts', deep(4_000)],
    ['messages within messages', nested(6_000)],
    ['ten thousand fields', Buffer.from(`${'X-Flood: 1\r\n'.repeat(20_000)}\r\nhello`)],
    ['one endless field', header(`Subject: ${'a'.repeat(250_000)}`)],
    ['an endless folded field', header(`To: ${'a\r\n '.repeat(60_000)}`)],
    ['addresses without end', header(`To: ${'a@b, '.repeat(50_000)}`)],
    ['open comments', header(`Content-Type: ${'('.repeat(100_000)}`)],
    ['open quotes', header(`Content-Type: text/plain; a=${'"'.repeat(100_000)}`)],
    [
      'a thousand empty parts',
      Buffer.from(
        `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\n'.repeat(30_000)}`,
      ),
    ],
    ['parameters without end', header(`Content-Type: text/plain;${' a*0=b;'.repeat(30_000)}`)],
    ['encoded words without end', header(`Subject: ${'=?utf-8?B?YQ==?= '.repeat(14_000)}`)],
    [
      'a report of fields without end',
      postfix({ action: 'failed', code: `smtp; ${'x'.repeat(200_000)}` }),
    ],
    [
      'a report of recipients without end',
      severalRecipients(Array.from({ length: 1_500 }, () => ({ action: 'delivered' }))),
    ],
    ['empty lines without end', Buffer.from(`Subject: x\r\n\r\n${'\n'.repeat(250_000)}`)],
    ['as many lines as are read', Buffer.from(`Subject: x\r\n\r\n${'user a\n'.repeat(4_990)}`)],
    [
      'as many parts as are read',
      Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\n'.repeat(490)}`),
    ],
    ['zero bytes', Buffer.alloc(250_000)],
    [
      'angle brackets',
      Buffer.from(`Content-Type: text/html\r\nFrom: MAILER-DAEMON\r\n\r\n${'<a '.repeat(80_000)}`),
    ],
  ])('%s', async (_what, bytes) => {
    const before = process.cpuUsage()
    const { kind, diagnostic } = await readReport(bytes)
    expect(process.cpuUsage(before).user).toBeLessThan(3_000_000) // not the clock: others compute too
    expect(kind).toEqual(expect.any(String))
    expect((diagnostic ?? '').length).toBeLessThanOrEqual(200)
  })

  test('a report with anything in it', async () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '\r\n',
        '\r\n\r\n',
        'Action: ',
        'Status: ',
        '5.1.1',
        '--=_cut',
        'failed',
        '@',
        ':',
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const report = await readReport(postfix({ action: 'failed', code: pieces.join('') }))
        expect(report.diagnostic ?? '').not.toContain('@')
        if (report.status !== null) expect(report.status).toMatch(/^[45]\.\d{1,3}\.\d{1,3}$/)
      }),
    )
  })
})
