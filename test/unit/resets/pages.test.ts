import { chooseLocale, LOCALES } from '../../../src/resets/pages/messages.js'
import { formPage, invalidPage } from '../../../src/resets/pages/render.js'
import { html } from '../../../src/values/html.js'

test.each([
  ['the account decides', 'ja', 'en', 'ja'],
  ['also with a region', 'ja_JP', 'en', 'ja'],
  ['an account language that is not spoken gives way to the browser', 'fr', 'ja', 'ja'],
  ['the browser’s weights count', null, 'en;q=0.5, ja;q=0.9', 'ja'],
  ['the browser’s order decides among equals', null, 'en-GB, ja', 'en'],
  ['a weight of zero is a refusal', null, 'ja;q=0', 'en'],
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
  expect(page.html).toContain(`<html lang="${locale}"`)
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
