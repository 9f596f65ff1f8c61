// Small builders of what mail servers send back, in the styles of those that send the most of it.

const US = 'b+0b7a3c1e-5d2f-4c7a-9e41-6f1f0d3c2b1a.0123456789abcdefghijklmno@bounce.shop.example'
export const OWNER = 'ann.bell@example.org'
const ORIGINAL = [
  'Received: from mail.shop.example (mail.shop.example [192.0.2.1])',
  '\tby mx.example.org with ESMTP id 4711',
  'From: no-reply@shop.example',
  `To: ${OWNER}`,
  'Subject: 550 5.2.2 is not what happened',
  'Message-ID: <0b7a3c1e-5d2f-4c7a-9e41-6f1f0d3c2b1a@shop.example>',
  '',
  '552 5.2.2 mailbox full, user unknown, blocked using a list: none of this is the report',
]

type Head = { from: string; subject: string; more?: readonly string[]; type?: string }

const message = ({ from, subject, more = [], type }: Head, body: readonly string[]): Buffer =>
  Buffer.from(
    [
      'Return-Path: <>',
      'Received: from mx.example.org by bounce.shop.example; Mon, 23 Nov 2026 10:00:00 +0000',
      `From: ${from}`,
      `To: ${US}`,
      `Subject: ${subject}`,
      'Date: Mon, 23 Nov 2026 10:00:00 +0000',
      'MIME-Version: 1.0',
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
      ...more,
      '',
      ...body,
      '',
    ].join('\r\n'),
  )

type Part = { type: string; lines: readonly string[] }

const multipart = (head: Omit<Head, 'type'>, kind: string, parts: readonly Part[]): Buffer =>
  message({ ...head, type: `${kind}; boundary="=_cut"` }, [
    'This is a MIME-encapsulated message.',
    ...parts.flatMap(({ type, lines }) => ['', '--=_cut', `Content-Type: ${type}`, '', ...lines]),
    '',
    '--=_cut--',
  ])

const REPORT = 'multipart/report; report-type=delivery-status'
const returned: Part = { type: 'message/rfc822', lines: ORIGINAL }
const headersOnly: Part = { type: 'text/rfc822-headers', lines: ORIGINAL.slice(0, -2) }

export type Told = {
  action?: string
  status?: string
  /** As in Diagnostic-Code, with its type. */
  code?: string
  /** What stands in the readable part. */
  says?: string
}

const field = (name: string, value: string | undefined) =>
  value === undefined ? [] : [`${name}: ${value}`]

const aboutRecipient = ({ action, status, code }: Told, recipient = OWNER) => [
  `Final-Recipient: rfc822; ${recipient}`,
  `Original-Recipient: rfc822;${recipient}`,
  ...field('Action', action),
  ...field('Status', status),
  'Remote-MTA: dns; mx.example.org',
  ...field('Diagnostic-Code', code),
]

export const postfix = (told: Told, over: { delayed?: boolean } = {}): Buffer =>
  multipart(
    {
      from: 'MAILER-DAEMON@relay.example.net (Mail Delivery System)',
      subject: over.delayed
        ? 'Delayed Mail (still being retried)'
        : 'Undelivered Mail Returned to Sender',
      more: ['Auto-Submitted: auto-replied'],
    },
    REPORT,
    [
      {
        type: 'text/plain; charset=us-ascii',
        lines: [
          'This is the mail system at host relay.example.net.',
          '',
          "I'm sorry to have to inform you that your message could not",
          "be delivered to one or more recipients. It's attached below.",
          '',
          `<${OWNER}>: host mx.example.org[192.0.2.25] said: ${told.says ?? told.code ?? ''}`,
        ],
      },
      {
        type: 'message/delivery-status',
        lines: [
          'Reporting-MTA: dns; relay.example.net',
          'X-Postfix-Queue-ID: 4B7A3C1E',
          `X-Postfix-Sender: rfc822; ${US}`,
          '',
          ...aboutRecipient(told),
        ],
      },
      returned,
    ],
  )

export const sendmail = (told: Told): Buffer =>
  multipart(
    {
      from: 'Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>',
      subject: 'Returned mail: see transcript for details',
      more: ['Auto-Submitted: auto-generated (failure)'],
    },
    REPORT,
    [
      {
        type: 'text/plain',
        lines: [
          'The original message was received at Mon, 23 Nov 2026 10:00:00 GMT',
          '   ----- The following addresses had permanent fatal errors -----',
          `<${OWNER}>`,
          '   ----- Transcript of session follows -----',
          told.says ?? '554 5.0.0 Service unavailable',
        ],
      },
      {
        type: 'message/delivery-status',
        lines: ['Reporting-MTA: dns; mx.example.org', '', ...aboutRecipient(told)],
      },
      headersOnly,
    ],
  )

export const haraka = (told: Told): Buffer =>
  multipart({ from: 'MAILER-DAEMON@haraka.example.net', subject: 'failure notice' }, REPORT, [
    {
      type: 'text/plain; charset=us-ascii',
      lines: ['Delivery failed permanently.', told.says ?? ''],
    },
    {
      type: 'message/delivery-status',
      lines: [
        'Original-Envelope-Id: 4711',
        'Reporting-MTA: dns;haraka.example.net',
        '',
        ...aboutRecipient(told),
      ],
    },
    returned,
  ])

/** Without a report that a machine could read. */
export const exim = (
  lines: readonly string[],
  subject = 'Mail delivery failed: returning message to sender',
): Buffer =>
  message(
    {
      from: 'Mail Delivery System <Mailer-Daemon@exim.example.net>',
      subject,
      more: ['Auto-Submitted: auto-replied', `X-Failed-Recipients: ${OWNER}`],
    },
    [
      'This message was created automatically by mail delivery software.',
      '',
      ...lines,
      '',
      '------ This is a copy of the message, including all the headers. ------',
      '',
      ...ORIGINAL,
    ],
  )

export const qmail = (lines: readonly string[]): Buffer =>
  message({ from: 'MAILER-DAEMON@qmail.example.net', subject: 'failure notice' }, [
    'Hi. This is the qmail-send program at qmail.example.net.',
    "I'm afraid I wasn't able to deliver your message to the following addresses.",
    "This is a permanent error; I've given up. Sorry it didn't work out.",
    '',
    `<${OWNER}>:`,
    ...lines,
    '',
    '--- Below this line is a copy of the message.',
    '',
    ...ORIGINAL,
  ])

/** Old Exchange: words only, in a multipart/mixed. */
export const exchange2003 = (reason: readonly string[]): Buffer =>
  multipart(
    { from: 'postmaster@example.org', subject: 'Undeliverable: Choose a new password' },
    'multipart/mixed',
    [
      {
        type: 'text/plain; charset="iso-8859-1"',
        lines: [
          'Your message',
          '',
          '  Subject: Choose a new password',
          '',
          'did not reach the following recipient(s):',
          '',
          `${OWNER} on Mon, 23 Nov 2026 10:00:00 -0500`,
          ...reason,
        ],
      },
      returned,
    ],
  )

export const exchange = (told: Told): Buffer =>
  multipart(
    {
      from: 'Microsoft Outlook <postmaster@example.org>',
      subject: 'Undeliverable: Choose a new password',
      more: ['Auto-Submitted: auto-replied', 'X-Auto-Response-Suppress: All'],
    },
    REPORT,
    [
      {
        type: 'text/html; charset="utf-8"',
        lines: [
          `<html><body><p>Your message to <b>${OWNER}</b> couldn&#8217;t be delivered.</p></body></html>`,
        ],
      },
      {
        type: 'message/delivery-status',
        lines: [
          'Reporting-MTA: dns;MX01.prod.example.org',
          'Received-From-MTA: dns;relay.example.net',
          'Arrival-Date: Mon, 23 Nov 2026 10:00:00 +0000',
          '',
          ...aboutRecipient(told),
        ],
      },
      returned,
    ],
  )

export const gmail = (
  told: Told,
  over: { subject?: string; text?: readonly string[] } = {},
): Buffer =>
  multipart(
    {
      from: 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>',
      subject: over.subject ?? 'Delivery Status Notification (Failure)',
      more: ['Auto-Submitted: auto-replied', `X-Failed-Recipients: ${OWNER}`],
    },
    REPORT,
    [
      {
        type: 'multipart/related; boundary="=_in"',
        lines: [
          '--=_in',
          'Content-Type: text/plain; charset="UTF-8"',
          '',
          ...(over.text ?? ['** Address not found **', '', 'The response was:', told.says ?? '']),
          '',
          '--=_in--',
        ],
      },
      {
        type: 'message/delivery-status',
        lines: ['Reporting-MTA: dns; googlemail.com', '', ...aboutRecipient(told)],
      },
      returned,
    ],
  )

/** Of the years before 2014: one text. */
export const oldGmail = (
  response: string,
  subject = 'Delivery Status Notification (Failure)',
): Buffer =>
  message(
    { from: 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>', subject, type: 'text/plain' },
    [
      'Delivery to the following recipient failed permanently:',
      '',
      `     ${OWNER}`,
      '',
      `The error that the other server returned was: ${response}`,
      '',
      '----- Original message -----',
      ...ORIGINAL,
    ],
  )

export const severalRecipients = (told: readonly Told[]): Buffer =>
  multipart({ from: 'MAILER-DAEMON@relay.example.net', subject: 'Delivery report' }, REPORT, [
    { type: 'text/plain', lines: ['What became of your message:'] },
    {
      type: 'message/delivery-status',
      lines: [
        'Reporting-MTA: dns; relay.example.net',
        ...told.flatMap((each, at) => ['', ...aboutRecipient(each, `forward-${at}@example.net`)]),
      ],
    },
    returned,
  ])

export const complaint = (type: string, over: { from?: string } = {}): Buffer =>
  multipart(
    { from: over.from ?? 'staff@fbl.example', subject: 'FW: Choose a new password' },
    'multipart/report; report-type=feedback-report',
    [
      { type: 'text/plain', lines: ['This is an email abuse report.'] },
      {
        type: 'message/feedback-report',
        lines: [
          `Feedback-Type: ${type}`,
          'User-Agent: Example-Feedback/1.0',
          'Version: 1',
          `Original-Rcpt-To: ${OWNER}`,
        ],
      },
      returned,
    ],
  )

export const junkReport = (): Buffer =>
  multipart(
    { from: 'staff@hotmail.com', subject: 'complaint about message from 192.0.2.1' },
    'multipart/mixed',
    [returned],
  )

export const answer = (over: Partial<Head> & { text?: string } = {}): Buffer =>
  message(
    {
      from: OWNER,
      subject: 'Re: Choose a new password',
      type: 'text/plain; charset=utf-8',
      ...over,
    },
    [over.text ?? 'I am away until Monday.'],
  )
