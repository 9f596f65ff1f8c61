import { IntlMessageFormat } from 'intl-messageformat'
import { CATALOGUE, type Locale, resolveLocale } from '../../../src/mail/locales/catalogue.js'
import { en, type MessageKey } from '../../../src/mail/locales/en.js'
import { render } from '../../../src/mail/render.js'
import { mailRevision } from '../../../src/mail/revision.js'
import { MAIL_PURPOSES } from '../../../src/mail/state.js'
import type { MailFacts } from '../../../src/mail/templates/letter.js'
import { tidyName, tidyPhrase } from '../../../src/mail/tidy.js'
import { anAddress, BOUND, LINK, SENDER, TOKEN } from './fixtures.js'

const facts = (over: Partial<MailFacts> = {}): MailFacts => ({
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
  ['JA_jp', 'ja'],
  ['ja', 'ja'],
  ['en-GB', 'en'],
  ['fr', 'en'],
  ['constructor', 'en'],
  ['', 'en'],
  [null, 'en'],
])('the language for %p is %s', (tag, locale) => expect(resolveLocale(tag)).toBe(locale))

describe('every catalogue', () => {
  const inputs = (message: string): string[] => {
    const found = new Set<string>()
    const walk = (nodes: readonly unknown[]) => {
      for (const node of nodes as { type: number; value?: string; options?: object }[]) {
        if (node.type !== 0 && node.type !== 7) found.add(String(node.value))
        for (const option of Object.values(node.options ?? {})) walk(option.value)
      }
    }
    walk(new IntlMessageFormat(message, 'en').getAst())
    return [...found].sort()
  }
  const keys = Object.keys(en) as MessageKey[]
  test.each(Object.entries(CATALOGUE))(
    '%s takes the arguments that English takes',
    (_locale, messages) => {
      expect(Object.keys(messages)).toEqual(keys)
      for (const key of keys) expect([key, inputs(messages[key])]).toEqual([key, inputs(en[key])])
    },
  )
  test.each(Object.entries(CATALOGUE))(
    '%s holds no markup, no link and no line break',
    (_locale, messages) => {
      for (const message of Object.values(messages)) expect(message).not.toMatch(/[<>\r\n]|:\/\/|@/)
    },
  )
})

describe.each(Object.keys(CATALOGUE))('in %s', (locale) => {
  test.each(MAIL_PURPOSES)('a %s mail says the same as text and as HTML', (purpose) => {
    const { subject, text, html } = render(facts({ purpose, reset: null }), locale)
    const visible = html.replace(/<[^>]*>/g, ' ').replace(/&#39;/g, "'")
    expect(flat(visible)).toBe(flat(`${subject} ${text}`))
    expect(html).toContain(`<html lang="${locale}" dir="ltr">`)
    expect(subject).not.toMatch(/[\r\n]/)
    expect(text).toContain('blue kettle')
  })
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
  expect(html).toContain('&lt;b&gt;&quot;Ann&quot; &amp; &#39;Bob&#39;')
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
  ])('changes with the %s', (_part, over) => {
    expect(mailRevision({ ...SENDER, ...over }, BOUND)).not.toBe(mailRevision(SENDER, BOUND))
  })
})
