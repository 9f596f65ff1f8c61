import { checkKeys, checkSentences } from '../../../src/mail/translation-gate/sentences.js'
import { chooseLocale, messagesFor } from '../../../src/resets/pages/messages.js'
import { donePage, formPage, invalidPage } from '../../../src/resets/pages/render.js'
import { html } from '../../../src/values/html.js'
import { directionOf, LOCALES } from '../../../src/values/locale.js'

test.each([
  ['the account decides', 'ja', 'en', 'ja'],
  ['also with a region', 'ja_JP', 'en', 'ja'],
  ['an account language that is not spoken gives way to the browser', 'fr', 'ja', 'ja'],
  ['the browser’s weights count', null, 'en;q=0.5, ja;q=0.9', 'ja'],
  ['the browser’s order decides among equals', null, 'en-GB, ja', 'en'],
  ['a weight of zero is a refusal', null, 'ja;q=0', 'en'],
  ['a script that is not spoken gives way to the next wish', null, 'zh-TW, ko;q=0.5', 'ko'],
  ['simplified Chinese by its region', null, 'zh-SG', 'zh-CN'],
  ['nothing known is English', null, '', 'en'],
  ['nonsense is English', null, ';;;q=,,x;q=banana', 'en'],
])('%s', (_rule, account, browser, locale) => {
  expect(chooseLocale(account, browser)).toBe(locale)
})

test('every value placed in markup is escaped, markup is not escaped again', () => {
  const inner = html`<b>${`<i>"&'`}</b>`
  expect(html`<p>${inner}${undefined}${3}${[inner]}</p>`.markup).toBe(
    '<p><b>&lt;i&gt;&quot;&amp;&#39;</b>3<b>&lt;i&gt;&quot;&amp;&#39;</b></p>',
  )
})

test.each(LOCALES)('the %s form names its fields, rules and problem', (locale) => {
  const page = formPage(
    { locale, serviceName: 'Shop <&>' },
    {
      address: 'a@b.example',
      hasSecondFactor: true,
      asksCode: true,
      problem: { field: 'code', problem: 'code_wrong' },
    },
  )
  expect(page.status).toBe(422)
  expect(page.html).toContain(`<html lang="${locale}" dir="${directionOf(locale)}">`)
  expect(page.html).toContain('Shop &lt;&amp;&gt;')
  for (const id of ['account', 'password', 'passwordAgain', 'code']) {
    expect(page.html).toContain(`for="${id}"`)
    expect(page.html).toContain(`id="${id}"`)
  }
  expect(page.html).toMatch(/8.*128/)
})

test('the page for a dead link says nothing about why', () => {
  const voice = { locale: 'en', serviceName: 'Shop' } as const
  expect(invalidPage(voice)).toEqual(invalidPage(voice))
  expect(invalidPage(voice).status).toBe(410)
})

/** Every line of the pages in one language, by its place, with these numbers and this time in it. */
function sentencesOf(messages: object, path = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(messages).flatMap(([key, said]) => {
      const place = `${path}${key}`
      const value =
        typeof said === 'function' ? said(...(key === 'held' ? ['11'] : [15, 128])) : said
      return typeof value === 'string'
        ? [[place, value]]
        : Object.entries(sentencesOf(value, `${place}.`))
    }),
  )
}
const ENGLISH = sentencesOf(messagesFor('en'))

test.each(LOCALES)('the pages in %s pass the gate that mails pass', (locale) => {
  const sentences = sentencesOf(messagesFor(locale))
  expect(checkKeys(locale, Object.keys(sentences), Object.keys(ENGLISH))).toEqual([])
  expect(checkSentences(locale, sentences, ENGLISH)).toEqual([])
  const numbers = (text: string | undefined) => text?.match(/\b(?:11|15|128|30)\b/g)?.sort()
  for (const [place, text] of Object.entries(sentences))
    expect([place, numbers(text)]).toEqual([place, numbers(ENGLISH[place])])
})

test.each([
  ['a lost line', { 'choose.title': 'Título' }, 'keys'],
  ['a line left in English', { ...ENGLISH }, 'untranslated'],
  ['markup', { ...ENGLISH, footer: 'Nunca <b>preguntamos</b>' }, 'markup'],
  ['another script', { ...ENGLISH, footer: 'Nunca прегунтамос' }, 'script'],
])('%s in the pages would be found', (_what, sentences: Record<string, string>, check) => {
  const found = [
    ...checkKeys('es', Object.keys(sentences), Object.keys(ENGLISH)),
    ...checkSentences('es', sentences, ENGLISH),
  ]
  expect(found.map((finding) => finding.check)).toContain(check)
})

test.each(LOCALES)('in %s the end of a hold is a time of that language, in UTC', (locale) => {
  const page = donePage(
    { locale, serviceName: 'S' },
    { heldUntil: new Date('2026-11-24T10:05:00Z') },
  )
  expect(page.html).toMatch(/UTC|협정|غرينتش|العالم/)
})
