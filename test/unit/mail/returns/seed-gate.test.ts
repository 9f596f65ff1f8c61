import { prepare } from '../../../../src/mail/prepare.js'
import {
  type CopyProblem,
  claimedMail,
  type ExpectedCopy,
  inspectCopy,
} from '../../../../src/mail/returns/seed-gate.js'
import { aMail, anAddress, MAIL_ID, NOW, SENDER } from '../fixtures.js'

const SEED = anAddress('seed-1@seeds.example')
const EXPECTED: ExpectedCopy = {
  mailId: MAIL_ID,
  seed: SEED,
  sender: SENDER,
  bounceDomain: 'bounce.shop.example',
}
const STRANGER = 'bob@example.net'

let sent: string
beforeAll(async () => {
  const written = await prepare(aMail({ recipient: SEED }), SENDER, NOW)
  if (written.kind !== 'ready') throw new Error(written.kind)
  sent = Buffer.from(written.bytes).toString('latin1')
})

const TRACE = [
  `Return-Path: <b+${MAIL_ID}.0123456789abcdefghijklmno@bounce.shop.example>`,
  'Delivered-To: collector@seeds.example',
  'Received: by 2002:a05:6402:1 with SMTP id x; Mon, 23 Nov 2026 02:00:05 -0800 (PST)',
  'X-Received: by 2002:a17:906:1 with SMTP id y; Mon, 23 Nov 2026 02:00:04 -0800 (PST)',
  'ARC-Seal: i=1; a=rsa-sha256; t=1; cv=none; d=seeds.example; s=arc; b=AAAA',
  'ARC-Authentication-Results: i=1; mx.seeds.example; spf=pass smtp.mailfrom="b+x@bounce.shop.example"',
  'Received-SPF: pass (seeds.example: domain of b+x@bounce.shop.example designates 192.0.2.1)',
  'Authentication-Results: mx.seeds.example; dkim=pass header.i=@shop.example',
  'X-Original-To: seed-1@seeds.example',
  'X-Forwarded-To: collector@elsewhere.example',
  'DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=1; h=From:To;',
  '\tb=AAAABBBB',
].join('\r\n')

const copy = (change: (text: string) => string = (text) => text): Buffer =>
  Buffer.from(`${TRACE}\r\n${change(sent)}`, 'latin1')
const withField = (line: string) => copy((text) => `${line}\r\n${text}`)

test('a copy with everything that servers add on the way is good', async () => {
  expect(await inspectCopy(copy(), EXPECTED)).toBeNull()
})

test('the lines may end as mail stores write them', async () => {
  expect(
    await inspectCopy(Buffer.from(copy().toString('latin1').replaceAll('\r\n', '\n')), EXPECTED),
  ).toBeNull()
})

describe('every way of showing one person to another is seen', () => {
  const inBody = (line: string) =>
    copy((text) => text.replace(/(Content-Type: text\/plain[\s\S]*?\r\n\r\n)/, `$1${line}\r\n`))
  test.each<[string, () => Buffer, CopyProblem]>([
    [
      'a second person in To',
      () => copy((text) => text.replace(/^To: .*$/m, `To: ${SEED}, ${STRANGER}`)),
      'recipient_differs',
    ],
    [
      'a thousand in To',
      () =>
        copy((text) =>
          text.replace(
            /^To: .*$/m,
            `To: ${SEED},\r\n ${Array.from({ length: 1_000 }, (_, i) => `p${i}@example.net`).join(',\r\n ')}`,
          ),
        ),
      'recipient_differs',
    ],
    [
      'somebody else in To',
      () => copy((text) => text.replace(/^To: .*$/m, `To: ${STRANGER}`)),
      'recipient_differs',
    ],
    [
      'a name that is an address',
      () => copy((text) => text.replace(/^To: .*$/m, `To: "${STRANGER}" <${SEED}>`)),
      'recipient_differs',
    ],
    [
      'a group',
      () => copy((text) => text.replace(/^To: .*$/m, `To: list: ${SEED}, ${STRANGER};`)),
      'recipient_differs',
    ],
    ['two To', () => withField(`To: ${STRANGER}`), 'header_repeated'],
    ['no To', () => copy((text) => text.replace(/^To: .*\r\n/m, '')), 'header_missing'],
    ['Cc', () => withField(`Cc: ${STRANGER}`), 'header_forbidden'],
    ['Bcc', () => withField(`Bcc: ${STRANGER}`), 'header_forbidden'],
    ['an empty Cc', () => withField('CC:'), 'header_forbidden'],
    ['Resent-To', () => withField(`Resent-To: ${STRANGER}`), 'header_forbidden'],
    ['Apparently-To', () => withField(`Apparently-To: ${STRANGER}`), 'header_forbidden'],
    ['an answer elsewhere', () => withField(`Reply-To: ${STRANGER}`), 'header_forbidden'],
    [
      'recipients in a field of a service',
      () => withField(`X-Recipients: ${STRANGER}`),
      'header_forbidden',
    ],
    [
      'a list in a field of a service',
      () => withField(`X-Batch: ${STRANGER}, carl@example.net`),
      'stranger_address',
    ],
    [
      'a stranger in another field',
      () => withField(`Comments: sent with ${STRANGER}`),
      'stranger_address',
    ],
    [
      'a stranger in the title',
      () => copy((text) => text.replace(/^Subject: .*$/m, `Subject: Hello ${STRANGER}`)),
      'stranger_address',
    ],
    ['a stranger in the text', () => inBody(`Also to ${STRANGER}`), 'stranger_address'],
    [
      'another sender',
      () => copy((text) => text.replace(/^From: .*$/m, `From: ${STRANGER}`)),
      'sender_differs',
    ],
    [
      'another Message-ID',
      () => copy((text) => text.replace(/^Message-ID: .*$/im, 'Message-ID: <1@ses.example>')),
      'identity_differs',
    ],
    [
      'another mail',
      () => copy((text) => text.replace(/^X-Cordon-Mail: 0b/im, 'X-Cordon-Mail: 1b')),
      'identity_differs',
    ],
    ['a foreign link', () => inBody('see https://evil.example/reset'), 'foreign_link'],
    [
      'a link to a lookalike',
      () => inBody('see https://shop.example.evil.example/reset'),
      'foreign_link',
    ],
    [
      'a pixel that follows',
      () =>
        copy((text) =>
          text.replace('</body>', '<img src="https://track.example/1.gif">\r\n</body>'),
        ),
      'foreign_link',
    ],
    ['no HTML', () => copy((text) => text.replace('text/html', 'text/x-other')), 'body_missing'],
    ['no end of the header', () => Buffer.from(`To: ${SEED}`), 'unreadable'],
  ])('%s', async (_way, bytes, problem) => {
    expect(await inspectCopy(bytes(), EXPECTED)).toBe(problem)
  })

  test('an address whose at sign is written as a character reference', async () => {
    const html = '<html><body><p>bob&#64;example.net</p></body></html>'
    const bytes = [
      ...sent
        .slice(0, sent.indexOf('\r\n\r\n'))
        .split('\r\n')
        .filter((line) => !/^content-type|^ boundary/i.test(line)),
      'Content-Type: multipart/alternative; boundary=x',
      '',
      '--x',
      'Content-Type: text/plain',
      '',
      'Hello',
      '--x',
      'Content-Type: text/html',
      '',
      html,
      '--x--',
      '',
    ].join('\r\n')
    expect(await inspectCopy(Buffer.from(bytes), EXPECTED)).toBe('stranger_address')
  })

  test('an attachment', async () => {
    const boundary = /boundary="([^"]+)"/.exec(sent)?.[1] ?? ''
    const bytes = copy((text) =>
      text.replace(
        `--${boundary}--`,
        `--${boundary}\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--${boundary}--`,
      ),
    )
    expect(await inspectCopy(bytes, EXPECTED)).toBe('attachment')
  })
})

describe('which mail a copy claims to be', () => {
  test.each([
    ['by our field', copyOf(`X-Cordon-Mail: ${MAIL_ID}`), MAIL_ID],
    ['by its Message-ID', copyOf(`Message-ID: <${MAIL_ID}@shop.example>`), MAIL_ID],
    ['in capitals', copyOf(`X-CORDON-MAIL: ${MAIL_ID.toUpperCase()}`), MAIL_ID],
    ['in the body', Buffer.from(`Subject: x\r\n\r\nX-Cordon-Mail: ${MAIL_ID}\r\n`), undefined],
    ['by nothing', copyOf('Subject: cheap watches'), undefined],
    ['without a body', Buffer.from(`X-Cordon-Mail: ${MAIL_ID}`), undefined],
  ])('%s', (_how, bytes, mailId) => {
    expect(claimedMail(bytes)).toBe(mailId)
  })

  function copyOf(field: string): Buffer {
    return Buffer.from(`Received: from x\r\n${field}\r\nSubject: x\r\n\r\nhello\r\n`)
  }
})
