import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { prepare } from '../../../src/mail/prepare.js'
import { parseRecipient } from '../../../src/mail/recipient.js'
import { MAIL_PURPOSES } from '../../../src/mail/state.js'
import { tidyPhrase } from '../../../src/mail/tidy.js'
import { inspect } from '../../../src/mail/wire-gate.js'
import { LOCALES } from '../../../src/values/locale.js'
import { fuzzMail } from '../../support/mail-fuzz/fuzz.js'
import { aMail, aRecipient, LINK, MAIL_ID, NOW, SENDER, TOKEN } from './fixtures.js'

const nasty = fc.constantFrom(
  '\r\n',
  '\n',
  '\r',
  'Bcc: bob@example.net',
  'bob@example.net',
  ',',
  ';',
  '<',
  '>',
  '"',
  '&amp;',
  '<script>',
  '</strong>',
  '<!--',
  'https://evil.test/',
  'www.evil.test',
  '=?utf-8?B?Ym9i?=',
  '=\r\n',
  '=3D',
  '.',
  '\r\n.\r\n',
  `--${MAIL_ID}`,
  '\u202e',
  '\ud800',
  '\u2028',
  '\u0000',
  TOKEN,
  '{0}',
  "'{name}'",
)
const hostile = fc
  .array(
    fc.oneof(
      nasty,
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''))
const mailOf = fc.record({
  name: fc.option(hostile),
  phrase: fc.option(hostile),
  locale: fc.constantFrom(...LOCALES, 'ja-JP', 'xx', null),
  wantsLinks: fc.boolean(),
  purpose: fc.constantFrom(...MAIL_PURPOSES),
})

test('whatever a name or phrase holds, the mail is written, passes, and has one recipient', async () => {
  await fc.assert(
    fc.asyncProperty(mailOf, async (over) => {
      const written = await prepare(aMail(over), SENDER, NOW)
      if (written.kind !== 'ready') throw new Error(JSON.stringify(written))
      const { to, cc, bcc, headers, text } = await PostalMime.parse(written.bytes)
      expect(to).toEqual([{ name: '', address: 'ann@example.org' }])
      expect([cc, bcc]).toEqual([undefined, undefined])
      expect(headers).toHaveLength(9)
      expect(text?.replace(/\s+/gu, ' ')).toContain(tidyPhrase(over.phrase) ?? '')
    }),
    { numRuns: 300, endOnFailure: true },
  )
})

test('whatever is stored as an address, it names one mailbox or nobody is written to', async () => {
  const stored = fc.oneof(
    hostile,
    fc.tuple(hostile, hostile).map(([local, domain]) => `${local}@${domain}`),
    fc.emailAddress({ size: 'large' }).map((address) => address.toLowerCase()),
  )
  await fc.assert(
    fc.asyncProperty(stored, async (recipient) => {
      const written = await prepare(aMail({ recipient }), SENDER, NOW)
      if ('rejected' in parseRecipient(recipient)) return expect(written.kind).toBe('unsendable')
      if (written.kind !== 'ready') throw new Error(JSON.stringify(written))
      const { to } = await PostalMime.parse(written.bytes)
      expect(to).toEqual([{ name: '', address: recipient }])
    }),
    { numRuns: 300, endOnFailure: true },
  )
})

test('no single changed line makes the gate accept another recipient', async () => {
  const written = await prepare(aMail(), SENDER, NOW)
  if (written.kind !== 'ready') throw new Error('not written')
  const lines = Buffer.from(written.bytes).toString('latin1').split('\r\n')
  const expected = {
    mailId: MAIL_ID,
    recipient: aRecipient('ann@example.org'),
    sender: SENDER,
    name: 'Ann Bell',
    phrase: 'blue kettle',
    token: TOKEN,
    link: LINK,
  }
  const stranger = fc.constantFrom(
    'Cc: bob@example.net',
    'To: bob@example.net',
    ' bob@example.net',
    ', bob@example.net',
    'bob@example.net',
    'Resent-To: bob@example.net',
    '<p>bob@example.net</p>',
  )
  await fc.assert(
    fc.asyncProperty(fc.nat(lines.length), stranger, async (at, line) => {
      const changed = [...lines.slice(0, at), line, ...lines.slice(at)].join('\r\n')
      expect(await inspect(Buffer.from(changed, 'latin1'), expected)).toMatchObject({ ok: false })
    }),
    { numRuns: 500, endOnFailure: true },
  )
})

test('of thousands of hostile, changed, leaking and mixed-up mails none shows a second person', async () => {
  const report = await fuzzMail(5_000, 20_261_123)
  expect([report.exposures, report.missed]).toEqual([[], []])
  for (const kind of ['hostile account', 'hostile address', 'hostile configuration'])
    expect([kind, report.kinds[kind]?.passed]).not.toEqual([kind, 0])
  for (const kind of ['changed bytes', 'known leak', 'mixed-up mail'])
    expect(report.kinds[kind]?.stopped).toBeGreaterThan(50)
})
