import { CATALOGUE, resolveLocale } from '../../../src/mail/locales/catalogue.js'
import { render } from '../../../src/mail/render.js'
import { mailRevision } from '../../../src/mail/revision.js'
import { MAIL_PURPOSES, opensReset } from '../../../src/mail/state.js'
import type { MailFacts } from '../../../src/mail/templates/letter.js'
import { tidyName, tidyPhrase } from '../../../src/mail/tidy.js'
import { directionOf, LOCALES, type Locale } from '../../../src/values/locale.js'
import { anAddress, BOUND, LINK, MAIL_ID, SENDER, TOKEN } from './fixtures.js'

const facts = (over: Partial<MailFacts> = {}): MailFacts => ({
  mail: MAIL_ID,
  purpose: 'reset',
  site: 'Example Shop',
  support: 'help@shop.example',
  name: 'Ann Bell',
  phrase: 'blue kettle',
  reset: { link: LINK, token: TOKEN, hours: 24 },
  ...over,
})

test.each<[string | null, Locale]>([
  ['ja-JP', 'ja'],
  ['zh-CN', 'zh-CN'],
  ['zh-TW', 'en'],
  ['pt-BR', 'en'],
  ['constructor', 'en'],
  ['', 'en'],
  [null, 'en'],
])('a mail for the wish %p is written in %s, and says so', (tag, locale) => {
  expect(resolveLocale(tag)).toBe(locale)
  expect(render(facts(), tag).locale).toBe(locale)
})

test('there is a catalogue for every language', () => {
  expect(Object.keys(CATALOGUE)).toEqual([...LOCALES])
})

describe.each(LOCALES)('in %s', (locale) => {
  test.each(MAIL_PURPOSES)('a %s mail says the same as text and as HTML', (purpose) => {
    const { subject, text, html } = render(facts({ purpose, reset: null }), locale)
    const visible = html
      .replace(/<\/?bdi>/g, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/&#39;/g, "'")
    expect(flat(visible)).toBe(flat(`${subject} ${text}`))
    expect(html).toContain(`<html lang="${locale}" dir="${directionOf(locale)}">`)
    expect(subject).not.toMatch(/[\r\n]/)
    expect(text).toContain('blue kettle')
    expect(text).toContain(MAIL_ID)
  })

  test('no two purposes say the same', () => {
    const texts = MAIL_PURPOSES.map((purpose) => render(facts({ purpose }), locale).text)
    expect(new Set(texts).size).toBe(MAIL_PURPOSES.length)
  })
})

test.each([
  ['en', 1, 'for 1 hour from'],
  ['en', 24, 'for 24 hours from'],
  ['es', 1, 'durante 1 hora a'],
  ['es', 5, 'durante 5 horas a'],
  ['ru', 1, 'в течение 1 часа с'],
  ['ru', 2, 'в течение 2 часов с'],
  ['ru', 5, 'в течение 5 часов с'],
  ['ru', 21, 'в течение 21 часа с'],
  ['ru', 0.5, 'в течение 0,5 часа с'],
  ['ja', 24, '24 時間'],
  ['ko', 24, '24시간'],
  ['zh-CN', 24, '24 小时内'],
  ['ar', 1, 'خلال ساعة واحدة من'],
  ['ar', 2, 'خلال ساعتين من'],
])('in %s %d hours are counted as the language counts: %s', (locale, hours, words) => {
  const { text } = render(facts({ reset: { link: LINK, token: TOKEN, hours } }), locale)
  expect(text).toContain(words)
})

test('in Arabic inserted words keep their own direction, and mail programs are told which way', () => {
  const { subject, html } = render(facts(), 'ar')
  expect(subject).toContain('\u2068Example Shop\u2069')
  expect(html).toContain('<div lang="ar" dir="rtl">')
  expect(html).toContain(`<p dir="ltr"><a href="${LINK}">`)
  expect(html).toContain('<bdi>Ann Bell</bdi>')
})

const flat = (text: string) => text.replace(/\s+/g, ' ').trim()

test('a reset holds its link, and nothing of it where the account wants no links', () => {
  const linked = render(facts(), 'en')
  expect([linked.text, linked.html].every((body) => body.includes(LINK))).toBe(true)
  const bare = render(facts({ reset: { link: null, token: TOKEN, hours: 1 } }), 'en')
  expect(`${bare.text}${bare.html}`).not.toContain('://')
  expect(bare.text).toContain('Open our site or app yourself')
  expect(bare.text).toContain('1 hour from now')
})

test('names and phrases cannot become markup', () => {
  const { html } = render(facts({ name: '<b>"Ann" & \'Bob\'', phrase: '</strong><script>' }), 'en')
  expect(html).toContain('<bdi>&lt;b&gt;&quot;Ann&quot; &amp; &#39;Bob&#39;</bdi>')
  expect(html).toContain('&lt;/strong&gt;&lt;script&gt;')
  expect(html).not.toContain('<script')
})

test.each([
  ['Ann Bell', 'Ann Bell'],
  ["  Siân  O'Neill\t", "Siân O'Neill"],
  ['J. R. Hartley', 'J. R. Hartley'],
  ['山田 太郎', '山田 太郎'],
  ['Ann\r\nBcc: bob@example.net', null],
  ['visit evil.test', null],
  ['https://evil', null],
  ['WWW.evil', null],
  ['bob@example.net', null],
  ['bob＠example', null],
  ['a'.repeat(61), null],
  [TOKEN, null],
  ['‮gnirts', 'gnirts'],
  ['\u0000\u200b', null],
  ['', null],
  [null, null],
])('the greeting for the name %p is for %p', (name, tidy) => expect(tidyName(name)).toBe(tidy))

test.each([
  ['blue  kettle\n', 'blue kettle'],
  ['👨‍👩‍👧 family', '👨‍👩‍👧 family'],
  ['\u0007', null],
  ['   ', null],
  [null, null],
])('the phrase %p is shown as %p', (phrase, tidy) => expect(tidyPhrase(phrase)).toBe(tidy))

test('a phrase is never cut in the middle of a character', () => {
  expect(tidyPhrase('😀'.repeat(300))).toBe('😀'.repeat(200))
})

test('only a reset and its reminder open the reset page', () => {
  expect(MAIL_PURPOSES.filter(opensReset)).toEqual(['reset', 'reminder'])
})

describe('the mail revision', () => {
  test('is one for the same configuration', () => {
    expect(mailRevision(SENDER, BOUND)).toMatch(/^[0-9a-f]{64}$/)
    expect(mailRevision({ ...SENDER }, BOUND)).toBe(mailRevision(SENDER, BOUND))
  })
  test.each([
    ['sender', { from: anAddress('other@shop.example') }],
    ['support address', { support: null }],
    ['site name', { siteName: 'Other' }],
    ['origin of links', { publicUrl: 'https://other.example' }],
    ['life of a link', { linkHours: 12 }],
    [
      'key that signs',
      {
        signing: [
          { domain: 'shop.example', selector: 's', algorithm: 'rsa-sha256', publicKey: 'AA==' },
        ],
      } as const,
    ],
  ])('changes with the %s', (_part, over) => {
    expect(mailRevision({ ...SENDER, ...over }, BOUND)).not.toBe(mailRevision(SENDER, BOUND))
  })
})
