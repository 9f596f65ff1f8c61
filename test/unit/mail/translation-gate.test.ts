import { CATALOGUE } from '../../../src/mail/locales/catalogue.js'
import type { MessageKey, Messages } from '../../../src/mail/locales/en.js'
import { MAIL_PURPOSES, type MailPurpose } from '../../../src/mail/state.js'
import { type Letter, paragraph, type Template } from '../../../src/mail/templates/letter.js'
import { CHECKS, type CheckName } from '../../../src/mail/translation-gate/finding.js'
import { type Catalogues, checkTranslations } from '../../../src/mail/translation-gate/gate.js'
import { PRESS, type Press } from '../../../src/mail/translation-gate/mails.js'
import type { Locale } from '../../../src/values/locale.js'
import { SENDER } from './fixtures.js'

test('the mails as they are have nothing wrong in any language', async () => {
  expect(await checkTranslations(SENDER)).toEqual([])
})

const changed = (
  locale: Locale,
  key: MessageKey,
  change: (message: string) => string,
): Catalogues => {
  const message = change(CATALOGUE[locale][key])
  if (message === CATALOGUE[locale][key]) throw new Error(`The defect changes nothing in ${key}`)
  return { ...CATALOGUE, [locale]: { ...CATALOGUE[locale], [key]: message } }
}
const without = (locale: Locale, key: MessageKey): Catalogues => {
  const { [key]: _left, ...rest } = CATALOGUE[locale] as Messages
  return { ...CATALOGUE, [locale]: rest as Messages }
}
const withKey = (locale: Locale, key: string): Catalogues => ({
  ...CATALOGUE,
  [locale]: { ...CATALOGUE[locale], [key]: CATALOGUE[locale].promise },
})

/** One mutation of the messages, and the one check that is meant for it. */
const MESSAGE_DEFECTS: [string, CheckName, Catalogues][] = [
  ['a missing key', 'keys', without('ko', 'hold.what')],
  ['a key nobody asks for', 'keys', withKey('es', 'hold.waht')],
  ['an unbalanced brace', 'syntax', changed('ja', 'reset.until', (m) => m.replace('}}', '}'))],
  [
    'a plural without "other"',
    'syntax',
    changed('es', 'reset.until', (m) => m.replace(/other \{[^}]*\}/, '')),
  ],
  [
    'a renamed argument',
    'arguments',
    changed('ru', 'reset.why', (m) => m.replace('{site}', '{сайт}')),
  ],
  [
    'a lost argument',
    'arguments',
    changed('zh-CN', 'hold.why', (m) => m.replace('{site}', '本站')),
  ],
  ['an argument too many', 'arguments', changed('ar', 'promise', (m) => `${m} {site}`)],
  [
    'a plural that became a bare value',
    'arguments',
    changed('es', 'reset.until', (m) => m.replace(/\{hours.*\}\}/, '{hours} horas')),
  ],
  [
    'a bare value that became a number',
    'arguments',
    changed('ja', 'notice.why', (m) => m.replace('{site}', '{site, number}')),
  ],
  [
    'a lost plural form',
    'plurals',
    changed('ru', 'reset.until', (m) => m.replace(/few \{[^}]*\} /, '')),
  ],
  ['a lost dual', 'plurals', changed('ar', 'reset.until', (m) => m.replace(/two \{[^}]*\} /, ''))],
  [
    'a plural form that the language does not have',
    'plurals',
    changed('ja', 'reset.until', (m) => m.replace('plural, ', 'plural, one {# 時間} ')),
  ],
  [
    'a plural form that hides the number',
    'plurals',
    changed('ru', 'reset.until', (m) => m.replace('one {# часа}', 'one {часа}')),
  ],
  ['an empty sentence', 'empty', changed('ko', 'not_you', () => '...')],
  [
    'a sentence left in English',
    'untranslated',
    changed('es', 'promise', () => CATALOGUE.en.promise),
  ],
  ['markup', 'markup', changed('es', 'promise', (m) => m.replace('Nunca', '<b>Nunca</b>'))],
  ['an entity', 'markup', changed('es', 'help.site', (m) => m.replace(' y ', ' &amp; '))],
  ['a link', 'links', changed('es', 'promise', (m) => `${m} https://evil.test/`)],
  ['a link without a scheme', 'links', changed('en', 'help.site', (m) => `${m} evil.test`)],
  ['a mailbox', 'links', changed('es', 'not_you', (m) => `${m} help@evil.test`)],
  [
    'a line break in a subject',
    'line_breaks',
    changed('es', 'hold.subject', (m) => `${m}\r\nBcc: x`),
  ],
  [
    'a line break in a sentence',
    'line_breaks',
    changed('ar', 'promise', (m) => m.replace('،', '،\n')),
  ],
  ['a mark that reorders text', 'characters', changed('ar', 'promise', (m) => `\u202e${m}`)],
  [
    'an invisible character',
    'characters',
    changed('en', 'promise', (m) => m.replace('pass', 'pass\u200b')),
  ],
  ['letters not in NFC', 'characters', changed('es', 'promise', (m) => m.normalize('NFD'))],
  ['a doubled blank', 'spacing', changed('en', 'not_you', (m) => m.replace(' tell', '  tell'))],
  ['a look-alike letter', 'script', changed('ru', 'promise', (m) => m.replace('о', 'o'))],
  [
    'a word of the source',
    'script',
    changed('zh-CN', 'not_you', (m) => m.replace('账户', 'account')),
  ],
]

/** The press with one template changed, for one purpose. */
const withLetter = (purpose: MailPurpose, change: (letter: Letter) => Letter): Press => {
  const real = PRESS.letters[purpose]
  const template: Template = (facts, say) => change(real(facts, say))
  return { ...PRESS, letters: { ...PRESS.letters, [purpose]: template } }
}
const blocksBut = (letter: Letter, kind: string): Letter => ({
  ...letter,
  blocks: letter.blocks.filter((block) => block.kind !== kind),
})
const withHtml = (change: (html: string) => string): Press => ({
  ...PRESS,
  write: (letter, voice) => {
    const mail = PRESS.write(letter, voice)
    return { ...mail, html: change(mail.html) }
  },
})

/** One mutation of what makes mails of the messages. */
const MAIL_DEFECTS: [string, CheckName, Press][] = [
  [
    'a template that drops the link',
    'links',
    withLetter('reset', (letter) => blocksBut(letter, 'link')),
  ],
  [
    'a template that drops the phrase',
    'facts',
    withLetter('notice', (letter) => blocksBut(letter, 'quoted')),
  ],
  [
    'a template that drops its last words',
    'facts',
    withLetter('hold', (letter) => ({ ...letter, blocks: letter.blocks.slice(0, -3) })),
  ],
  [
    'a template that cannot do without a name',
    'renders',
    withLetter('reminder', (letter) => {
      if (!letter.blocks.some(({ kind }) => kind === 'greeting')) throw new TypeError('no name')
      return letter
    }),
  ],
  [
    'a word written in a template',
    'hard_coded',
    withLetter('confirmation', (letter) => ({
      ...letter,
      blocks: [...letter.blocks, paragraph('Regards')],
    })),
  ],
  [
    'a subject that does not fit',
    'subject',
    withLetter('reset', (letter) => ({
      ...letter,
      subject: `${letter.subject} ${'…'.repeat(60)}`,
    })),
  ],
  [
    'an HTML body that leaves something out',
    'same_facts',
    withHtml((h) => h.replace(/<p>[^<]*<\/p>/, '')),
  ],
  [
    'a text body that leaves something out',
    'same_facts',
    {
      ...PRESS,
      write: (letter, voice) => {
        const mail = PRESS.write(letter, voice)
        return { ...mail, text: mail.text.split('\n\n').slice(1).join('\n\n') }
      },
    },
  ],
  [
    'names that are not escaped',
    'escaping',
    withHtml((h) => h.replace(/&lt;script&gt;/g, '<script>')),
  ],
  ['Arabic from the left', 'direction', withHtml((h) => h.replaceAll('dir="rtl"', 'dir="ltr"'))],
  [
    'an encoded word that is too long',
    'encoded_words',
    {
      ...PRESS,
      compose: (mail) => {
        const text = Buffer.from(PRESS.compose(mail)).toString('latin1')
        const word = `=?UTF-8?B?${Buffer.from(mail.subject).toString('base64')}?=`
        const subject = /^Subject: .*(\r\n[ \t].*)*/im
        return Buffer.from(text.replace(subject, `Subject: ${word}`), 'latin1')
      },
    },
  ],
  [
    'a header that nobody knows',
    'wire',
    {
      ...PRESS,
      compose: (mail) => Buffer.concat([Buffer.from('X-Campaign: 1\r\n'), PRESS.compose(mail)]),
    },
  ],
]

test('thirty and more different defects are seeded, and every check is meant for one of them', () => {
  const meant = new Set([...MESSAGE_DEFECTS, ...MAIL_DEFECTS].map(([, check]) => check))
  expect(MESSAGE_DEFECTS.length + MAIL_DEFECTS.length).toBeGreaterThanOrEqual(30)
  expect([...CHECKS].filter((check) => !meant.has(check))).toEqual([])
})

test.each(MESSAGE_DEFECTS)(
  '%s is found, and by the check "%s" alone',
  async (_what, check, all) => {
    const findings = await checkTranslations(SENDER, all)
    expect([...new Set(findings.map((finding) => finding.check))]).toEqual([check])
  },
)

test.each(MAIL_DEFECTS)('%s is found by the check "%s"', async (_what, check, press) => {
  const findings = await checkTranslations(SENDER, CATALOGUE, press)
  expect(findings.map((finding) => finding.check)).toContain(check)
})

test('what is found names its language and mail', async () => {
  const findings = await checkTranslations(
    SENDER,
    changed('ru', 'promise', (m) => `${m} x`),
  )
  expect(findings).toEqual([
    { check: 'script', locale: 'ru', where: 'promise', says: 'holds letters of another script' },
  ])
  expect(MAIL_PURPOSES).toHaveLength(5)
})
