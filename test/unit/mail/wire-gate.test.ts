import MailComposer from 'nodemailer/lib/mail-composer'
import { messageId } from '../../../src/mail/compose.js'
import { prepare } from '../../../src/mail/prepare.js'
import { render } from '../../../src/mail/render.js'
import { type Expected, inspect } from '../../../src/mail/wire-gate.js'
import { aMail, aRecipient, LINK, MAIL_ID, NOW, SENDER, TOKEN } from './fixtures.js'

const EXPECTED: Expected = {
  mailId: MAIL_ID,
  recipient: aRecipient('ann@example.org'),
  sender: SENDER,
  name: 'Ann Bell',
  phrase: 'blue kettle',
  token: TOKEN,
  link: LINK,
}
const STRANGER = 'bob@example.net'
const FACTS = {
  mail: MAIL_ID,
  purpose: 'reset' as const,
  site: SENDER.siteName,
  support: SENDER.support,
  name: 'Ann Bell',
  phrase: 'blue kettle',
  reset: { link: LINK as string | null, token: TOKEN, hours: 24 },
}
const LETTER = render(FACTS, 'en')

/** What a careless sender would do with nodemailer: everything as it should be, but for `over`. */
function carelessly(over: Record<string, unknown>): Promise<Buffer> {
  const { headers, ...rest } = over as { headers?: Record<string, unknown> }
  const composer = new MailComposer({
    from: { name: '', address: SENDER.from },
    to: { name: '', address: EXPECTED.recipient },
    subject: LETTER.subject,
    text: LETTER.text.replaceAll('\n', '\r\n'),
    html: LETTER.html.replaceAll('\n', '\r\n'),
    date: NOW,
    messageId: messageId(MAIL_ID, SENDER.from),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Cordon-Mail': MAIL_ID, ...headers } as never,
    newline: 'windows',
    ...rest,
  })
  return composer.compile().build()
}

const inBoth = (change: (text: string) => string) => ({
  text: change(LETTER.text).replaceAll('\n', '\r\n'),
  html: change(LETTER.html).replaceAll('\n', '\r\n'),
})
const afterGreeting = (line: string, html = line) => ({
  text: LETTER.text.replace('Ann Bell,', `Ann Bell,\n${line}`).replaceAll('\n', '\r\n'),
  html: LETTER.html.replace('Ann Bell</bdi>,', `Ann Bell</bdi>,\n${html}`).replaceAll('\n', '\r\n'),
})

test('the mail as it should be passes', async () => {
  expect(await inspect(await carelessly({}), EXPECTED)).toEqual({ ok: true })
})

describe('every known way of showing a second person is stopped', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['a string with a comma', { to: `ann@example.org, ${STRANGER}` }, 'recipient_differs'],
    ['a string with a semicolon', { to: `ann@example.org; ${STRANGER}` }, 'recipient_differs'],
    ['an array of recipients', { to: ['ann@example.org', STRANGER] }, 'recipient_differs'],
    ['a group', { to: `team: ann@example.org, ${STRANGER};` }, 'recipient_differs'],
    [
      'a name that is an address',
      { to: { name: STRANGER, address: EXPECTED.recipient } },
      'recipient_differs',
    ],
    ['another recipient', { to: STRANGER }, 'recipient_differs'],
    ['a cc', { cc: STRANGER }, 'header_forbidden'],
    [
      'one RCPT in the envelope, three in the header',
      {
        to: `ann@example.org, ${STRANGER}, eve@example.com`,
        envelope: { from: SENDER.from, to: EXPECTED.recipient },
      },
      'recipient_differs',
    ],
    [
      'a Cc header of its own',
      { headers: { Cc: `${STRANGER}, eve@example.com` } },
      'header_forbidden',
    ],
    ['Resent-To', { headers: { 'Resent-To': STRANGER } }, 'header_forbidden'],
    ['Resent-Cc', { headers: { 'Resent-Cc': STRANGER } }, 'header_forbidden'],
    ['Apparently-To', { headers: { 'Apparently-To': STRANGER } }, 'header_forbidden'],
    ['X-Original-To', { headers: { 'X-Original-To': STRANGER } }, 'header_forbidden'],
    ['Delivered-To', { headers: { 'Delivered-To': STRANGER } }, 'header_forbidden'],
    ['Reply-To', { replyTo: STRANGER }, 'header_forbidden'],
    ['a harmless-looking header', { headers: { 'X-Audience': STRANGER } }, 'header_forbidden'],
    ['an address in the subject', { subject: `For ${STRANGER}` }, 'text_and_html_differ'],
    [
      'an address in the subject and the title',
      {
        subject: `For ${STRANGER}`,
        html: LETTER.html
          .replace(`<title>${LETTER.subject}`, `<title>For ${STRANGER}`)
          .replaceAll('\n', '\r\n'),
      },
      'stranger_address',
    ],
    ['an address in both bodies', afterGreeting(STRANGER), 'stranger_address'],
    [
      'an address in capitals and full-width',
      afterGreeting('BOB＠EXAMPLE.NET'),
      'stranger_address',
    ],
    ['an address with the at-sign encoded', afterGreeting('bob%40example.net'), 'stranger_address'],
    [
      'an address split by a mark of direction',
      afterGreeting('bob\u2068@\u2069example.net'),
      'stranger_address',
    ],
    [
      'an address split by markup',
      afterGreeting('bob@example.net', 'bob<bdi></bdi>@example.net'),
      'name_differs',
    ],
    ['an address behind a second at-sign', afterGreeting(`@${STRANGER}`), 'stranger_address'],
    [
      'an address in the HTML as entities',
      afterGreeting(STRANGER, 'bob&#64;example.net'),
      'text_and_html_differ',
    ],
    [
      'an address only in the HTML',
      { html: `${LETTER.html}<p>${STRANGER}</p>` },
      'text_and_html_differ',
    ],
    ['an address only in the text', { text: `${LETTER.text}${STRANGER}` }, 'text_and_html_differ'],
    [
      'an address in an HTML comment',
      afterGreeting('', `<!-- ${STRANGER} -->`),
      'markup_forbidden',
    ],
    [
      'an address in an attribute',
      afterGreeting('', `<p title="${STRANGER}"></p>`),
      'markup_forbidden',
    ],
    [
      'an image that reports who reads',
      afterGreeting('', '<img src="https://shop.example/i">'),
      'markup_forbidden',
    ],
    [
      'an attachment',
      { attachments: [{ filename: 'all.csv', content: STRANGER }] },
      'structure_unexpected',
    ],
    [
      'another message inside',
      { alternatives: [{ contentType: 'message/rfc822', content: `To: ${STRANGER}` }] },
      'structure_unexpected',
    ],
  ])('%s', async (_way, over, problem) => {
    expect(await inspect(await carelessly(over), EXPECTED)).toEqual({ ok: false, problem })
  })

  const BYTES = (change: (message: string) => string) => async () =>
    Buffer.from(change((await carelessly({})).toString('latin1')), 'latin1')
  test.each<[string, () => Promise<Buffer>, string]>([
    [
      'a raw second To',
      BYTES((m) => m.replace('To: ', `To: ${STRANGER}\r\nTo: `)),
      'header_repeated',
    ],
    [
      'a second To after the first',
      BYTES((m) => m.replace('Subject:', `To: ${STRANGER}\r\nSubject:`)),
      'header_repeated',
    ],
    [
      'a raw Bcc',
      BYTES((m) => m.replace('Subject:', `Bcc: ${STRANGER}\r\nSubject:`)),
      'header_forbidden',
    ],
    [
      'a header smuggled by a bare LF',
      BYTES((m) => m.replace('Subject:', `X\nCc: ${STRANGER}\r\nSubject:`)),
      'bare_line_break',
    ],
    [
      'a header smuggled by a bare CR',
      BYTES((m) => m.replace('Subject:', `X\rCc: ${STRANGER}\r\nSubject:`)),
      'bare_line_break',
    ],
    [
      'a recipient folded onto the next line',
      BYTES((m) => m.replace('To: ann@example.org', `To: ann@example.org,\r\n ${STRANGER}`)),
      'recipient_differs',
    ],
    [
      'a header name with a space',
      BYTES((m) => m.replace('Subject:', `Cc : ${STRANGER}\r\nSubject:`)),
      'header_malformed',
    ],
    [
      'text before the first part',
      BYTES((m) => m.replace('\r\n\r\n--', `\r\n\r\n${STRANGER}\r\n--`)),
      'structure_unexpected',
    ],
    ['text after the last part', BYTES((m) => `${m}${STRANGER}\r\n`), 'structure_unexpected'],
    ['bytes beyond ASCII', BYTES((m) => m.replace('Hello', 'H\xe9llo')), 'not_plain_ascii'],
    ['another From', BYTES((m) => m.replace('From: no-reply', 'From: no-rep1y')), 'sender_differs'],
    ['no To at all', BYTES((m) => m.replace('To: ann@example.org\r\n', '')), 'header_missing'],
    [
      'the Message-ID of another mail',
      BYTES((m) => m.replace(`<${MAIL_ID}`, `<${MAIL_ID.replace('0', '1')}`)),
      'identity_differs',
    ],
    [
      'a comment in the date',
      BYTES((m) => m.replace('+0000', `+0000 (${STRANGER})`)),
      'identity_differs',
    ],
    [
      'a comment in the MIME version',
      BYTES((m) => m.replace('MIME-Version: 1.0', `MIME-Version: 1.0 (${STRANGER})`)),
      'identity_differs',
    ],
    [
      'a header in a part',
      BYTES((m) => m.replace('Content-Transfer-Encoding', 'X-Encoding')),
      'header_forbidden',
    ],
  ])('%s', async (_way, build, problem) => {
    expect(await inspect(await build(), EXPECTED)).toEqual({ ok: false, problem })
  })
})

describe('what belongs to another account is stopped', () => {
  const other = 'b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q'
  test.each<[string, Record<string, unknown>, Partial<Expected>, string]>([
    ['the token of another reset', inBoth((t) => t.replaceAll(TOKEN, other)), {}, 'foreign_link'],
    ['a second token beside the first', afterGreeting(other), {}, 'foreign_token'],
    [
      'a link to another host',
      afterGreeting('https://shop.example.evil.test/'),
      {},
      'foreign_link',
    ],
    ['a link without a scheme', afterGreeting('www.evil.test'), {}, 'foreign_link'],
    [
      'a link that hides its target',
      { html: LETTER.html.replace(`href="${LINK}"`, 'href="https://evil.test/"') },
      {},
      'foreign_link',
    ],
    ['a link where the account asked for none', {}, { link: null }, 'foreign_link'],
    ['a token in a mail that must have none', {}, { link: null, token: null }, 'foreign_link'],
    [
      'no link where one is due',
      inBoth((t) => t.replaceAll(LINK, 'here').replace('href="here"', `href="${LINK}"`)),
      {},
      'token_missing',
    ],
    [
      'the phrase of another account',
      inBoth((t) => t.replace('blue kettle', 'red kettle')),
      {},
      'phrase_differs',
    ],
    [
      'the name of another account',
      inBoth((t) => t.replace('Ann Bell', 'Bob Stone')),
      {},
      'name_differs',
    ],
    ['a name where the account has none', {}, { name: null }, 'name_differs'],
    ['no name where the account has one', {}, { name: 'Bob Stone' }, 'name_differs'],
    [
      'a second name beside the first',
      afterGreeting('Bob Stone', '<bdi>Bob Stone</bdi>'),
      {},
      'name_differs',
    ],
    [
      'a letter that was written for another mail',
      inBoth((t) => t.replace(MAIL_ID, MAIL_ID.replace('0', '1'))),
      {},
      'reference_differs',
    ],
    ['a phrase where the account has none', {}, { phrase: null }, 'phrase_differs'],
    ['no phrase where the account has one', {}, { phrase: 'green kettle' }, 'phrase_differs'],
    [
      'a link whose origin is not the configured one',
      {},
      { sender: { ...SENDER, publicUrl: 'https://other.example' } },
      'foreign_link',
    ],
  ])('%s', async (_what, over, expected, problem) => {
    const bytes = await carelessly(over)
    expect(await inspect(bytes, { ...EXPECTED, ...expected })).toEqual({ ok: false, problem })
  })
})

test.each([
  ['in English', { locale: 'en' }],
  ['in Japanese', { locale: 'ja-JP' }],
  ['in Arabic', { locale: 'ar' }],
  ['in simplified Chinese', { locale: 'zh-CN', wantsLinks: false }],
  ['without a phrase', { phrase: null }],
  ['without links', { wantsLinks: false }],
  ['without a name', { name: null }],
  ['as a notice', { purpose: 'notice' as const, token: null }],
  ['as a hold in Russian', { purpose: 'hold' as const, token: null, locale: 'ru' }],
  ['as a reminder in Korean', { purpose: 'reminder' as const, locale: 'ko' }],
  [
    'as a confirmation in Japanese',
    { purpose: 'confirmation' as const, token: null, locale: 'ja' },
  ],
  [
    'to the longest address there is',
    { recipient: `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.org` },
  ],
  ['with markup for a name', { name: '<script>alert("1")</script> & Söhne' }],
  ['with a phrase that looks like a link', { phrase: 'https://evil.test and bob@example.net <b>' }],
  ['with a phrase longer than any', { phrase: '鍵'.repeat(500) }],
])('a mail %s is written and passes', async (_how, over) => {
  expect((await prepare(aMail(over), SENDER, NOW)).kind).toBe('ready')
})

test('a mail whose sender signs is stopped when nobody signed it', async () => {
  const signing = [
    {
      domain: 'shop.example',
      selector: 's',
      algorithm: 'ed25519-sha256',
      publicKey: 'AA==',
    },
  ] as const
  const written = await prepare(aMail(), { ...SENDER, signing }, NOW)
  expect(written).toEqual({ kind: 'stopped', problem: 'signature_differs' })
})

test('a security mail is no list: it says that it was generated, and offers no unsubscribing', async () => {
  const written = await prepare(aMail(), SENDER, NOW)
  if (written.kind !== 'ready') throw new Error(JSON.stringify(written))
  const headers = Buffer.from(written.bytes).toString('latin1').split('\r\n\r\n')[0]
  expect(headers).toContain('Auto-Submitted: auto-generated')
  expect(headers).not.toMatch(/^(list-|precedence|x-mailer)/im)
})

test('every attempt of a mail has one Message-ID, and no other mail has it', async () => {
  const idOf = async (over: Parameters<typeof aMail>[0], date: Date) => {
    const written = await prepare(aMail(over), SENDER, date)
    if (written.kind !== 'ready') throw new Error(JSON.stringify(written))
    return /^Message-ID: (.*)$/im.exec(Buffer.from(written.bytes).toString('latin1'))?.[1]
  }
  const first = await idOf({}, NOW)
  expect(first).toMatch(/^<.+@shop\.example>/)
  expect(await idOf({}, new Date(NOW.getTime() + 60_000))).toBe(first)
  expect(await idOf({ id: MAIL_ID.replace('0', '1') }, NOW)).not.toBe(first)
})
