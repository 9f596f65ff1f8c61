import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { generateSync } from 'otplib'
import type { Browser, Page } from 'playwright-core'
import { leastLength, MOST } from '../../src/platform/credentials/password-policy.js'
import { inTx } from '../../src/platform/db.js'
import { messagesFor } from '../../src/resets/pages/messages.js'
import { mintTokens, orderAll } from '../../src/resets/service.js'
import { directionOf, LOCALES } from '../../src/values/locale.js'
import { anAccount } from '../support/account.js'
import { aPage, cutOff, openBrowser, violationsInBoth, type Watched } from '../support/browser.js'
import { type PublicServer, startPublic } from '../support/public.js'

const OLD = 'old violin paper crane'
const NEW = 'quiet lantern over tundra 7'
const PHONE = { viewport: { width: 390, height: 844 } }

let server: PublicServer
let browser: Browser
/** Without scripts, as account holders may have it. */
let page: Watched
/** Of an ordered reset, for each language. */
let links: ReadonlyMap<string, string>
/** Where pages are looked at with scripts: what they hold is the same, and they have none of their own. */
let glass: Page

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startPublic(), openBrowser()])
  const phone = { ...PHONE, javaScriptEnabled: false, locale: 'en' }
  page = await aPage(await browser.newContext(phone))
  glass = await (await browser.newContext(PHONE)).newPage()
  links = new Map(await Promise.all(LOCALES.map(linkFor)))
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

async function linkFor(locale: string): Promise<[string, string]> {
  const { db } = server.database
  const accountNo = await anAccount(db, { id: `of-${locale.toLowerCase()}`, locale, password: OLD })
  const token = await inTx(db, async (tx) => {
    const [order] = await orderAll(tx, [{ accountNo }], null)
    return (await mintTokens(tx, [order!.resetNo])).get(order!.resetNo)!
  })
  return [locale, `${server.url}/reset/${token}`]
}

/** Of a narrow phone, a wide screen, the same at 200 %, and a phone. */
const WIDTHS = [320, 1280, 640, 390]

/** Nothing is wrong with a page in light and dark colours, and nothing of it is cut off. */
async function lookedAt(name: string): Promise<void> {
  if (process.env.SHOTS)
    await page.screenshot({ path: `${process.env.SHOTS}/reset-${name}.png`, fullPage: true })
  await glass.setContent(await page.content())
  expect([name, await violationsInBoth(glass)]).toEqual([name, []])
  for (const width of WIDTHS) {
    await glass.setViewportSize({ width, height: 844 })
    expect([name, width, await cutOff(glass)]).toEqual([name, width, []])
  }
}

test.each(LOCALES)(
  'in %s, on a phone and without scripts, somebody chooses a password and a second factor',
  async (locale) => {
    const say = messagesFor(locale)
    await page.goto(links.get(locale)!)
    expect(await page.locator('html').getAttribute('dir')).toBe(directionOf(locale))
    await page.getByRole('heading', { name: say.choose.title }).waitFor()
    await lookedAt(`choose-${locale}`)
    const password = page.getByLabel(say.choose.password, { exact: true })
    await password.fill('short')
    await page.getByLabel(say.choose.passwordAgain).fill('short')
    await page.getByRole('button', { name: say.choose.submit }).click()

    const problem = say.problems.too_short(leastLength(false), MOST)
    await page.getByRole('alert').getByRole('link', { name: problem }).waitFor()
    expect(await password.getAttribute('aria-invalid')).toBe('true')
    expect(await page.locator('#password-error').textContent()).toBe(problem)
    await lookedAt(`wrong-${locale}`)
    await page.keyboard.type(NEW) // the cursor is in the field that was wrong
    await page.getByLabel(say.choose.passwordAgain).fill(NEW)
    await page.keyboard.press('Enter')

    await page.getByRole('heading', { name: say.done.title }).waitFor()
    await page.getByRole('img', { name: say.enrol.qr }).waitFor()
    await lookedAt(`done-${locale}`)
    const secret = (await page.locator('.hint .code').textContent())!.replaceAll(' ', '')
    await page.getByLabel(say.enrol.code).fill('000000')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    await page.getByLabel(say.enrol.code).fill(generateSync({ secret }))
    await page.getByRole('button', { name: say.enrol.submit }).click()
    await page.getByRole('heading', { name: say.enrolled.title }).waitFor()
    expect(await page.locator('.codes li').count()).toBe(10)
    expect(page.complaints).toEqual([])
  },
)

test('a dead link, and the page for a typed code, are whole', async () => {
  await page.goto(`${server.url}/reset/${'x'.repeat(43)}`)
  await page.getByRole('heading', { name: messagesFor('en').invalid.title }).waitFor()
  await lookedAt('invalid')
  await page.goto(`${server.url}/reset`)
  await page.getByLabel(messagesFor('en').typeCode.label).waitFor()
  await lookedAt('code')
})
